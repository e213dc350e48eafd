package io.millrace.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * One open file of a {@link Disk}. One thread writes; any thread may read at the same time, below
 * what was written.
 */
public interface DiskFile extends Closeable {

  /** Writes all remaining bytes of {@code source} at {@code position}. */
  void write(ByteBuffer source, long position) throws IOException;

  /**
   * Writes all remaining bytes of {@code sources[offset .. offset + length)} one after another,
   * starting at {@code position}.
   *
   * @return bytes written
   */
  long write(ByteBuffer[] sources, int offset, int length, long position) throws IOException;

  /**
   * Reads into {@code target} until it is full or the file ends.
   *
   * @return bytes read, 0 at or past the end of the file
   */
  int read(ByteBuffer target, long position) throws IOException;

  long size() throws IOException;

  /** Cuts the file to {@code size} bytes; a shorter file is left as it is. */
  void truncate(long size) throws IOException;

  /**
   * Makes written bytes and the file's size durable (fdatasync). A failed call must never be
   * repeated.
   */
  void sync() throws IOException;

  /**
   * Sends bytes to a channel, by the kernel where it can.
   *
   * @return bytes sent, possibly 0 if the channel takes no more
   */
  long transferTo(long position, long count, WritableByteChannel target) throws IOException;

  @Override
  void close() throws IOException;
}
