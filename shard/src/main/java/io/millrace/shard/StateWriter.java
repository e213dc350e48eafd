package io.millrace.shard;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes the fields of a change or a snapshot item, one after another, into bytes that grow as
 * needed. Not thread safe.
 *
 * <p>Integers are big endian; {@link #varint} is unsigned LEB 128; text is UTF-8 behind its length
 * in bytes.
 */
public final class StateWriter {

  private byte[] bytes;
  private int size;

  public StateWriter() {
    this(64);
  }

  public StateWriter(int capacity) {
    bytes = new byte[capacity];
  }

  private void room(int more) {
    if (size + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length * 2));
    }
  }

  public StateWriter int8(int value) {
    room(1);
    bytes[size++] = (byte) value;
    return this;
  }

  public StateWriter bool(boolean value) {
    return int8(value ? 1 : 0);
  }

  public StateWriter int16(int value) {
    return int8(value >> 8).int8(value);
  }

  public StateWriter int32(int value) {
    room(4);
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes[size++] = (byte) (value >> shift);
    }
    return this;
  }

  public StateWriter int64(long value) {
    return int32((int) (value >> 32)).int32((int) value);
  }

  /** A number that is mostly small and never negative. */
  public StateWriter varint(long value) {
    if (value < 0) {
      throw new IllegalArgumentException("negative: " + value);
    }
    room(10);
    long rest = value;
    while (rest >= 0x80) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
    return this;
  }

  public StateWriter uuid(UUID value) {
    return int64(value.getMostSignificantBits()).int64(value.getLeastSignificantBits());
  }

  public StateWriter text(String value) {
    return bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  public StateWriter nullableText(@Nullable String value) {
    return value == null ? bool(false) : bool(true).text(value);
  }

  public StateWriter bytes(byte[] value) {
    varint(value.length);
    return raw(value, 0, value.length);
  }

  /** The remaining bytes of a buffer, whose position stays. */
  public StateWriter bytes(ByteBuffer value) {
    int length = value.remaining();
    varint(length);
    room(length);
    value.get(value.position(), bytes, size, length);
    size += length;
    return this;
  }

  StateWriter raw(byte[] value, int offset, int length) {
    room(length);
    System.arraycopy(value, offset, bytes, size, length);
    size += length;
    return this;
  }

  public int size() {
    return size;
  }

  /** A copy of what was written. */
  public byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  /** What was written, without a copy; valid until the next write. */
  public ByteBuffer view() {
    return ByteBuffer.wrap(bytes, 0, size).slice();
  }

  /** Starts again with nothing written. */
  public void clear() {
    size = 0;
  }
}
