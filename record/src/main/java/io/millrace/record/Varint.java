package io.millrace.record;

import java.nio.ByteBuffer;

/**
 * The variable-length integers of a record, as in Protocol Buffers: seven bits a byte, least
 * significant first, the top bit set on all but the last byte; signed values are zigzagged (0, -1,
 * 1, -2 become 0, 1, 2, 3).
 *
 * <p>Padded forms (0x80 0x00 for 0) are accepted on reading, as every Kafka client does; bits that
 * do not fit the type are not.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">Protocol Buffers: encoding</a>
 */
public final class Varint {
  static final int INT_BYTES_MAX = 5;
  static final int LONG_BYTES_MAX = 10;

  private Varint() {}

  /** How many bytes {@code value} takes. */
  public static int sizeOf(int value) {
    return (31 - Integer.numberOfLeadingZeros(zigzag(value) | 1)) / 7 + 1;
  }

  /** How many bytes {@code value} takes. */
  public static int sizeOf(long value) {
    return (63 - Long.numberOfLeadingZeros(zigzag(value) | 1)) / 7 + 1;
  }

  /**
   * Writes {@code value} at {@code at}; the buffer's position stays. Returns the index after it.
   */
  public static int put(ByteBuffer buffer, int at, int value) {
    int rest = zigzag(value);
    int next = at;
    while ((rest & ~0x7f) != 0) {
      buffer.put(next++, (byte) (rest | 0x80));
      rest >>>= 7;
    }
    buffer.put(next++, (byte) rest);
    return next;
  }

  /** As {@link #put(ByteBuffer, int, int)}, for 64 bits. */
  public static int put(ByteBuffer buffer, int at, long value) {
    long rest = zigzag(value);
    int next = at;
    while ((rest & ~0x7fL) != 0) {
      buffer.put(next++, (byte) (rest | 0x80));
      rest >>>= 7;
    }
    buffer.put(next++, (byte) rest);
    return next;
  }

  /**
   * Reads a length at the buffer's position and moves it behind the length.
   *
   * @return the position at which ends what has that length
   * @throws CorruptBatchException if it ends outside the buffer
   */
  public static int skip(ByteBuffer buffer) {
    int length = getInt(buffer);
    if (length < 0 || length > buffer.remaining()) {
      throw new CorruptBatchException(
          "a length of " + length + " where " + buffer.remaining() + " bytes are left");
    }
    return buffer.position() + length;
  }

  /**
   * Reads 32 bits at the buffer's position and moves it.
   *
   * @throws CorruptBatchException if the integer is cut off by the buffer's limit or does not fit
   */
  public static int getInt(ByteBuffer buffer) {
    int raw = 0;
    for (int shift = 0; shift < 7 * INT_BYTES_MAX; shift += 7) {
      int b = nextByte(buffer);
      raw |= (b & 0x7f) << shift;
      if (b >= 0) {
        if (shift == 28 && b > 0x0f) {
          break;
        }
        return unzigzag(raw);
      }
    }
    throw new CorruptBatchException("a varint does not fit 32 bits");
  }

  /** As {@link #getInt}, for 64 bits. */
  public static long getLong(ByteBuffer buffer) {
    long raw = 0;
    for (int shift = 0; shift < 7 * LONG_BYTES_MAX; shift += 7) {
      long b = nextByte(buffer);
      raw |= (b & 0x7f) << shift;
      if (b >= 0) {
        if (shift == 63 && b > 1) {
          break;
        }
        return unzigzag(raw);
      }
    }
    throw new CorruptBatchException("a varint does not fit 64 bits");
  }

  static int unzigzag(int raw) {
    return (raw >>> 1) ^ -(raw & 1);
  }

  static long unzigzag(long raw) {
    return (raw >>> 1) ^ -(raw & 1);
  }

  private static int zigzag(int value) {
    return (value << 1) ^ (value >> 31);
  }

  private static long zigzag(long value) {
    return (value << 1) ^ (value >> 63);
  }

  private static byte nextByte(ByteBuffer buffer) {
    if (!buffer.hasRemaining()) {
      throw new CorruptBatchException("a varint is cut off");
    }
    return buffer.get();
  }
}
