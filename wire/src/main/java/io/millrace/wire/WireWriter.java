package io.millrace.wire;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes the primitives of the Kafka protocol, in one pass, into one growing buffer on the heap.
 *
 * <p>Payloads are not copied: the writer notes where they belong, and {@link #parts()} gives the
 * buffer in pieces with the payloads between them. Only payloads and byte fields under {@value
 * #INLINE_BYTES_MAX} bytes are copied into the buffer, since one more part costs more than the
 * copy. The owner of a larger one leaves its bytes alone until the parts are sent.
 *
 * <p>Sizes that precede their content, those of tags, are filled in afterwards; the content moves
 * up when its size takes more than one byte.
 *
 * <p>{@code compact} says whether lengths are varints, as they are in flexible versions (KIP-482),
 * {@code nullable} whether the version being written allows null. Not thread safe.
 *
 * @see <a href="https://kafka.apache.org/protocol#protocol_types">Kafka protocol guide, Protocol
 *     Primitive Types</a>
 */
public final class WireWriter {
  /** Payloads smaller than this are copied. */
  public static final int INLINE_BYTES_MAX = 4096;

  private static final int CAPACITY_FIRST = 256;
  private static final int CAPACITY_MAX = Integer.MAX_VALUE - 8;

  private ByteBuffer out;

  /** Payloads left out of the buffer, and the position in the buffer at which each belongs. */
  private final List<Payload> payloads = new ArrayList<>(0);

  private int[] payloadPositions = {};
  private long payloadBytes;

  public WireWriter() {
    this(CAPACITY_FIRST);
  }

  /**
   * @param capacity bytes to start with, at least 0; the buffer grows as it must
   */
  public WireWriter(int capacity) {
    out = ByteBuffer.allocate(capacity);
  }

  /** How many bytes were written, those of payloads included. */
  public long size() {
    return out.position() + payloadBytes;
  }

  /**
   * What was written, in order: buffers and payloads. Neighbouring bytes of the buffer are one
   * part; a payload that was not copied is a part by itself, the very object if it is not in
   * memory. The parts share memory with the writer.
   */
  public List<Payload> parts() {
    List<Payload> parts = new ArrayList<>(2 * payloads.size() + 1);
    int from = 0;
    for (int i = 0; i < payloads.size(); i++) {
      addBytes(parts, from, payloadPositions[i]);
      from = payloadPositions[i];
      parts.add(payloads.get(i));
    }
    addBytes(parts, from, out.position());
    return parts;
  }

  private void addBytes(List<Payload> parts, int from, int to) {
    if (to > from) {
      parts.add(new BufferPayload(out.slice(from, to - from)));
    }
  }

  /**
   * What was written, in one buffer. It shares memory with the writer when every payload is in that
   * buffer already, and is a copy otherwise.
   *
   * @throws IllegalStateException if a payload is not in memory
   * @throws WireException if it is more than one buffer can hold
   */
  public ByteBuffer toBuffer() {
    if (payloads.isEmpty()) {
      return out.slice(0, out.position());
    }
    return join(parts());
  }

  static ByteBuffer join(List<Payload> parts) {
    long size = 0;
    for (Payload part : parts) {
      if (!(part instanceof BufferPayload)) {
        throw new IllegalStateException("not in memory: " + part);
      }
      size += part.size();
    }
    if (size > CAPACITY_MAX) {
      throw new WireException(size + " bytes, limit " + CAPACITY_MAX);
    }
    ByteBuffer all = ByteBuffer.allocate((int) size);
    for (Payload part : parts) {
      all.put(((BufferPayload) part).buffer());
    }
    return all.flip();
  }

  public void writeBool(boolean value) {
    writeInt8((byte) (value ? 1 : 0));
  }

  public void writeInt8(byte value) {
    need(1);
    out.put(value);
  }

  public void writeInt16(short value) {
    need(2);
    out.putShort(value);
  }

  /** Writes a number from 0 to 65535; any other is refused. */
  public void writeUint16(int value) {
    if (value != (value & 0xFFFF)) {
      throw new WireException(value + " is no unsigned number of 16 bits");
    }
    writeInt16((short) value);
  }

  public void writeInt32(int value) {
    need(4);
    out.putInt(value);
  }

  /** Writes a number from 0 to 4294967295; any other is refused. */
  public void writeUint32(long value) {
    if (value != (value & 0xFFFF_FFFFL)) {
      throw new WireException(value + " is no unsigned number of 32 bits");
    }
    writeInt32((int) value);
  }

  public void writeInt64(long value) {
    need(8);
    out.putLong(value);
  }

  public void writeFloat64(double value) {
    writeInt64(Double.doubleToRawLongBits(value));
  }

  public void writeUuid(UUID value) {
    required("uuid", value);
    need(16);
    out.putLong(value.getMostSignificantBits());
    out.putLong(value.getLeastSignificantBits());
  }

  /** Seven bits a byte, lowest first; one to five bytes. */
  public void writeUnsignedVarint(int value) {
    need(5);
    int rest = value;
    while ((rest & ~0x7F) != 0) {
      out.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    out.put((byte) rest);
  }

  /** A signed number of 32 bits, small ones in few bytes (zigzag). */
  public void writeVarint(int value) {
    writeUnsignedVarint((value << 1) ^ (value >> 31));
  }

  /** A signed number of 64 bits, small ones in few bytes (zigzag), one to ten bytes. */
  public void writeVarlong(long value) {
    need(10);
    long rest = (value << 1) ^ (value >> 63);
    while ((rest & ~0x7FL) != 0) {
      out.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    out.put((byte) rest);
  }

  public void writeString(String field, @Nullable String value, boolean compact, boolean nullable) {
    if (value == null) {
      requireNullable(field, nullable);
      writeStringLength(-1, compact);
      return;
    }
    int bytes = Utf8.length(value);
    if (bytes < 0) {
      throw new WireException(field + ": half a surrogate pair has no UTF-8");
    }
    if (bytes > WireReader.STRING_BYTES_MAX) {
      throw new WireException(
          field + ": string of " + bytes + " bytes, limit " + WireReader.STRING_BYTES_MAX);
    }
    writeStringLength(bytes, compact);
    need(bytes);
    Utf8.encode(value, bytes, out);
  }

  private void writeStringLength(int length, boolean compact) {
    if (compact) {
      writeUnsignedVarint(length + 1);
    } else {
      writeInt16((short) length);
    }
  }

  /** Writes the remaining bytes of a buffer, whose position is not moved. */
  public void writeBytes(
      String field, @Nullable ByteBuffer value, boolean compact, boolean nullable) {
    if (value == null) {
      writeNull(field, compact, nullable);
      return;
    }
    int size = value.remaining();
    writeLength(size, compact);
    if (size < INLINE_BYTES_MAX) {
      need(size);
      out.put(value.duplicate());
    } else {
      addPayload(new BufferPayload(value), size);
    }
  }

  /** Writes a payload, or notes where it belongs. */
  public void writeRecords(
      String field, @Nullable Payload value, boolean compact, boolean nullable) {
    if (value == null) {
      writeNull(field, compact, nullable);
      return;
    }
    int size = value.size();
    writeLength(size, compact);
    if (value instanceof BufferPayload inMemory && size < INLINE_BYTES_MAX) {
      need(size);
      out.put(inMemory.buffer());
    } else {
      addPayload(value, size);
    }
  }

  private void addPayload(Payload payload, int size) {
    if (payloads.size() == payloadPositions.length) {
      payloadPositions = Arrays.copyOf(payloadPositions, 2 * payloadPositions.length + 4);
    }
    payloadPositions[payloads.size()] = out.position();
    payloads.add(payload);
    payloadBytes += size;
  }

  /** Writes whether a struct follows that may be null, and returns it. */
  public boolean writePresent(boolean present) {
    writeInt8((byte) (present ? 1 : -1));
    return present;
  }

  /** The value, which this version does not allow to be null. */
  public static <T> T required(String field, @Nullable T value) {
    if (value == null) {
      throw new WireException(field + " is null, which this version does not allow");
    }
    return value;
  }

  /** Writes the count of a list, or null; returns whether elements are to follow. */
  public boolean writeCount(
      String field, @Nullable Collection<?> list, boolean compact, boolean nullable) {
    if (list == null) {
      writeNull(field, compact, nullable);
      return false;
    }
    writeLength(list.size(), compact);
    return true;
  }

  public void writeStringList(
      String field, @Nullable List<String> list, boolean compact, boolean nullable) {
    if (list == null) {
      writeNull(field, compact, nullable);
      return;
    }
    writeLength(list.size(), compact);
    for (String each : list) {
      writeString(field, each, compact, false);
    }
  }

  public void writeUuidList(
      String field, @Nullable List<UUID> list, boolean compact, boolean nullable) {
    if (list == null) {
      writeNull(field, compact, nullable);
      return;
    }
    writeLength(list.size(), compact);
    for (UUID each : list) {
      writeUuid(each);
    }
  }

  public void writeInt8Array(
      String field, byte @Nullable [] array, boolean compact, boolean nullable) {
    if (array == null) {
      writeNull(field, compact, nullable);
      return;
    }
    writeLength(array.length, compact);
    need(array.length);
    out.put(array);
  }

  public void writeInt16Array(
      String field, short @Nullable [] array, boolean compact, boolean nullable) {
    if (array == null) {
      writeNull(field, compact, nullable);
      return;
    }
    writeLength(array.length, compact);
    need(2L * array.length);
    for (short each : array) {
      out.putShort(each);
    }
  }

  public void writeInt32Array(
      String field, int @Nullable [] array, boolean compact, boolean nullable) {
    if (array == null) {
      writeNull(field, compact, nullable);
      return;
    }
    writeLength(array.length, compact);
    need(4L * array.length);
    for (int each : array) {
      out.putInt(each);
    }
  }

  public void writeInt64Array(
      String field, long @Nullable [] array, boolean compact, boolean nullable) {
    if (array == null) {
      writeNull(field, compact, nullable);
      return;
    }
    writeLength(array.length, compact);
    need(8L * array.length);
    for (long each : array) {
      out.putLong(each);
    }
  }

  /** Writes a section of tags with none in it. */
  public void writeNoTags() {
    writeInt8((byte) 0);
  }

  /**
   * Starts a section of tags, at most 127.
   *
   * @return the section, for {@link #beginTag}
   */
  public int beginTags() {
    writeInt8((byte) 0);
    return out.position() - 1;
  }

  /**
   * Starts the value of a tag; tags come in ascending order.
   *
   * @return the value, for {@link #endTag}
   */
  public int beginTag(int section, int tag) {
    out.put(section, (byte) (out.get(section) + 1));
    writeUnsignedVarint(tag);
    writeInt8((byte) 0);
    return out.position();
  }

  /** Ends the value of a tag and puts its size in front of it. */
  public void endTag(int start) {
    long size = (long) out.position() - start;
    int after = payloads.size();
    while (after > 0 && payloadPositions[after - 1] >= start) {
      after--;
      size += payloads.get(after).size();
    }
    if (size > Integer.MAX_VALUE) {
      throw new WireException("tag of " + size + " bytes, limit " + Integer.MAX_VALUE);
    }
    int shift = varintBytes((int) size) - 1;
    if (shift > 0) {
      need(shift);
      int length = out.position() - start;
      System.arraycopy(out.array(), start, out.array(), start + shift, length);
      for (int i = after; i < payloads.size(); i++) {
        payloadPositions[i] += shift;
      }
    }
    int end = out.position() + shift;
    out.position(start - 1);
    int rest = (int) size;
    while (rest > 0x7F) {
      out.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    out.put((byte) rest);
    out.position(end);
  }

  private static int varintBytes(int value) {
    return Math.max(1, (38 - Integer.numberOfLeadingZeros(value)) / 7);
  }

  /** Leaves four bytes for a number that comes later, and returns their position. */
  int reserveInt32() {
    writeInt32(0);
    return out.position() - 4;
  }

  void putReserved(int position, int value) {
    out.putInt(position, value);
  }

  private void writeNull(String field, boolean compact, boolean nullable) {
    requireNullable(field, nullable);
    writeLength(-1, compact);
  }

  private static void requireNullable(String field, boolean nullable) {
    if (!nullable) {
      throw new WireException(field + " is null, which this version does not allow");
    }
  }

  private void writeLength(int length, boolean compact) {
    if (!compact) {
      writeInt32(length);
    } else if (length == Integer.MAX_VALUE) {
      throw new WireException("length over " + (Integer.MAX_VALUE - 1));
    } else {
      writeUnsignedVarint(length + 1);
    }
  }

  private void need(long bytes) {
    if (bytes > out.remaining()) {
      grow(bytes);
    }
  }

  private void grow(long bytes) {
    long wanted = out.position() + bytes;
    if (wanted > CAPACITY_MAX) {
      throw new WireException("message of " + wanted + " bytes or more, limit " + CAPACITY_MAX);
    }
    long capacity = Math.min(Math.max(wanted, 2L * out.capacity()), CAPACITY_MAX);
    out = ByteBuffer.wrap(Arrays.copyOf(out.array(), (int) capacity)).position(out.position());
  }
}
