package io.millrace.log;

import io.millrace.log.SegmentPart.Gap;
import io.millrace.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Walks the batches of a segment from a position on; reads headers only, unless made for whole
 * batches.
 *
 * <p>Owned by one thread. What a header says is checked against what must be: a batch has the right
 * magic, lies within the segment, begins at or after the end of the one before and ends before the
 * segment's last offset does; anything else is a {@link CorruptSegmentException}. Bytes that are
 * known to be damaged are passed over.
 */
final class BatchScan {

  private static final int HEADERS_BUFFER_BYTES = 4096;
  private static final int BATCHES_BUFFER_BYTES = 512 * 1024;

  private final Segment segment;
  private final DiskFile file;
  private final long end;
  private final long endOffset;
  private final Gaps gaps;
  private @Nullable Gap nextGap;
  private ByteBuffer buffer;
  private long bufferPosition;
  private long nextPosition;
  private long leastOffset;
  private int at;
  private long position;

  /**
   * @param from position of a batch
   * @param end position after the last batch to visit
   * @param endOffset offset that all batches must be below
   * @param gaps where no batches are
   */
  BatchScan(Segment segment, DiskFile file, long from, long end, long endOffset, Gaps gaps) {
    this(segment, file, from, end, endOffset, gaps, HEADERS_BUFFER_BYTES);
  }

  /** A scan that is going to ask for every {@link #batch}. */
  static BatchScan ofWholeBatches(
      Segment segment, DiskFile file, long from, long end, long endOffset) {
    return new BatchScan(segment, file, from, end, endOffset, Gaps.NONE, BATCHES_BUFFER_BYTES);
  }

  private BatchScan(
      Segment segment,
      DiskFile file,
      long from,
      long end,
      long endOffset,
      Gaps gaps,
      int bufferBytes) {
    this.buffer = ByteBuffer.allocate((int) Math.min(bufferBytes, Math.max(0, end - from)));
    this.segment = segment;
    this.file = file;
    this.end = end;
    this.endOffset = endOffset;
    this.gaps = gaps;
    this.nextGap = gaps.endingBehind(from);
    this.nextPosition = from;
    this.leastOffset = segment.baseOffset();
    buffer.limit(0);
  }

  /** Moves to the next batch; false at the end. */
  boolean next() throws IOException {
    passGap();
    if (nextPosition >= end) {
      return false;
    }
    position = nextPosition;
    if (position + RecordBatch.HEADER_SIZE > end) {
      throw corrupt("a batch header is cut off");
    }
    long offsetInBuffer = position - bufferPosition;
    if (offsetInBuffer + RecordBatch.HEADER_SIZE > buffer.limit()) {
      fill(RecordBatch.HEADER_SIZE);
      offsetInBuffer = 0;
    }
    at = (int) offsetInBuffer;
    int size = RecordBatch.sizeInBytes(buffer, at);
    if (RecordBatch.magic(buffer, at) != RecordBatch.MAGIC
        || size < RecordBatch.HEADER_SIZE
        || position + size > end) {
      throw corrupt("no batch begins here");
    }
    if (baseOffset() < leastOffset || lastOffset() < baseOffset()) {
      throw corrupt("offset " + baseOffset() + " stands where " + leastOffset + " or more must");
    }
    if (lastOffset() >= endOffset) {
      throw corrupt("offset " + lastOffset() + " stands where less than " + endOffset + " must");
    }
    leastOffset = lastOffset() + 1;
    nextPosition = position + size;
    return true;
  }

  private void passGap() {
    Gap gap = nextGap;
    if (gap != null && nextPosition >= gap.position()) {
      nextPosition = gap.end();
      leastOffset = Math.max(leastOffset, gap.lastOffset() + 1);
      nextGap = gaps.endingBehind(nextPosition);
    }
  }

  /** Reads from the batch on, at least so many bytes. */
  private void fill(int bytes) throws IOException {
    if (buffer.capacity() < bytes) {
      buffer = ByteBuffer.allocate(bytes);
    }
    buffer.clear().limit((int) Math.min(buffer.capacity(), end - position));
    if (file.read(buffer, position) < bytes) {
      throw corrupt("the file is shorter than its log says");
    }
    buffer.flip();
    bufferPosition = position;
  }

  /**
   * The batch, all of it, valid until the scan moves on.
   *
   * @throws CorruptSegmentException if its checksum is wrong
   */
  RecordBatch batch() throws IOException {
    if (at + size() > buffer.limit()) {
      if (size() > buffer.capacity()) {
        verify();
      }
      fill(size());
      at = 0;
    }
    RecordBatch batch = RecordBatch.at(buffer, at);
    if (!batch.hasValidCrc()) {
      throw corrupt("the batch at offset " + batch.baseOffset() + " has a wrong checksum");
    }
    return batch;
  }

  /**
   * Verifies the checksum of the batch without holding the batch in memory: its size may be wrong.
   *
   * @throws CorruptSegmentException if its checksum is wrong
   */
  void verify() throws IOException {
    if (!new BatchChecksum().isRight(file, position, size(), RecordBatch.crc(buffer, at))) {
      throw corrupt("the batch at offset " + baseOffset() + " has a wrong checksum");
    }
  }

  private CorruptSegmentException corrupt(String what) {
    return new CorruptSegmentException(segment, segment + " at " + position + ": " + what);
  }

  long position() {
    return position;
  }

  int size() {
    return RecordBatch.sizeInBytes(buffer, at);
  }

  long baseOffset() {
    return RecordBatch.baseOffset(buffer, at);
  }

  long lastOffset() {
    return RecordBatch.lastOffset(buffer, at);
  }

  long maxTimestamp() {
    return RecordBatch.maxTimestamp(buffer, at);
  }
}
