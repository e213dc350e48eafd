package io.millrace.cursor;

/**
 * Where a consumer group stands in one log: everything below {@code offset} is done.
 *
 * @param offset offset of the next record to read; not below 0
 * @param leaderEpoch epoch of the last record read, -1 if the consumer did not say
 * @param metadata a text of the consumer's own, empty if it has none
 * @param committedMs when it was committed, by the sequencer's clock in ms
 */
public record OffsetCursor(long offset, int leaderEpoch, String metadata, long committedMs) {

  public OffsetCursor {
    if (offset < 0) {
      throw new IllegalArgumentException("a cursor cannot stand at " + offset);
    }
  }
}
