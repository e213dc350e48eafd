package io.millrace.kafka;

import io.millrace.log.Disk;
import io.millrace.log.DiskFile;
import io.millrace.log.MemoryDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** A disk in memory that can be made to hang, to lose the end of its segments, or worse. */
final class TroubledDisk implements Disk {

  private static final int NONE = -1;

  private final MemoryDisk memory = new MemoryDisk(1L << 30);
  private final AtomicReference<CountDownLatch> syncs =
      new AtomicReference<>(new CountDownLatch(0));
  private final AtomicInteger fatalReadBytes = new AtomicInteger(NONE);

  /** Has every sync wait from now on. */
  void hang() {
    syncs.set(new CountDownLatch(1));
  }

  /** Ends what {@link #hang} began. */
  void goOn() {
    syncs.get().countDown();
  }

  /** Has reads of exactly so many bytes end in an error of the machine. */
  void readsFail(int bytes) {
    fatalReadBytes.set(bytes);
  }

  private void awaitSync() throws IOException {
    try {
      syncs.get().await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Override
  public DiskFile open(Path file, Mode mode) throws IOException {
    return new TroubledFile(memory.open(file, mode));
  }

  @Override
  public boolean exists(Path path) {
    return memory.exists(path);
  }

  @Override
  public List<String> list(Path directory) {
    return memory.list(directory);
  }

  @Override
  public void createDirectories(Path directory) {
    memory.createDirectories(directory);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    memory.rename(from, to);
  }

  @Override
  public void delete(Path path) {
    memory.delete(path);
  }

  @Override
  public void syncDirectory(Path directory) {
    memory.syncDirectory(directory);
  }

  @Override
  public boolean syncFileSystem(Path path) {
    return memory.syncFileSystem(path);
  }

  @Override
  public long totalBytes(Path path) {
    return memory.totalBytes(path);
  }

  @Override
  public long usableBytes(Path path) {
    return memory.usableBytes(path);
  }

  private final class TroubledFile implements DiskFile {
    private final DiskFile file;

    TroubledFile(DiskFile file) {
      this.file = file;
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      file.write(source, position);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length, long position)
        throws IOException {
      return file.write(sources, offset, length, position);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      if (target.remaining() == fatalReadBytes.get()) {
        throw new OutOfMemoryError("as a test wants it");
      }
      return file.read(target, position);
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public void sync() throws IOException {
      awaitSync();
      file.sync();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
        throws IOException {
      return file.transferTo(position, count, target);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
