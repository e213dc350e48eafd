package io.millrace.shard;

/**
 * Sizes of a journal, in bytes.
 *
 * @param fileBytes a file as it is written in advance; {@code journal.file.bytes}
 * @param firstFileBytes the first file of a run, written while the broker starts
 * @param checkpointBytes journal since the last checkpoint at which the next one begins; {@code
 *     journal.checkpoint.bytes}
 * @param slowBytes journal since the last finished checkpoint at which sequencing slows; {@code
 *     journal.slow.bytes}
 * @param bytesMax journal since the last finished checkpoint at which sequencing waits; {@code
 *     journal.max.bytes}
 */
public record JournalSettings(
    long fileBytes, long firstFileBytes, long checkpointBytes, long slowBytes, long bytesMax) {

  public static final JournalSettings DEFAULT =
      new JournalSettings(64L << 20, 1 << 20, 128L << 20, 1L << 30, 2L << 30);
}
