package io.millrace.log;

/** What a {@link BatchSearch} finds in a segment, one after another, without anything between. */
public sealed interface SegmentPart {

  /** Where it begins in the file. */
  long position();

  /** Position after its last byte. */
  long end();

  /** A batch whose checksum is right and whose offsets fit in with those of the others. */
  record Batch(long position, int size, long baseOffset, long lastOffset, long maxTimestamp)
      implements SegmentPart {
    @Override
    public long end() {
      return position + size;
    }
  }

  /**
   * Bytes among which there is no such batch.
   *
   * @param firstOffset the first offset that is lost with them
   * @param lastOffset the last one; below the first if none is lost
   * @param what what is wrong where it begins
   */
  record Gap(long position, long end, long firstOffset, long lastOffset, String what)
      implements SegmentPart {}
}
