package io.millrace.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A segment that the cleaner writes, batch after batch. For one thread. */
final class CleanedFile implements AutoCloseable {

  private static final int BUFFER_BYTES = 256 * 1024;

  private final DiskFile file;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
  private long written;

  private CleanedFile(DiskFile file) {
    this.file = file;
  }

  /** Begins a file; what an earlier try left is gone. */
  static CleanedFile create(Disk disk, Path path) throws IOException {
    DiskFile file = disk.open(path, Disk.Mode.CREATE);
    file.truncate(0);
    return new CleanedFile(file);
  }

  void add(ByteBuffer batch) throws IOException {
    if (batch.remaining() > buffer.remaining()) {
      drain();
    }
    if (batch.remaining() > buffer.remaining()) {
      int bytes = batch.remaining();
      file.write(batch.duplicate(), written);
      written += bytes;
    } else {
      buffer.put(batch.duplicate());
    }
  }

  private void drain() throws IOException {
    buffer.flip();
    int bytes = buffer.remaining();
    if (bytes > 0) {
      file.write(buffer, written);
      written += bytes;
    }
    buffer.clear();
  }

  /**
   * Makes the bytes durable.
   *
   * @return how many there are
   */
  long finish() throws IOException {
    drain();
    file.sync();
    return written;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
