package io.millrace.log;

import io.millrace.record.Record;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Finds records by time, as ListOffsets wants them. */
final class TimeSearch {

  /** What a batch may expand to while a record in it is looked for. */
  private static final int EXPANDED_BYTES_MAX = 64 * 1024 * 1024;

  private TimeSearch() {}

  /**
   * The first record at or after {@code startOffset} whose timestamp is at least {@code timestamp}.
   */
  static @Nullable OffsetAndTime first(Segment[] segments, long timestamp, long startOffset)
      throws IOException {
    for (Segment segment : segments) {
      if (segment.maxTimestamp() < timestamp) {
        continue;
      }
      SegmentFile file = segment.acquire();
      try {
        BatchScan scan = segment.scanFrom(file.file, segment.scanStartForTime(timestamp));
        while (scan.next()) {
          if (scan.maxTimestamp() >= timestamp && scan.lastOffset() >= startOffset) {
            OffsetAndTime found = firstInBatch(file.file, scan, timestamp, startOffset);
            if (found != null) {
              return found;
            }
          }
        }
      } finally {
        file.release();
      }
    }
    return null;
  }

  /** The first record with the largest timestamp of all. */
  static @Nullable OffsetAndTime latest(Segment[] segments, long startOffset) throws IOException {
    Segment best = null;
    long bestTimestamp = -1;
    for (Segment segment : segments) {
      long timestamp = maxTimestamp(segment, startOffset);
      if (timestamp > bestTimestamp) {
        best = segment;
        bestTimestamp = timestamp;
      }
    }
    return best == null ? null : first(new Segment[] {best}, bestTimestamp, startOffset);
  }

  /** Largest timestamp of a segment's records at or after {@code startOffset}. */
  private static long maxTimestamp(Segment segment, long startOffset) throws IOException {
    if (segment.offsetOfMaxTimestamp() >= startOffset) {
      return segment.maxTimestamp();
    }
    // The record with the segment's largest timestamp may have been trimmed.
    SegmentFile file = segment.acquire();
    try {
      long largest = -1;
      BatchScan scan = segment.scanFrom(file.file, 0);
      while (scan.next()) {
        if (scan.baseOffset() >= startOffset) {
          largest = Math.max(largest, scan.maxTimestamp());
        } else if (scan.lastOffset() >= startOffset) {
          largest = Math.max(largest, maxTimestampInBatch(file.file, scan, startOffset));
        }
      }
      return largest;
    } finally {
      file.release();
    }
  }

  private static long maxTimestampInBatch(DiskFile file, BatchScan scan, long startOffset)
      throws IOException {
    OffsetAndTime latest =
        inBatch(
            file,
            scan,
            (best, record) ->
                record.offset() < startOffset
                        || best != null && best.timestamp() >= record.timestamp()
                    ? best
                    : new OffsetAndTime(record.offset(), record.timestamp()));
    return latest == null ? -1 : latest.timestamp();
  }

  private static @Nullable OffsetAndTime firstInBatch(
      DiskFile file, BatchScan scan, long timestamp, long startOffset) throws IOException {
    return inBatch(
        file,
        scan,
        (first, record) ->
            first != null || record.timestamp() < timestamp || record.offset() < startOffset
                ? first
                : new OffsetAndTime(record.offset(), record.timestamp()));
  }

  /** Chooses between what was found so far and one more record. */
  private interface Choice {
    @Nullable OffsetAndTime of(@Nullable OffsetAndTime soFar, Record record);
  }

  private static @Nullable OffsetAndTime inBatch(DiskFile file, BatchScan scan, Choice choice)
      throws IOException {
    scan.verify();
    ByteBuffer bytes = ByteBuffer.allocate(scan.size());
    file.read(bytes, scan.position());
    RecordBatch batch = RecordBatch.at(bytes.flip(), 0);
    OffsetAndTime found = null;
    try (RecordReader records = batch.records(EXPANDED_BYTES_MAX)) {
      for (Record record : records) {
        found = choice.of(found, record);
      }
    } catch (RuntimeException e) {
      throw new CorruptSegmentException(
          "the batch at offset " + batch.baseOffset() + " cannot be read: " + e.getMessage());
    }
    return found;
  }
}
