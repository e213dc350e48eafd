package io.millrace.log;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The indexes of a segment as they are made: from their files, as far as these go, and then from
 * its batches, one after another. For one thread until it is published.
 */
final class IndexScan {

  private final long baseOffset;
  private final int intervalBytes;

  final OffsetIndex offsets = new OffsetIndex();
  final TimeIndex times = new TimeIndex();

  /** Offset after the last batch. */
  long nextOffset;

  /** Largest timestamp, -1 if there is none. */
  long maxTimestamp = -1;

  /** Base offset of the batch that has it. */
  long offsetOfMaxTimestamp = -1;

  /** Bytes since the last entry. */
  long unindexedBytes;

  /** Nothing yet. */
  IndexScan(long baseOffset, int intervalBytes) {
    this.baseOffset = baseOffset;
    this.intervalBytes = intervalBytes;
    this.nextOffset = baseOffset;
    this.unindexedBytes = intervalBytes;
  }

  /**
   * Takes over what the index files say, if they are intact.
   *
   * @return bytes of the segment that they cover
   */
  long load(Disk disk, Path segmentPath, long segmentBytes) throws IOException {
    IndexFile.Covered covered =
        IndexFile.load(disk, segmentPath, baseOffset, segmentBytes, offsets, times);
    if (covered == null || covered.bytes() == 0) {
      return 0;
    }
    nextOffset = covered.nextOffset();
    maxTimestamp = covered.maxTimestamp();
    offsetOfMaxTimestamp = covered.offsetOfMaxTimestamp();
    unindexedBytes = 0;
    return covered.bytes();
  }

  void add(long position, int size, long firstOffset, long lastOffset, long timestamp) {
    if (timestamp > maxTimestamp) {
      maxTimestamp = timestamp;
      offsetOfMaxTimestamp = firstOffset;
    }
    if (unindexedBytes >= intervalBytes) {
      offsets.add(firstOffset - baseOffset, position);
      times.add(maxTimestamp, offsetOfMaxTimestamp - baseOffset);
      unindexedBytes = 0;
    }
    unindexedBytes += size;
    nextOffset = lastOffset + 1;
  }
}
