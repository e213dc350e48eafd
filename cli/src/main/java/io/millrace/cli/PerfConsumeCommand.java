package io.millrace.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace perf consume}. */
@Command(
    name = "consume",
    description = {
      "Reads records as fast as the broker gives them.",
      "From the earliest, the times are those between asking for records and having some; from the"
          + " latest, those between a record's timestamp and its arrival."
    })
final class PerfConsumeCommand extends BrokerCommand {

  private static final Duration POLL = Duration.ofMillis(200);
  private static final long BATCH_MAX = 10_000;

  @Parameters(paramLabel = "TOPIC", description = "What to read.")
  private String topic = "";

  @Option(
      names = {"-n", "--records"},
      paramLabel = "N",
      description = "How many. Default: those that are there, from the latest until Ctrl-C")
  private @Nullable Long records;

  @Option(
      names = "--from",
      paramLabel = "earliest|latest",
      description = "Where to begin. Default: earliest")
  private String from = "earliest";

  PerfConsumeCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() {
    Choice.require("--from", from, "earliest", "latest");
    if (records != null) {
      Choice.requireAtLeast("--records", records, 1);
    }
    int partitions = connection.requireTopic(topic);
    List<TopicPartition> all = new TopicPartitions(topic, List.of()).of(partitions);
    Consumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    try {
      consumer.assign(all);
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      if (from.equals("latest")) {
        ends.forEach(consumer::seek);
      } else {
        consumer.seekToBeginning(all);
      }
      terminal.interruption().then(consumer::wakeup);
      return read(consumer, ends);
    } finally {
      consumer.close(CloseOptions.timeout(Duration.ofSeconds(2)));
    }
  }

  private Properties properties() {
    Properties properties = connection.clientProperties();
    properties.put("default.api.timeout.ms", (int) connection.timeoutMs());
    properties.put("enable.auto.commit", false);
    properties.put("allow.auto.create.topics", false);
    properties.put("auto.offset.reset", "earliest");
    properties.put(
        "max.poll.records", (int) Math.min(BATCH_MAX, records == null ? BATCH_MAX : records));
    return properties;
  }

  private int read(Consumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
    boolean latest = from.equals("latest");
    Measurement measurement = new Measurement("consumed", latest ? "delay" : "fetch", terminal);
    int status = Exit.DONE;
    long lastNs = System.nanoTime();
    try {
      while (!isEnough(consumer, ends, measurement)) {
        long askedNs = System.nanoTime();
        ConsumerRecords<byte[], byte[]> batch = consumer.poll(POLL);
        long nowNs = System.nanoTime();
        if (!batch.isEmpty()) {
          lastNs = nowNs;
          if (!latest) {
            measurement.time(nowNs - askedNs);
          }
          count(batch, latest, measurement);
        } else if (records != null && nowNs - lastNs > connection.timeoutMs() * 1_000_000L) {
          status = Exit.TIMED_OUT;
          break;
        }
        measurement.reportProgress();
      }
    } catch (WakeupException e) {
      status = Exit.INTERRUPTED;
    }
    measurement.reportEnd(json);
    if (status == Exit.TIMED_OUT) {
      throw CommandFailure.timedOut("no record came for " + connection.timeoutMs() + " ms", null);
    }
    return status;
  }

  private boolean isEnough(
      Consumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends, Measurement measurement) {
    if (terminal.interruption().happened()) {
      throw new WakeupException();
    }
    if (records != null) {
      return measurement.records() >= records;
    }
    if (from.equals("latest")) {
      return false;
    }
    List<TopicPartition> left = new ArrayList<>();
    ends.forEach((partition, end) -> {
      if (end > 0 && consumer.position(partition) < end) {
        left.add(partition);
      }
    });
    return left.isEmpty();
  }

  private void count(
      ConsumerRecords<byte[], byte[]> batch, boolean latest, Measurement measurement) {
    long nowMs = System.currentTimeMillis();
    long bytes = 0;
    int counted = 0;
    for (ConsumerRecord<byte[], byte[]> record : batch) {
      if (records != null && measurement.records() + counted == records) {
        break;
      }
      counted++;
      bytes += Math.max(0, record.serializedKeySize()) + Math.max(0, record.serializedValueSize());
      if (latest) {
        measurement.time(TimeUnit.MILLISECONDS.toNanos(nowMs - record.timestamp()));
      }
    }
    measurement.count(counted, bytes);
  }
}
