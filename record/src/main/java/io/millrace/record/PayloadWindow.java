package io.millrace.record;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The part of a batch's records that can be looked at: all of them if they are not compressed, else
 * a stretch that moves on as they expand. Its memory grows to twice the largest record so far, and
 * only as bytes come out.
 */
final class PayloadWindow implements AutoCloseable {
  private static final int INITIAL_SIZE = 16 * 1024;
  private static final int ARRAY_SIZE_MAX = Integer.MAX_VALUE - 8;

  private final @Nullable Expansion expansion;
  private ByteBuffer buffer;
  private byte[] array;
  private int from;
  private int to;
  private boolean ended;

  private PayloadWindow(
      @Nullable Expansion expansion, ByteBuffer buffer, byte[] array, int from, int to) {
    this.expansion = expansion;
    this.buffer = buffer;
    this.array = array;
    this.from = from;
    this.to = to;
    this.ended = expansion == null;
  }

  /** Over records that lie open in a buffer. */
  static PayloadWindow over(ByteBuffer buffer, int from, int to) {
    return new PayloadWindow(null, buffer, new byte[0], from, to);
  }

  /**
   * Over records as they expand, in {@code memory} as long as it suffices; closes the expansion
   * when closed.
   */
  static PayloadWindow over(Expansion expansion, ExpansionMemory memory) {
    byte[] array = memory.window.take(INITIAL_SIZE);
    return new PayloadWindow(expansion, ByteBuffer.wrap(array), array, 0, 0);
  }

  /** Holds the bytes from {@link #from} to {@link #to}; another one after each {@link #fill}. */
  ByteBuffer buffer() {
    return buffer;
  }

  int from() {
    return from;
  }

  int to() {
    return to;
  }

  /** Whether no bytes come after those in the window. */
  boolean ended() {
    return ended;
  }

  /** Gives up the bytes before {@code position}. */
  void advanceTo(int position) {
    from = position;
  }

  /**
   * Brings at least {@code bytes} bytes into the window, or all that are left.
   *
   * @param bytes a length as declared; memory grows with what arrives, not with this number
   * @return whether there are that many
   * @throws CompressionException if the payload is malformed, or this many would be more than
   *     allowed
   */
  boolean fill(int bytes) {
    while (to - from < bytes && !ended && expansion != null) {
      if (to == array.length) {
        makeRoom(bytes, expansion);
      }
      int read = expansion.read(array, to, array.length - to);
      if (read < 0) {
        ended = true;
      } else {
        to += read;
      }
    }
    return to - from >= bytes;
  }

  private void makeRoom(int bytes, Expansion more) {
    if (from > 0) {
      System.arraycopy(array, from, array, 0, to - from);
      to -= from;
      from = 0;
    } else if (bytes - (to - from) > more.expandedBytesLeft() + 1L
        || array.length == ARRAY_SIZE_MAX) {
      throw CompressionException.limit(more.expandedBytesMax());
    } else {
      array = Arrays.copyOf(array, (int) Math.min(ARRAY_SIZE_MAX, 2L * array.length));
      buffer = ByteBuffer.wrap(array);
    }
  }

  @Override
  public void close() {
    if (expansion != null) {
      expansion.close();
    }
  }
}
