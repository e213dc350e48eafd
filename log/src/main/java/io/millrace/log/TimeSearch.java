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
    for (Segment segment : segments) {
      if (best == null || segment.maxTimestamp() > best.maxTimestamp()) {
        best = segment;
      }
    }
    return best == null || best.maxTimestamp() < 0
        ? null
        : first(new Segment[] {best}, best.maxTimestamp(), startOffset);
  }

  private static @Nullable OffsetAndTime firstInBatch(
      DiskFile file, BatchScan scan, long timestamp, long startOffset) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(scan.size());
    file.read(bytes, scan.position());
    RecordBatch batch = RecordBatch.at(bytes.flip(), 0);
    try (RecordReader records = batch.records(EXPANDED_BYTES_MAX)) {
      for (Record record : records) {
        if (record.timestamp() >= timestamp && record.offset() >= startOffset) {
          return new OffsetAndTime(record.offset(), record.timestamp());
        }
      }
    } catch (RuntimeException e) {
      throw new CorruptSegmentException(
          "the batch at offset " + batch.baseOffset() + " cannot be read: " + e.getMessage());
    }
    return null;
  }
}
