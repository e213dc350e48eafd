package io.millrace.log;

import io.millrace.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Walks the batches of a segment from a position on; reads headers only, unless made for whole
 * batches.
 *
 * <p>Owned by one thread. What a header says is checked against what must be: a batch has the right
 * magic, lies within the segment and begins at or after the end of the one before; anything else is
 * a {@link CorruptSegmentException}.
 */
final class BatchScan {

  private static final int HEADERS_BUFFER_BYTES = 4096;
  private static final int BATCHES_BUFFER_BYTES = 512 * 1024;

  private final Segment segment;
  private final DiskFile file;
  private final long end;
  private ByteBuffer buffer;
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
    this(segment, file, from, end, HEADERS_BUFFER_BYTES);
  }

  /** A scan that is going to ask for every {@link #batch}. */
  static BatchScan ofWholeBatches(Segment segment, DiskFile file, long from, long end) {
    return new BatchScan(segment, file, from, end, BATCHES_BUFFER_BYTES);
  }

  private BatchScan(Segment segment, DiskFile file, long from, long end, int bufferBytes) {
    this.buffer = ByteBuffer.allocate((int) Math.min(bufferBytes, Math.max(0, end - from)));
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
    leastOffset = lastOffset() + 1;
    nextPosition = position + size;
    return true;
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
      fill(size());
      at = 0;
    }
    RecordBatch batch = RecordBatch.at(buffer, at);
    if (!batch.hasValidCrc()) {
      throw corrupt("the batch at offset " + batch.baseOffset() + " has a wrong checksum");
    }
    return batch;
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
