package io.millrace.log;

/** The answer to a read of a {@link PartitionLog}. */
public sealed interface LogRead {

  /**
   * Records from the offset on. Whoever receives it closes the slice.
   *
   * @param offsetBound an offset that none of the records reaches; not always the next one
   */
  record Found(LogSlice slice, long offsetBound) implements LogRead {}

  /**
   * Nothing yet: the offset is the end of the log, or nothing fits within the bytes that were
   * allowed.
   */
  record Empty() implements LogRead {}

  /**
   * The log does not reach to the offset.
   *
   * @param startOffset first offset of the log
   * @param endOffset offset after the last record
   */
  record OutOfRange(long startOffset, long endOffset) implements LogRead {}

  /** The bytes that should be there are missing or broken. */
  record Damaged(String what) implements LogRead {}

  Empty EMPTY = new Empty();
}
