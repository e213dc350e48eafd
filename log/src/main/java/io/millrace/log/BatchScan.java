package io.millrace.log;

import io.millrace.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Walks the batch headers of a segment from a position on, reading headers only.
 *
 * <p>Owned by one thread. What a header says is checked against what must be: a batch has the right
 * magic, lies within the segment and begins at or after the end of the one before; anything else is
 * a {@link CorruptSegmentException}.
 */
final class BatchScan {

  private static final int BUFFER_BYTES = 4096;

  private final Segment segment;
  private final DiskFile file;
  private final long end;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
  private long bufferPosition;
  private long nextPosition;
  private long leastOffset;
  private int at;
  private long position;

  /**
   * @param from position of a batch
   * @param end position after the last batch to visit
   */
  BatchScan(Segment segment, DiskFile file, long from, long end) {
    this.segment = segment;
    this.file = file;
    this.end = end;
    this.nextPosition = from;
    this.leastOffset = segment.baseOffset();
    buffer.limit(0);
  }

  /** Moves to the next batch; false at the end. */
  boolean next() throws IOException {
    if (nextPosition >= end) {
      return false;
    }
    position = nextPosition;
    if (position + RecordBatch.HEADER_SIZE > end) {
      throw corrupt("a batch header is cut off");
    }
    long offsetInBuffer = position - bufferPosition;
    if (offsetInBuffer + RecordBatch.HEADER_SIZE > buffer.limit()) {
      buffer.clear().limit((int) Math.min(BUFFER_BYTES, end - position));
      if (file.read(buffer, position) < RecordBatch.HEADER_SIZE) {
        throw corrupt("the file is shorter than its log says");
      }
      buffer.flip();
      bufferPosition = position;
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
    leastOffset = lastOffset() + 1;
    nextPosition = position + size;
    return true;
  }

  private CorruptSegmentException corrupt(String what) {
    return new CorruptSegmentException(segment + " at " + position + ": " + what);
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
