package io.millrace.log;

import io.millrace.record.Batches;
import io.millrace.record.Compression;
import io.millrace.record.Record;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.record.RecordReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Record batches of text for tests of logs, and logs read back as text. */
final class TestBatches {

  private static final int EXPANDED_BYTES_MAX = 1 << 24;

  private TestBatches() {}

  /** A record of text; a null value is a tombstone. */
  record TextRecord(long offset, long timestamp, String key, String value) {}

  /** The batch of some records, whose offsets ascend. */
  static ByteBuffer batch(List<TextRecord> records, Compression codec) {
    RecordBatchBuilder builder = new RecordBatchBuilder();
    builder.compression(codec).baseOffset(records.get(0).offset);
    for (TextRecord record : records) {
      builder.appendAt(
          record.offset, record.timestamp, bytes(record.key), bytes(record.value), List.of());
    }
    return builder.build();
  }

  /** A batch of one record without a key. */
  static ByteBuffer batch(long offset, long timestamp, String value) {
    return batch(List.of(new TextRecord(offset, timestamp, null, value)), Compression.NONE);
  }

  private static ByteBuffer bytes(String text) {
    return text == null ? null : ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(ByteBuffer bytes) {
    return bytes == null ? null : StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
  }

  static List<TextRecord> records(RecordBatch batch) {
    List<TextRecord> all = new ArrayList<>();
    try (RecordReader records = batch.records(EXPANDED_BYTES_MAX)) {
      for (Record record : records) {
        all.add(
            new TextRecord(
                record.offset(), record.timestamp(), text(record.key()), text(record.value())));
      }
    }
    return all;
  }

  /** The batches of one read. */
  static List<RecordBatch> batches(LogRead.Found found) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(found.slice().size());
    try (LogSlice slice = found.slice()) {
      while (bytes.hasRemaining()) {
        slice.read(bytes, bytes.position());
      }
    }
    List<RecordBatch> all = new ArrayList<>();
    Batches.of(bytes.flip()).forEach(all::add);
    return all;
  }

  /** Every batch of a log from its start on, however much is read at a time. */
  static List<RecordBatch> readAll(PartitionLog log, int bytesMax) throws IOException {
    List<RecordBatch> all = new ArrayList<>();
    long offset = log.startOffset();
    while (offset < log.endOffset()) {
      LogRead read = log.read(offset, bytesMax, true);
      if (!(read instanceof LogRead.Found found)) {
        throw new AssertionError("offset " + offset + " of " + log + ": " + read);
      }
      for (RecordBatch batch : batches(found)) {
        if (!batch.hasValidCrc()) {
          throw new AssertionError("bad bytes in " + batch);
        }
        all.add(batch);
        offset = batch.nextOffset();
      }
    }
    return all;
  }

  /** Every record of a log at or after its start. */
  static List<TextRecord> readRecords(PartitionLog log) throws IOException {
    List<TextRecord> all = new ArrayList<>();
    for (RecordBatch batch : readAll(log, 700)) {
      for (TextRecord record : records(batch)) {
        if (record.offset >= log.startOffset()) {
          all.add(record);
        }
      }
    }
    return all;
  }
}
