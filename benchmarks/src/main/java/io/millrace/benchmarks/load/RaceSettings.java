package io.millrace.benchmarks.load;

import io.millrace.benchmarks.client.JvmRacer.Course;
import java.util.ArrayList;
import java.util.List;

/**
 * What all racers do alike.
 *
 * @param course as many records as go, or one at a time
 * @param recordBytes payload of one record, without its key
 * @param partitions of the topic
 * @param batchBytes {@code batch.size}, before compression
 * @param lingerMs {@code linger.ms}
 * @param compression codec of the batches
 * @param records how many are measured in one run
 * @param warm how many are sent before those, by the same producer to the same topic
 * @param transactionMs length of the transactions of those racers that have any; 0 for none
 * @param heap of a racer that is a JVM
 */
public record RaceSettings(
    Course course,
    int recordBytes,
    int partitions,
    int batchBytes,
    int lingerMs,
    String compression,
    int records,
    int warm,
    int transactionMs,
    String heap) {
  private static final int QUEUE_KIBIBYTES = 32 << 10;
  private static final int QUEUE_MESSAGES = 100_000;

  long recordsInAll() {
    return (long) records + warm;
  }

  /** Bytes that one run leaves on a broker's disk, if nothing is compressed, about. */
  long bytes() {
    return recordsInAll() * (recordBytes + Payloads.KEY_BYTES + 16);
  }

  String title() {
    return "%s and a key of %d B x %d partitions, %s batches, acks=all, linger %d ms, compression %s, idempotent, %,d records %s"
        .formatted(
            ByteSize.text(recordBytes),
            Payloads.KEY_BYTES,
            partitions,
            ByteSize.text(batchBytes),
            lingerMs,
            compression,
            records,
            switch (course) {
              case RATE ->
                  transactionMs > 0 ? "a run, transactions of " + transactionMs + " ms" : "a run";
              case LATENCY -> "one at a time";
              case CALLS -> "with room in the queue";
            });
  }

  /** Settings that have the same name and meaning in all clients. */
  List<String> shared() {
    return List.of(
        "acks=all",
        "enable.idempotence=true",
        "max.in.flight.requests.per.connection=5",
        "batch.size=" + batchBytes,
        "linger.ms=" + lingerMs,
        "compression.type=" + compression,
        "delivery.timeout.ms=120000");
  }

  /** Settings by the names of librdkafka, with its limit on messages. */
  List<String> byLibrdkafka() {
    List<String> settings = new ArrayList<>(shared());
    settings.add("queue.buffering.max.messages=" + QUEUE_MESSAGES);
    settings.add("queue.buffering.max.kbytes=" + QUEUE_KIBIBYTES);
    return settings;
  }

  /** Settings for Millrace's producer: librdkafka's, and to wait for room. */
  List<String> byMillrace() {
    List<String> settings = new ArrayList<>(byLibrdkafka());
    settings.add("max.block.ms=120000");
    return settings;
  }

  /** Settings by the names of kafka-clients, which limits bytes only. */
  List<String> byKafkaClients() {
    List<String> settings = new ArrayList<>(shared());
    settings.add("buffer.memory=" + (QUEUE_KIBIBYTES << 10));
    settings.add("max.block.ms=120000");
    return settings;
  }
}
