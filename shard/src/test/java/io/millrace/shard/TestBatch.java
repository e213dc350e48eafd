package io.millrace.shard;

import io.millrace.record.RecordBatch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * Record batches for tests of the floors that never look into them: one record's worth of bytes, a
 * true checksum.
 */
final class TestBatch {

  private TestBatch() {}

  static ByteBuffer of(String text) {
    return of(text, 1, -1, (short) -1, -1);
  }

  /**
   * @param records how many offsets the batch takes
   * @param producerId -1 for none
   */
  static ByteBuffer of(
      String text, int records, long producerId, short producerEpoch, int firstSequence) {
    byte[] payload = text.getBytes(StandardCharsets.UTF_8);
    ByteBuffer batch = ByteBuffer.allocateDirect(RecordBatch.HEADER_SIZE + payload.length);
    batch.putLong(0).putInt(batch.capacity() - RecordBatch.LOG_OVERHEAD).putInt(-1).put((byte) 2);
    batch.putInt(0).putShort((short) 0).putInt(records - 1).putLong(1000).putLong(1000);
    batch.putLong(producerId).putShort(producerEpoch).putInt(firstSequence).putInt(records);
    batch.put(payload).flip();
    CRC32C crc = new CRC32C();
    crc.update(batch.duplicate().position(21));
    batch.putInt(17, (int) crc.getValue());
    return batch;
  }

  /** The text of the batch that begins at {@code position}. */
  static String text(ByteBuffer batches, int position) {
    byte[] payload = new byte[RecordBatch.sizeInBytes(batches, position) - RecordBatch.HEADER_SIZE];
    batches.get(position + RecordBatch.HEADER_SIZE, payload);
    return new String(payload, StandardCharsets.UTF_8);
  }
}
