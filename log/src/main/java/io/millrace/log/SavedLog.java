package io.millrace.log;

/**
 * What a snapshot says of one log; enough to go on with it without opening a file.
 *
 * @param startOffset first offset that may be read
 * @param endOffset offset after the last record
 * @param bytes bytes of all segments
 * @param oldestMs largest timestamp in the oldest segment, in ms; {@code Long.MAX_VALUE} if not
 *     known
 * @param activeBase base offset of the segment that is appended to, -1 if the log has none
 * @param activeBytes bytes of that segment
 * @param activeCreatedMs when that segment got its first batch, by the sequencer's clock in ms
 */
public record SavedLog(
    long startOffset,
    long endOffset,
    long bytes,
    long oldestMs,
    long activeBase,
    long activeBytes,
    long activeCreatedMs) {

  public static final SavedLog EMPTY = new SavedLog(0, 0, 0, Long.MAX_VALUE, -1, 0, 0);
}
