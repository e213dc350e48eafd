package io.millrace.cli;

import io.millrace.producer.Diagnosis;
import io.millrace.producer.Finding;
import io.millrace.producer.Producer;
import io.millrace.producer.ProducerError;
import io.millrace.producer.ProducerException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace perf produce}. */
@Command(
    name = "produce",
    description = {
      "Produces records as fast as the broker takes them, or at a rate, and measures the time from"
          + " sending each to its acknowledgement.",
      "With --rate a record counts from when it was due, so that a broker that falls behind does"
          + " not look better for it."
    })
final class PerfProduceCommand extends BrokerCommand {

  private static final long BUFFER_BYTES = 64L << 20;
  private static final int MESSAGES_MAX = 1_000_000;
  private static final int COMPLAINTS_MAX = 3;
  private static final Duration PROGRESS = Duration.ofMillis(100);

  @Parameters(paramLabel = "TOPIC", description = "Where the records go; it must exist.")
  private String topic = "";

  @Option(
      names = {"-n", "--records"},
      paramLabel = "N",
      description = "How many. Default: 1000000")
  private long records = 1_000_000;

  @Option(
      names = {"-s", "--size"},
      paramLabel = "BYTES",
      description = "Bytes of a value, random letters. Default: 1024")
  private int size = 1024;

  @Option(
      names = "--payload-file",
      paramLabel = "FILE",
      description = "Values are the lines of this file, in turn, instead.")
  private @Nullable Path payloadFile;

  @Option(
      names = {"-r", "--rate"},
      paramLabel = "N",
      description = "Records a second. Default: as fast as it goes")
  private @Nullable Long rate;

  @Option(names = "--acks", paramLabel = "all|1|0", description = "Default: all")
  private String acks = "all";

  @Option(
      names = "--batch",
      paramLabel = "BYTES",
      description = "Largest batch for a partition. Default: 16384, as in Kafka")
  private int batchBytes = 16_384;

  @Option(
      names = "--linger",
      paramLabel = "MS",
      description = "How long a batch waits to be filled. Default: 5, as in Kafka")
  private int lingerMs = 5;

  @Option(
      names = {"-z", "--compression"},
      paramLabel = "CODEC",
      description = "none, gzip, snappy, lz4 or zstd. Default: none")
  private String compression = "none";

  @Option(
      names = "--doctor",
      description =
          "Says at the end which settings did not fit what was seen in the last minute, and what"
              + " to change.")
  private boolean doctor;

  private int complaints;

  PerfProduceCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  public Integer call() throws IOException {
    check();
    if (payloadFile != null) {
      Choice.requireFile("--payload-file", payloadFile);
    }
    Payloads payloads =
        payloadFile == null ? Payloads.random(size, new Random(1)) : Payloads.ofLines(payloadFile);
    connection.requireTopic(topic);
    Producer producer = Connection.producer(settings());
    try {
      producer.awaitTopic(topic, Duration.ofMillis(connection.timeoutMs()));
      Measurement measurement = new Measurement("produced", "ack", terminal);
      send(producer, payloads, measurement);
      while (producer.flush(PROGRESS) > 0) {
        measurement.reportProgress();
      }
      measurement.reportEnd(json);
      if (doctor) {
        report(producer.doctor());
      }
      if (terminal.interruption().happened()) {
        return Exit.INTERRUPTED;
      }
      return measurement.failures() > 0 ? Exit.REFUSED : Exit.DONE;
    } catch (ProducerException e) {
      throw connection.failure(e);
    } catch (InterruptedException e) {
      throw Failures.of(e);
    } finally {
      producer.close(Duration.ZERO);
    }
  }

  private void report(Diagnosis diagnosis) {
    if (!json) {
      terminal.say("doctor: " + diagnosis);
      return;
    }
    List<Map<String, Object>> findings = new ArrayList<>();
    for (Finding one : diagnosis.findings()) {
      findings.add(
          Map.of("rule", one.rule().name(), "sentence", one.sentence(), "numbers", one.numbers()));
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("doctor", diagnosis.summary());
    document.put("findings", findings);
    terminal.say(Json.text(document));
  }

  private void check() {
    Choice.require("--acks", acks, "all", "1", "0");
    Choice.requireCodec(compression);
    Choice.requireAtLeast("--records", records, 1);
    Choice.requireAtLeast("--size", size, 0);
    Choice.requireAtMost("--size", size, Payloads.BYTES_MAX);
    Choice.requireAtLeast("--batch", batchBytes, 0);
    Choice.requireAtLeast("--linger", lingerMs, 0);
    if (rate != null) {
      Choice.requireAtLeast("--rate", rate, 1);
    }
  }

  private Map<String, Object> settings() {
    Map<String, Object> settings = connection.producerSettings();
    settings.put("acks", acks);
    settings.put("enable.idempotence", acks.equals("all"));
    settings.put("batch.size", batchBytes);
    settings.put("linger.ms", lingerMs);
    settings.put("compression.type", compression);
    settings.put("buffer.memory", BUFFER_BYTES);
    settings.put("queue.buffering.max.messages", MESSAGES_MAX);
    settings.put("max.request.size", Math.max(batchBytes, (int) BUFFER_BYTES));
    settings.put("max.block.ms", connection.timeoutMs());
    settings.put(
        "delivery.timeout.ms",
        (int) Math.min(Integer.MAX_VALUE, connection.timeoutMs() + lingerMs));
    return settings;
  }

  private void send(Producer producer, Payloads payloads, Measurement measurement) {
    terminal.interruption().then(() -> {});
    long beganNs = System.nanoTime();
    for (long i = 0; i < records && !terminal.interruption().happened(); i++) {
      long dueNs = System.nanoTime();
      if (rate != null) {
        dueNs = beganNs + (long) (i * 1e9 / rate);
        waitUntil(dueNs, measurement);
      }
      send(producer, payloads.next(), dueNs, measurement);
      measurement.reportProgress();
    }
  }

  private void waitUntil(long dueNs, Measurement measurement) {
    for (long left; (left = dueNs - System.nanoTime()) > 0; ) {
      LockSupport.parkNanos(Math.min(left, TimeUnit.MILLISECONDS.toNanos(100)));
      measurement.reportProgress();
      if (terminal.interruption().happened()) {
        return;
      }
    }
  }

  private void send(Producer producer, byte[] value, long dueNs, Measurement measurement) {
    try {
      producer.produce(
          topic,
          null,
          value,
          report -> {
            if (report.isDelivered()) {
              measurement.time(System.nanoTime() - dueNs);
              measurement.count(1, value.length);
            } else {
              failed(report.error(), measurement);
            }
          });
    } catch (ProducerException e) {
      if (e.error().fatal()) {
        throw e;
      }
      failed(e.error(), measurement);
    }
  }

  private synchronized void failed(@Nullable ProducerError error, Measurement measurement) {
    measurement.failed();
    if (error != null && complaints++ < COMPLAINTS_MAX) {
      Failures.print(connection.failure(error), json, terminal);
    }
  }
}
