package io.millrace.kafka;

import io.millrace.wire.ApiKey;
import io.millrace.wire.Frame;
import io.millrace.wire.WireException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Reads frames off a socket such that the bytes of a large one go straight from the kernel into the
 * buffer that will be written to disk.
 *
 * <p>It decides which buffer the channel reads into next: a small one for the beginning of a frame,
 * where many small frames are found whole; then, once the size is known, the frame's own. Produce
 * requests get memory that the disk can be written from and that is given back; everything else,
 * being small or rare, gets memory of the heap that lives as long as somebody looks at it.
 *
 * <p>A frame's buffer is never larger than twice the largest frame that this connection has
 * completed (and at least {@value #FIRST_BYTES} bytes): a declared size alone costs nothing. A
 * large frame needs room in the {@link FrameMemory} that all connections share. The connection says
 * when it is to have it, by {@link #begin}; until then {@link #wantsRoom} is true and nothing is to
 * be read.
 *
 * <p>Belongs to the connection's loop.
 */
final class FrameReader implements RecvByteBufAllocator, RecvByteBufAllocator.Handle {

  /** Bytes read where a frame begins. */
  private static final int START_BYTES = 1024;

  private static final int API_KEY_BYTES = 2;

  /** First size of a large frame's buffer, whatever it declares. */
  static final int FIRST_BYTES = 64 * 1024;

  private static final int READS_MAX = 16;

  private final ConnectionLimits limits;
  private final FrameMemory memory;
  private final ByteBuf start;
  private final Queue<ByteBuf> complete = new ArrayDeque<>();

  /** The large frame being read; its size is not in it. */
  private @Nullable ByteBuf frame;

  private int frameBytes;

  /** Size of a large frame that waits for room, -1 if there is none. */
  private int wantedBytes = -1;

  private boolean wantedIsProduce;

  private int largestFrame;
  private int reads;
  private int attemptedBytes;
  private int lastBytes;
  private @Nullable ChannelConfig config;
  private boolean closed;

  FrameReader(ConnectionLimits limits, FrameMemory memory) {
    this.limits = limits;
    this.memory = memory;
    this.start = Unpooled.buffer(START_BYTES, START_BYTES);
  }

  /**
   * Takes note of what was read.
   *
   * @param read the buffer that {@link #allocate} gave out; the reader's own again
   */
  void received(ByteBuf read) {
    ByteBuf large = frame;
    if (large != null) {
      large.release();
      growOrComplete(large);
    } else {
      start.release();
      takeFromStart();
    }
  }

  /** The next whole frame without its size, for the caller to release; null if there is none. */
  @Nullable ByteBuf next() {
    return complete.poll();
  }

  private void takeFromStart() {
    while (start.readableBytes() >= Frame.SIZE_BYTES) {
      int size = start.getInt(start.readerIndex());
      if (size < 0 || size > limits.requestBytesMax()) {
        throw new WireException(
            "a request announces "
                + size
                + " bytes, the limit socket.request.max.bytes is "
                + limits.requestBytesMax());
      }
      if (start.readableBytes() >= Frame.SIZE_BYTES + size) {
        ByteBuf small = Unpooled.buffer(size, size);
        start.skipBytes(Frame.SIZE_BYTES).readBytes(small, size);
        complete.add(small);
        continue;
      }
      if (isLarge(size)) {
        wantRoom(size);
      }
      break;
    }
    start.discardReadBytes();
  }

  /** Whether a frame of this size, without the size itself, takes room that others may wait for. */
  static boolean isLarge(int size) {
    return Frame.SIZE_BYTES + size > START_BYTES;
  }

  private void wantRoom(int size) {
    if (start.readableBytes() < Frame.SIZE_BYTES + API_KEY_BYTES) {
      return;
    }
    boolean produce = start.getShort(start.readerIndex() + Frame.SIZE_BYTES) == ApiKey.PRODUCE.id();
    if (!produce && size > limits.otherRequestBytesMax()) {
      throw new WireException(
          "a request other than produce announces "
              + size
              + " bytes, the limit socket.request.other.max.bytes is "
              + limits.otherRequestBytesMax());
    }
    wantedBytes = size;
    wantedIsProduce = produce;
  }

  /**
   * Begins the large frame that {@link #wantsRoom}.
   *
   * @return false if there is too little room
   */
  boolean begin(ByteBufAllocator allocator) {
    int size = wantedBytes;
    if (!memory.take(size)) {
      return false;
    }
    int capacity = (int) Math.min(size, Math.max(FIRST_BYTES, 2L * largestFrame));
    ByteBuf large;
    try {
      large =
          wantedIsProduce
              ? allocator.directBuffer(capacity, size)
              : Unpooled.buffer(capacity, size);
    } catch (Throwable e) {
      memory.giveBack(size);
      throw e;
    }
    wantedBytes = -1;
    start.skipBytes(Frame.SIZE_BYTES);
    large.writeBytes(start);
    start.discardReadBytes();
    frameBytes = size;
    frame = large;
    return true;
  }

  private void growOrComplete(ByteBuf large) {
    if (large.readableBytes() == frameBytes) {
      largestFrame = Math.max(largestFrame, frameBytes);
      complete.add(large);
      frame = null;
    } else if (!large.isWritable()) {
      int capacity = (int) Math.min(frameBytes, 2L * large.capacity());
      large.capacity(capacity);
    }
  }

  /** Whether a large frame comes next and is not begun; its size is {@link #wantedBytes}. */
  boolean wantsRoom() {
    return wantedBytes >= 0;
  }

  int wantedBytes() {
    return wantedBytes;
  }

  /** Whether the frame that {@link #wantsRoom} is a produce request. */
  boolean wantedIsProduce() {
    return wantedIsProduce;
  }

  /**
   * Whether a large frame comes too slowly to be whole in time. The first quarter of the time is
   * free: a connection may stand still for a while.
   *
   * @param elapsed since it was begun
   * @param allowed for the whole of it, in the same unit
   */
  boolean isBehind(long elapsed, long allowed) {
    ByteBuf large = frame;
    return large != null
        && (double) (elapsed - allowed / 4) / allowed > (double) large.readableBytes() / frameBytes;
  }

  /** Whether a frame was begun and is not whole. */
  boolean isWithinFrame() {
    return frame != null || start.isReadable();
  }

  /** Releases a frame that {@link #next} gave out. */
  void release(ByteBuf whole) {
    int size = whole.readableBytes();
    whole.release();
    if (isLarge(size)) {
      memory.giveBack(size);
    }
  }

  void close() {
    closed = true;
    start.release();
    if (frame != null) {
      frame.release();
      frame = null;
      memory.giveBack(frameBytes);
    }
    for (ByteBuf left; (left = complete.poll()) != null; ) {
      release(left);
    }
  }

  // --- which buffer the channel reads into, and how often ---

  @Override
  public Handle newHandle() {
    return this;
  }

  @Override
  public ByteBuf allocate(ByteBufAllocator allocator) {
    ByteBuf large = frame;
    return large != null ? large.retain() : start.retain();
  }

  @Override
  public int guess() {
    return START_BYTES;
  }

  @Override
  public void reset(ChannelConfig newConfig) {
    config = newConfig;
    reads = 0;
  }

  @Override
  public void incMessagesRead(int messages) {
    reads += messages;
  }

  @Override
  public void lastBytesRead(int bytes) {
    lastBytes = bytes;
  }

  @Override
  public int lastBytesRead() {
    return lastBytes;
  }

  @Override
  public void attemptedBytesRead(int bytes) {
    attemptedBytes = bytes;
  }

  @Override
  public int attemptedBytesRead() {
    return attemptedBytes;
  }

  /**
   * Goes on while the socket filled what it was offered, and the loop's other connections can wait.
   */
  @Override
  public boolean continueReading() {
    return !closed
        && lastBytes > 0
        && lastBytes == attemptedBytes
        && reads < READS_MAX
        && (config == null || config.isAutoRead());
  }

  @Override
  public void readComplete() {}
}
