package io.millrace.log;

import io.millrace.log.SegmentPart.Batch;
import io.millrace.log.SegmentPart.Gap;
import io.millrace.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Walks a segment that may be damaged, from its beginning: every batch that is intact, and the gaps
 * between them.
 *
 * <p>A batch is believed if its checksum is right, it lies within the segment, and its offsets are
 * higher than those before it and lower than the segment's end. Where none begins, the next place
 * where one does is looked for: first where the bad one says that it ends, if the batch there goes
 * on with the offset after it; then at every byte.
 *
 * <p><b>What no checksum covers</b> is a batch's base offset. One that is too low does not fit
 * behind the batch before it. One that is too high leaves a hole before its batch and has the next
 * batch begin too low: then the one with the hole before it is not believed, not the next. A base
 * offset that is too high and still below the next batch's cannot be told from a compacted log.
 *
 * <p>Reads in pieces of 64 KiB and takes no memory by what a header says. For one thread.
 */
public final class BatchSearch {

  private static final int WINDOW_BYTES = 64 * 1024;

  /**
   * So many bytes a search verifies for nothing, before it passes over whatever looks like a batch
   * of more than a window: a client may have filled a record with headers that look good.
   */
  private static final long VERIFIED_IN_VAIN_MAX = 1L << 30;

  private final DiskFile file;
  private final long end;
  private final long endOffset;
  private final BatchChecksum checksum = new BatchChecksum();
  private final ByteBuffer window = ByteBuffer.allocate(WINDOW_BYTES).limit(0);
  private long windowPosition;

  /** Where the next part begins, and the least offset that it may have. */
  private long position;

  private long leastOffset;

  /** The batch behind the gap that was found last. */
  private @Nullable Batch behindGap;

  /** Why {@link #intactAt} found nothing. */
  private String problem = "";

  private long verifiedInVain;

  /**
   * @param end position after the last byte to look at
   * @param baseOffset the segment's base offset
   * @param endOffset offset that all batches must be below
   */
  public BatchSearch(DiskFile file, long end, long baseOffset, long endOffset) {
    this.file = file;
    this.end = end;
    this.leastOffset = baseOffset;
    this.endOffset = endOffset;
  }

  /** The next part; null at the end. */
  public @Nullable SegmentPart next() throws IOException {
    Batch batch = behindGap;
    behindGap = null;
    if (batch == null) {
      if (position >= end) {
        return null;
      }
      batch = believableAt(position);
    }
    if (batch == null) {
      return gap(problem);
    }
    position = batch.end();
    leastOffset = batch.lastOffset() + 1;
    return batch;
  }

  private Gap gap(String what) throws IOException {
    verifiedInVain = 0;
    Batch next = whereTheBadOneEnds();
    if (next == null) {
      next = further();
    }
    behindGap = next;
    long from = position;
    position = next == null ? end : next.position();
    long nextOffset = next == null ? endOffset : next.baseOffset();
    return new Gap(from, position, leastOffset, nextOffset - 1, what);
  }

  /** The batch behind the one that is not believed, if what both say of it agrees. */
  private @Nullable Batch whereTheBadOneEnds() throws IOException {
    int at = load(position);
    if (at < 0) {
      return null;
    }
    int size = RecordBatch.sizeInBytes(window, at);
    long nextOffset = RecordBatch.nextOffset(window, at);
    if (size < RecordBatch.HEADER_SIZE || size >= end - position) {
      return null;
    }
    Batch next = believableAt(position + size);
    return next != null && next.baseOffset() == nextOffset ? next : null;
  }

  /** The first batch that begins at any byte behind the position. */
  private @Nullable Batch further() throws IOException {
    for (long at = position + 1; at < end; at++) {
      int i = load(at);
      if (i < 0) {
        return null;
      }
      if (RecordBatch.magic(window, i) == RecordBatch.MAGIC) {
        Batch found = believableAt(at);
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  /** The batch that begins there, unless the next one shows that its base offset is too high. */
  private @Nullable Batch believableAt(long at) throws IOException {
    Batch batch = intactAt(at);
    if (batch == null || batch.baseOffset() == leastOffset || batch.end() >= end) {
      return batch;
    }
    Batch next = intactAt(batch.end());
    if (next == null || next.baseOffset() > batch.lastOffset()) {
      return batch;
    }
    problem =
        "the batch says that it begins at offset "
            + batch.baseOffset()
            + ", the one behind it at "
            + next.baseOffset();
    return null;
  }

  /** The batch that begins there, if its checksum is right and its offsets are possible. */
  private @Nullable Batch intactAt(long at) throws IOException {
    int i = load(at);
    if (i < 0) {
      problem =
          end - at < RecordBatch.HEADER_SIZE
              ? "a batch header is cut off"
              : "the file is shorter than its log says";
      return null;
    }
    if (RecordBatch.magic(window, i) != RecordBatch.MAGIC) {
      problem = "no batch begins here";
      return null;
    }
    int size = RecordBatch.sizeInBytes(window, i);
    if (size < RecordBatch.HEADER_SIZE) {
      problem = "a batch says that it has " + size + " bytes";
      return null;
    }
    if (size > end - at) {
      problem = "a batch of " + size + " bytes is cut off after " + (end - at);
      return null;
    }
    long first = RecordBatch.baseOffset(window, i);
    long last = RecordBatch.lastOffset(window, i);
    if (first < leastOffset || last < first || last >= endOffset) {
      problem =
          "offsets "
              + first
              + " to "
              + last
              + " stand where "
              + leastOffset
              + " or more"
              + (endOffset == Long.MAX_VALUE ? "" : " and less than " + endOffset)
              + " must";
      return null;
    }
    Batch batch = new Batch(at, size, first, last, RecordBatch.maxTimestamp(window, i));
    if (verifiedInVain > VERIFIED_IN_VAIN_MAX && size > WINDOW_BYTES
        || !checksum.isRight(file, at, size, RecordBatch.crc(window, i))) {
      verifiedInVain += size;
      problem =
          "the checksum of the batch at offset "
              + first
              + " is wrong: its records are not to be trusted";
      return null;
    }
    return batch;
  }

  /** Where in the window a header begins; -1 if the bytes end before it does. */
  private int load(long at) throws IOException {
    long i = at - windowPosition;
    if (i >= 0 && i + RecordBatch.HEADER_SIZE <= window.limit()) {
      return (int) i;
    }
    window.clear().limit((int) Math.min(WINDOW_BYTES, Math.max(0, end - at)));
    windowPosition = at;
    file.read(window, at);
    window.flip();
    return window.limit() < RecordBatch.HEADER_SIZE ? -1 : 0;
  }
}
