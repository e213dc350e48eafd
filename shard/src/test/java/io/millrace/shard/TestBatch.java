package io.millrace.shard;

import io.millrace.record.Record;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.record.RecordReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Record batches of one record, which may take several offsets. */
final class TestBatch {

  private TestBatch() {}

  static ByteBuffer of(String text) {
    return of(text, 1, -1, (short) -1, -1);
  }

  /**
   * @param offsets how many offsets the batch takes
   * @param producerId -1 for none
   */
  static ByteBuffer of(
      String text, int offsets, long producerId, short producerEpoch, int firstSequence) {
    return of(null, text, offsets, producerId, producerEpoch, firstSequence);
  }

  /** A batch whose record has a key. */
  static ByteBuffer of(
      String key,
      String text,
      int offsets,
      long producerId,
      short producerEpoch,
      int firstSequence) {
    return new RecordBatchBuilder()
        .producer(producerId, producerEpoch, firstSequence)
        .append(1000, key == null ? null : bytes(key), bytes(text))
        .lastOffset(offsets - 1)
        .build();
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The text of the batch that begins at {@code position}. */
  static String text(ByteBuffer batches, int position) {
    try (RecordReader records = RecordBatch.at(batches, position).records(0)) {
      Record only = records.iterator().next();
      return StandardCharsets.UTF_8.decode(only.value().duplicate()).toString();
    }
  }
}
