package io.millrace.wire;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads the primitives of the Kafka protocol from a buffer, one message a reader.
 *
 * <p>The input is taken for hostile. Whatever it holds, a method returns or throws {@link
 * WireException}; a failed reader is not used again. Memory is bounded by what has really come:
 *
 * <ul>
 *   <li>A length is believed only after as many bytes are seen to be there. A count of elements is
 *       believed only if that many of the smallest possible size could be there.
 *   <li>Lists start small and grow as elements arrive, for an element of one byte may become an
 *       object of a hundred. The same inflation is why a reader has a budget of elements, which all
 *       lists of the message share; arrays of integers do not count, they take no more than their
 *       bytes.
 *   <li>Strings end at 32 767 bytes, tag sections at {@value #TAGS_MAX} tags. Nesting is as deep as
 *       the schema, never as the input.
 * </ul>
 *
 * <p>{@code compact} says whether lengths are varints, as they are in flexible versions (KIP-482).
 * The names of fields serve error messages only. Not thread safe.
 *
 * @see <a href="https://kafka.apache.org/protocol#protocol_types">Kafka protocol guide, Protocol
 *     Primitive Types</a>
 */
public final class WireReader {
  /** Elements that a message may have in all its lists together, unless the caller says else. */
  public static final int ELEMENTS_MAX = 262_144;

  /** Tags in one section. Kafka's own messages have four at most. */
  public static final int TAGS_MAX = 64;

  static final int STRING_BYTES_MAX = Short.MAX_VALUE;

  private static final int LIST_CAPACITY_FIRST = 16;

  private final ByteBuffer in;
  private final int elementsMax;
  private int elements;

  /** A reader with a budget of {@link #ELEMENTS_MAX}. */
  public WireReader(ByteBuffer in) {
    this(in, ELEMENTS_MAX);
  }

  /**
   * @param in its remaining bytes are the input. The reader has a position of its own and leaves
   *     that of {@code in} alone; bytes and records that are read share memory with it
   * @param elementsMax elements that all lists of the message may have together, at least 0
   */
  public WireReader(ByteBuffer in, int elementsMax) {
    if (elementsMax < 0) {
      throw new IllegalArgumentException("elementsMax " + elementsMax);
    }
    this.in = in.slice();
    this.elementsMax = elementsMax;
  }

  /** How many bytes were read. */
  public int position() {
    return in.position();
  }

  /** How many bytes are left. */
  public int remaining() {
    return in.remaining();
  }

  /** The number {@code offset} bytes ahead, which is left unread. */
  short peekInt16(int offset) {
    need(offset + 2);
    return in.getShort(in.position() + offset);
  }

  public boolean readBool() {
    return readInt8() != 0;
  }

  public byte readInt8() {
    need(1);
    return in.get();
  }

  public short readInt16() {
    need(2);
    return in.getShort();
  }

  public int readUint16() {
    return readInt16() & 0xFFFF;
  }

  public int readInt32() {
    need(4);
    return in.getInt();
  }

  public long readUint32() {
    return readInt32() & 0xFFFF_FFFFL;
  }

  public long readInt64() {
    need(8);
    return in.getLong();
  }

  public double readFloat64() {
    return Double.longBitsToDouble(readInt64());
  }

  /** Sixteen bytes; all zero is how the protocol says that there is none. */
  public UUID readUuid() {
    need(16);
    long high = in.getLong();
    long low = in.getLong();
    return high == 0 && low == 0 ? Defaults.ZERO_UUID : new UUID(high, low);
  }

  /** Seven bits a byte, lowest first; 32 bits in five bytes at most, returned as they are. */
  public int readUnsignedVarint() {
    int value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      byte next = readInt8();
      if (shift == 28 && (next & 0xF0) != 0) {
        break;
      }
      value |= (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw failure("varint", "is longer than 5 bytes or has more than 32 bits");
  }

  /** A signed number of 32 bits, small ones in few bytes (zigzag). */
  public int readVarint() {
    int bits = readUnsignedVarint();
    return (bits >>> 1) ^ -(bits & 1);
  }

  /** A signed number of 64 bits, small ones in few bytes (zigzag), ten bytes at most. */
  public long readVarlong() {
    long bits = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      byte next = readInt8();
      if (shift == 63 && (next & 0xFE) != 0) {
        break;
      }
      bits |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return (bits >>> 1) ^ -(bits & 1);
      }
    }
    throw failure("varlong", "is longer than 10 bytes or has more than 64 bits");
  }

  public String readString(String field, boolean compact) {
    return present(field, readNullableString(field, compact));
  }

  public @Nullable String readNullableString(String field, boolean compact) {
    int length = compact ? readCompactLength(field) : readInt16();
    if (length == -1) {
      return null;
    }
    if (length > STRING_BYTES_MAX) {
      throw failure(field, "string of " + length + " bytes, limit " + STRING_BYTES_MAX);
    }
    int start = take(field, length);
    try {
      return length == 0 ? "" : Utf8.decode(in, start, length);
    } catch (CharacterCodingException e) {
      throw new WireException(field + ": string is not UTF-8, at byte " + start, e);
    }
  }

  /** Bytes that share memory with the input. */
  public ByteBuffer readBytes(String field, boolean compact) {
    return present(field, readNullableBytes(field, compact));
  }

  /** Bytes that share memory with the input. */
  public @Nullable ByteBuffer readNullableBytes(String field, boolean compact) {
    int length = compact ? readCompactLength(field) : readInt32();
    if (length == -1) {
      return null;
    }
    int start = take(field, length);
    return length == 0 ? Defaults.NO_BYTES : in.slice(start, length);
  }

  /** Records that share memory with the input; they are not looked at. */
  public Payload readRecords(String field, boolean compact) {
    return present(field, readNullableRecords(field, compact));
  }

  /** Records that share memory with the input; they are not looked at. */
  public @Nullable Payload readNullableRecords(String field, boolean compact) {
    ByteBuffer bytes = readNullableBytes(field, compact);
    return bytes == null ? null : new BufferPayload(bytes);
  }

  /** Whether a struct follows that may be null. */
  public boolean readPresent(String field) {
    byte mark = readInt8();
    if (mark != 1 && mark != -1) {
      throw failure(field, "struct neither there (1) nor null (-1) but " + mark);
    }
    return mark == 1;
  }

  /**
   * The count of a list of structs, charged to the budget of elements.
   *
   * @param elementBytesMin the fewest bytes one element takes, at least 1
   */
  public int readCount(String field, boolean compact, int elementBytesMin) {
    return present(field, readNullableCount(field, compact, elementBytesMin));
  }

  /** As {@link #readCount}, or -1 when the list is null. */
  public int readNullableCount(String field, boolean compact, int elementBytesMin) {
    int count = readArrayLength(field, compact, elementBytesMin);
    if (count > elementsMax - elements) {
      throw failure(
          field, count + " elements after " + elements + " in this message, limit " + elementsMax);
    }
    elements += Math.max(count, 0);
    return count;
  }

  /**
   * An empty list that will take {@code count} elements, but does not make room for all at once.
   */
  public static <T> List<T> list(int count) {
    return new ArrayList<>(Math.min(count, LIST_CAPACITY_FIRST));
  }

  public List<String> readStringList(String field, boolean compact) {
    return present(field, readNullableStringList(field, compact));
  }

  public @Nullable List<String> readNullableStringList(String field, boolean compact) {
    int count = readNullableCount(field, compact, compact ? 1 : 2);
    if (count < 0) {
      return null;
    }
    List<String> list = list(count);
    for (int i = 0; i < count; i++) {
      list.add(readString(field, compact));
    }
    return list;
  }

  public List<UUID> readUuidList(String field, boolean compact) {
    return present(field, readNullableUuidList(field, compact));
  }

  public @Nullable List<UUID> readNullableUuidList(String field, boolean compact) {
    int count = readNullableCount(field, compact, 16);
    if (count < 0) {
      return null;
    }
    List<UUID> list = list(count);
    for (int i = 0; i < count; i++) {
      list.add(readUuid());
    }
    return list;
  }

  public byte[] readInt8Array(String field, boolean compact) {
    return present(field, readNullableInt8Array(field, compact));
  }

  public byte @Nullable [] readNullableInt8Array(String field, boolean compact) {
    int count = readArrayLength(field, compact, 1);
    if (count <= 0) {
      return count < 0 ? null : Defaults.NO_INT8S;
    }
    byte[] array = new byte[count];
    in.get(array);
    return array;
  }

  public short[] readInt16Array(String field, boolean compact) {
    return present(field, readNullableInt16Array(field, compact));
  }

  public short @Nullable [] readNullableInt16Array(String field, boolean compact) {
    int count = readArrayLength(field, compact, 2);
    if (count <= 0) {
      return count < 0 ? null : Defaults.NO_INT16S;
    }
    short[] array = new short[count];
    for (int i = 0; i < count; i++) {
      array[i] = in.getShort();
    }
    return array;
  }

  public int[] readInt32Array(String field, boolean compact) {
    return present(field, readNullableInt32Array(field, compact));
  }

  public int @Nullable [] readNullableInt32Array(String field, boolean compact) {
    int count = readArrayLength(field, compact, 4);
    if (count <= 0) {
      return count < 0 ? null : Defaults.NO_INT32S;
    }
    int[] array = new int[count];
    for (int i = 0; i < count; i++) {
      array[i] = in.getInt();
    }
    return array;
  }

  public long[] readInt64Array(String field, boolean compact) {
    return present(field, readNullableInt64Array(field, compact));
  }

  public long @Nullable [] readNullableInt64Array(String field, boolean compact) {
    int count = readArrayLength(field, compact, 8);
    if (count <= 0) {
      return count < 0 ? null : Defaults.NO_INT64S;
    }
    long[] array = new long[count];
    for (int i = 0; i < count; i++) {
      array[i] = in.getLong();
    }
    return array;
  }

  /** How many tags a section has: its first number. */
  public int readTagCount() {
    int count = readUnsignedVarint();
    if (count < 0 || count > TAGS_MAX) {
      throw failure("tags", Integer.toUnsignedString(count) + " in a section, limit " + TAGS_MAX);
    }
    return count;
  }

  /**
   * The next tag.
   *
   * @param last the tag before it, or -1 at the first
   */
  public int readTag(int last) {
    int tag = readUnsignedVarint();
    if (tag <= last) {
      throw failure("tags", Integer.toUnsignedString(tag) + " after " + last + ", not ascending");
    }
    return tag;
  }

  /** The position at which the value of a tag will end: its size stands in front of it. */
  public int readTagEnd() {
    int size = readUnsignedVarint();
    if (size < 0 || size > in.remaining()) {
      throw truncated("tag", Integer.toUnsignedLong(size));
    }
    return in.position() + size;
  }

  /** Checks that the value of a tag took just as many bytes as its size had said. */
  public void endTag(int tag, int end) {
    if (in.position() != end) {
      throw failure("tag " + tag, "its value does not end at byte " + end + ", as its size says");
    }
  }

  /** Passes over the value of a tag that is not known. */
  public void skipTo(int end) {
    in.position(end);
  }

  /** Passes over a whole section of tags. */
  public void skipTags() {
    int count = readTagCount();
    for (int i = 0, tag = -1; i < count; i++) {
      tag = readTag(tag);
      skipTo(readTagEnd());
    }
  }

  /** The number of elements, or -1 for null; as many smallest elements fit in what is left. */
  private int readArrayLength(String field, boolean compact, int elementBytesMin) {
    int count = compact ? readCompactLength(field) : readInt32();
    if (count < -1) {
      throw failure(field, "negative count " + count);
    }
    long bytes = (long) count * elementBytesMin;
    if (bytes > in.remaining()) {
      throw failure(
          field,
          count + " elements need " + bytes + " bytes or more, " + in.remaining() + " are left");
    }
    return count;
  }

  /** A length stored one higher, zero being null: -1 is null here too. */
  private int readCompactLength(String field) {
    int stored = readUnsignedVarint();
    if (stored < 0) {
      throw failure(field, "length over " + (Integer.MAX_VALUE - 1));
    }
    return stored - 1;
  }

  /** Moves past {@code length} bytes, if they are there, and returns where they start. */
  private int take(String field, int length) {
    if (length < 0) {
      throw failure(field, "negative length " + length);
    }
    if (length > in.remaining()) {
      throw truncated(field, length);
    }
    int start = in.position();
    in.position(start + length);
    return start;
  }

  private void need(int bytes) {
    if (in.remaining() < bytes) {
      throw truncated("a number", bytes);
    }
  }

  private <T> T present(String field, @Nullable T value) {
    if (value == null) {
      throw failure(field, "null where this version allows none");
    }
    return value;
  }

  private int present(String field, int count) {
    if (count < 0) {
      throw failure(field, "null where this version allows none");
    }
    return count;
  }

  private WireException truncated(String what, long bytes) {
    return failure(what, "needs " + bytes + " bytes, " + in.remaining() + " are left");
  }

  private WireException failure(String what, String why) {
    return new WireException(what + ": " + why + ", at byte " + in.position());
  }
}
