package io.millrace.shard;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a {@link StateWriter} wrote. The bytes have passed a checksum, so anything odd in them
 * is a defect or a format of the future: it throws {@link IllegalStateException}. Nothing is
 * allocated from a length that was not checked against what remains.
 */
public final class StateReader {

  private final ByteBuffer bytes;

  /** Reads from the buffer's position to its limit, moving the position. */
  public StateReader(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  public int int8() {
    try {
      return bytes.get();
    } catch (BufferUnderflowException e) {
      throw new IllegalStateException("state ends within a field", e);
    }
  }

  public boolean bool() {
    return int8() != 0;
  }

  public int int16() {
    return int8() << 8 | int8() & 0xff;
  }

  public int int32() {
    try {
      return bytes.getInt();
    } catch (BufferUnderflowException e) {
      throw new IllegalStateException("state ends within a field", e);
    }
  }

  public long int64() {
    try {
      return bytes.getLong();
    } catch (BufferUnderflowException e) {
      throw new IllegalStateException("state ends within a field", e);
    }
  }

  public long varint() {
    long value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      int b = int8();
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new IllegalStateException("a number is too long");
  }

  /** A count of things that take at least one byte each. */
  public int count() {
    long n = varint();
    if (n > bytes.remaining()) {
      throw new IllegalStateException("state announces " + n + " items and ends before");
    }
    return (int) n;
  }

  public UUID uuid() {
    long upper = int64();
    return new UUID(upper, int64());
  }

  public String text() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  public @Nullable String nullableText() {
    return bool() ? text() : null;
  }

  public byte[] bytes() {
    byte[] value = new byte[count()];
    bytes.get(value);
    return value;
  }

  public boolean hasMore() {
    return bytes.hasRemaining();
  }
}
