package io.millrace.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * A region of a segment that is about to be sent: whole batches, the first holding the offset that
 * was asked for.
 *
 * <p>It holds the file open until it is closed, whatever happens to the segment meanwhile; whoever
 * receives it closes it, once.
 */
public final class LogSlice implements AutoCloseable {

  private final SegmentFile file;
  private final long position;
  private final int size;

  LogSlice(SegmentFile file, long position, int size) {
    this.file = file;
    this.position = position;
    this.size = size;
  }

  /** Bytes in this slice. */
  public int size() {
    return size;
  }

  /**
   * Sends bytes {@code [from, from + count)} of the slice to a channel, by the kernel where it can.
   *
   * @return bytes sent, possibly 0 if the channel takes no more
   */
  public long transferTo(long from, long count, WritableByteChannel target) throws IOException {
    return file.file.transferTo(position + from, Math.min(count, size - from), target);
  }

  /**
   * Copies the slice from {@code from} on into {@code target}, as much as fits.
   *
   * @return bytes copied
   */
  public int read(ByteBuffer target, int from) throws IOException {
    int limit = target.limit();
    target.limit(Math.min(limit, target.position() + size - from));
    int n = file.file.read(target, position + from);
    target.limit(limit);
    return n;
  }

  /** Whether the file still reaches to the end of the slice; it does unless somebody cut it. */
  public boolean isWhole() throws IOException {
    return file.file.size() >= position + size;
  }

  @Override
  public void close() {
    try {
      file.release();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
