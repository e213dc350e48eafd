package io.millrace.record;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Compresses one payload after the other in memory of its own: a batch costs no garbage once the
 * largest has been seen. For one thread; close it, because codecs hold memory outside the heap.
 *
 * <p>The framing is that of {@link Compression}. Output and, where it must be copied at all, input
 * lie in two buffers that grow to what the largest payload needs and stay.
 */
public abstract class Compressor implements AutoCloseable {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
  private static final int GROWTH_MIN = 16 * 1024;

  /** Where the compressor's own memory lies; payloads of the other kind are copied first. */
  enum Memory {
    HEAP,
    DIRECT;

    ByteBuffer allocate(int size) {
      return this == HEAP ? ByteBuffer.allocate(size) : ByteBuffer.allocateDirect(size);
    }

    boolean holds(ByteBuffer buffer) {
      return !buffer.isReadOnly() && (this == HEAP ? buffer.hasArray() : buffer.isDirect());
    }
  }

  private final Memory memory;
  private ByteBuffer input = NOTHING;
  private ByteBuffer output = NOTHING;

  Compressor(Memory memory) {
    this.memory = memory;
  }

  /**
   * Makes one that works outside the heap, best for payloads in direct buffers.
   *
   * @param level as for {@link Compression#compress}
   * @throws IllegalArgumentException if the level is out of range
   * @throws CompressionException if the codec's library is missing
   */
  public static Compressor of(Compression codec, int level) {
    return codec.compressor(level, Memory.DIRECT);
  }

  /**
   * Compresses what lies between the buffer's position and limit, which stay.
   *
   * @return the compressed bytes, big-endian and writable; valid until the next call
   */
  public final ByteBuffer compress(ByteBuffer plain) {
    ByteBuffer from = plain;
    if (!memory.holds(plain)) {
      input = atLeast(input, plain.remaining());
      input.clear().put(0, plain, plain.position(), plain.remaining()).limit(plain.remaining());
      from = input;
    }
    output = atLeast(output, bytesMax(from.remaining()));
    output.clear().order(ByteOrder.BIG_ENDIAN);
    output.limit(compress(from, output));
    return output.order(ByteOrder.BIG_ENDIAN);
  }

  private ByteBuffer atLeast(ByteBuffer known, int size) {
    if (known.capacity() >= size) {
      return known;
    }
    // A direct buffer lives for long: it grows in powers of two so as not to be replaced often.
    return memory == Memory.HEAP
        ? memory.allocate(size)
        : memory.allocate(Math.max(GROWTH_MIN, powerOfTwo(size)));
  }

  private static int powerOfTwo(int size) {
    return size > 1 << 30 ? size : Math.max(1, Integer.highestOneBit(size - 1) << 1);
  }

  /** The most bytes that so many can become. */
  abstract int bytesMax(int plainBytes);

  /**
   * Compresses from the position of {@code from}, which stays, to its limit.
   *
   * @param to has {@link #bytesMax} bytes from 0 on; position and byte order may change
   * @return where the compressed bytes end
   */
  abstract int compress(ByteBuffer from, ByteBuffer to);

  @Override
  public void close() {
    // Most hold nothing but buffers.
  }

  /** Whether both lie in arrays, as codecs with two sets of calls want to know. */
  static boolean inArrays(ByteBuffer from, ByteBuffer to) {
    return from.hasArray() && to.hasArray();
  }
}
