package io.millrace.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
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
  private static final int COMPLAINTS_MAX = 3;

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
    try (Producer<byte[], byte[]> producer =
        new KafkaProducer<>(properties(), new ByteArraySerializer(), new ByteArraySerializer())) {
      try {
        producer.partitionsFor(topic);
        Measurement measurement = new Measurement("produced", "ack", terminal);
        send(producer, payloads, measurement);
        finish(producer, measurement);
        measurement.reportEnd(json);
        if (terminal.interruption().happened()) {
          return Exit.INTERRUPTED;
        }
        return measurement.failures() > 0 ? Exit.REFUSED : Exit.DONE;
      } finally {
        producer.close(Duration.ZERO);
      }
    }
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

  private Properties properties() {
    Properties properties = connection.clientProperties();
    properties.put("acks", acks);
    properties.put("enable.idempotence", acks.equals("all"));
    properties.put("batch.size", batchBytes);
    properties.put("linger.ms", lingerMs);
    properties.put("compression.type", compression);
    properties.put("buffer.memory", BUFFER_BYTES);
    properties.put("max.request.size", (int) BUFFER_BYTES);
    properties.put("max.block.ms", connection.timeoutMs());
    properties.put(
        "delivery.timeout.ms",
        (int) Math.min(Integer.MAX_VALUE, connection.timeoutMs() + lingerMs));
    return properties;
  }

  private void send(Producer<byte[], byte[]> producer, Payloads payloads, Measurement measurement) {
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

  private void send(
      Producer<byte[], byte[]> producer, byte[] value, long dueNs, Measurement measurement) {
    producer.send(
        new ProducerRecord<>(topic, value),
        (metadata, failure) -> {
          if (failure == null) {
            measurement.time(System.nanoTime() - dueNs);
            measurement.count(1, value.length);
          } else {
            measurement.failed();
            if (complaints++ < COMPLAINTS_MAX) {
              Failures.print(connection.failure(failure), json, terminal);
            }
          }
        });
  }

  /** Waits for what is under way, going on to say how it goes. */
  private void finish(Producer<byte[], byte[]> producer, Measurement measurement) {
    Thread flushing = new Thread(producer::flush, "millrace-flush");
    flushing.setDaemon(true);
    flushing.start();
    try {
      while (!flushing.join(Duration.ofMillis(100))) {
        measurement.reportProgress();
      }
    } catch (InterruptedException e) {
      throw Failures.of(e);
    }
  }
}
