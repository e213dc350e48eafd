package io.millrace.producer;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Memory for batches: direct buffers in sizes that are powers of two, used again and again. Any
 * thread may call.
 *
 * <p>Buffers that nobody uses are kept up to a bound; above it they are left to the garbage
 * collector.
 */
final class BufferPool {

  static final int SIZE_MIN = 16 * 1024;
  private static final int SHIFT_MIN = 14;
  private static final int CLASSES = 17;

  private final long idleBytesMax;
  private final Object[] locks = new Object[CLASSES];
  private final ArrayDeque<ByteBuffer>[] idle;
  private final java.util.concurrent.atomic.AtomicLong idleBytes =
      new java.util.concurrent.atomic.AtomicLong();

  @SuppressWarnings({"unchecked", "rawtypes"})
  BufferPool(long idleBytesMax) {
    this.idleBytesMax = idleBytesMax;
    this.idle = new ArrayDeque[CLASSES];
    for (int i = 0; i < CLASSES; i++) {
      idle[i] = new ArrayDeque<>();
      locks[i] = new Object();
    }
  }

  private static int sizeClass(int size) {
    return size <= SIZE_MIN ? 0 : 32 - Integer.numberOfLeadingZeros(size - 1) - SHIFT_MIN;
  }

  /** A buffer of at least {@code size} bytes, at most 1 GiB, empty. */
  ByteBuffer take(int size) {
    int which = sizeClass(size);
    synchronized (locks[which]) {
      ByteBuffer known = idle[which].pollLast();
      if (known != null) {
        idleBytes.addAndGet(-known.capacity());
        return known.clear();
      }
    }
    return ByteBuffer.allocateDirect(1 << which + SHIFT_MIN);
  }

  /** Gives back a buffer that was taken; nobody may use it any more. */
  void give(ByteBuffer buffer) {
    if (idleBytes.get() + buffer.capacity() > idleBytesMax) {
      return;
    }
    idleBytes.addAndGet(buffer.capacity());
    int which = sizeClass(buffer.capacity());
    synchronized (locks[which]) {
      idle[which].addLast(buffer);
    }
  }
}
