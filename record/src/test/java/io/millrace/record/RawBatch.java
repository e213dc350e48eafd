package io.millrace.record;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Batches made by hand, with any lie in them and a CRC that fits. */
final class RawBatch {
  private RawBatch() {}

  /**
   * A batch with consistent header around any payload, already compressed if {@code codec} says so.
   */
  static ByteBuffer of(int count, Compression codec, byte[] payload) {
    ByteBuffer batch = ByteBuffer.allocate(RecordBatch.HEADER_SIZE + payload.length);
    batch.putInt(RecordBatch.LENGTH_AT, batch.capacity() - RecordBatch.LOG_OVERHEAD);
    batch.putInt(RecordBatch.LEADER_EPOCH_AT, -1);
    batch.put(RecordBatch.MAGIC_AT, RecordBatch.MAGIC);
    batch.putShort(RecordBatch.ATTRIBUTES_AT, (short) codec.code());
    batch.putInt(RecordBatch.LAST_OFFSET_DELTA_AT, count - 1);
    batch.putLong(RecordBatch.BASE_TIMESTAMP_AT, BatchSpec.NOW);
    batch.putLong(RecordBatch.MAX_TIMESTAMP_AT, BatchSpec.NOW);
    batch.putLong(RecordBatch.PRODUCER_ID_AT, -1);
    batch.putShort(RecordBatch.PRODUCER_EPOCH_AT, (short) -1);
    batch.putInt(RecordBatch.BASE_SEQUENCE_AT, -1);
    batch.putInt(RecordBatch.RECORD_COUNT_AT, count);
    batch.put(RecordBatch.HEADER_SIZE, payload);
    return fixCrc(batch);
  }

  /** A copy with something changed, and the CRC as if it had always been so. */
  static ByteBuffer edited(ByteBuffer batch, Consumer<ByteBuffer> edit) {
    ByteBuffer copy =
        ByteBuffer.allocate(batch.remaining()).put(0, batch, batch.position(), batch.remaining());
    edit.accept(copy);
    return fixCrc(copy);
  }

  private static ByteBuffer fixCrc(ByteBuffer batch) {
    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
    crc.update(
        batch.array(), RecordBatch.ATTRIBUTES_AT, batch.capacity() - RecordBatch.ATTRIBUTES_AT);
    return batch.putInt(RecordBatch.CRC_AT, (int) crc.getValue());
  }

  /** Bytes of records, number by number. */
  static final class Payload {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** A signed varint, as short as it can be. */
    Payload varint(long value) {
      long raw = (value << 1) ^ (value >> 63);
      for (; (raw & ~0x7fL) != 0; raw >>>= 7) {
        bytes.write((int) (raw & 0x7f | 0x80));
      }
      bytes.write((int) raw);
      return this;
    }

    Payload raw(int... values) {
      for (int value : values) {
        bytes.write(value);
      }
      return this;
    }

    Payload raw(byte[] values) {
      bytes.writeBytes(values);
      return this;
    }

    /** A record from its fields behind the length, with a length that fits. */
    Payload record(Payload fields) {
      return varint(fields.bytes.size()).raw(fields.bytes());
    }

    /** A record as it should be. */
    Payload goodRecord(int index) {
      return record(
          new Payload()
              .raw(0)
              .varint(0)
              .varint(index)
              .varint(1)
              .raw('k')
              .varint(2)
              .raw('v', 'v')
              .varint(0));
    }

    byte[] bytes() {
      return bytes.toByteArray();
    }
  }
}
