package io.millrace.benchmarks.load;

import java.util.List;

/**
 * How records are produced.
 *
 * @param recordBytes payload of one record; there are no keys
 * @param partitions of the topic
 * @param batchBytes the producer's {@code batch.size}
 * @param acks {@code all}, {@code 1} or {@code 0}
 * @param lingerMs the producer's {@code linger.ms}
 * @param compression none, gzip, snappy, lz4 or zstd
 * @param idempotence whether the producer numbers its batches
 * @param records how many are sent in one run
 */
public record ProduceSettings(
    int recordBytes,
    int partitions,
    int batchBytes,
    String acks,
    int lingerMs,
    String compression,
    boolean idempotence,
    long records) {
  /**
   * {@code acks=all}, idempotent, uncompressed, 5 ms of linger: what the client does when nothing
   * is set.
   */
  public static ProduceSettings plain(int recordBytes, int partitions, int batchBytes, long bytes) {
    return new ProduceSettings(
        recordBytes,
        partitions,
        batchBytes,
        "all",
        5,
        "none",
        true,
        Math.max(1, bytes / recordBytes));
  }

  /** Payload of one run. */
  public long bytes() {
    return records * recordBytes;
  }

  String title() {
    return "%s x %d partitions, %s batches, acks=%s, linger %d ms, compression %s, %s, %s a run"
        .formatted(
            ByteSize.text(recordBytes),
            partitions,
            ByteSize.text(batchBytes),
            acks,
            lingerMs,
            compression,
            idempotence ? "idempotent" : "not idempotent",
            ByteSize.text(bytes()));
  }

  List<String> properties() {
    return List.of(
        "acks=" + acks,
        "batch.size=" + batchBytes,
        "linger.ms=" + lingerMs,
        "compression.type=" + compression,
        "enable.idempotence=" + idempotence);
  }
}
