package io.millrace.benchmarks.machine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Random;

/**
 * What one write and one {@code fdatasync} cost on a file system, bare: the floor under every
 * synced figure of the run.
 *
 * <p>Overwrites a file written and synced before, so that no block is allocated and no size
 * changes, as a recycled journal does.
 *
 * @param small 4 KiB at a time
 * @param large 1 MiB at a time
 */
public record DiskSync(Percentiles small, Percentiles large) {
  private static final int FILE_BYTES = 64 << 20;

  /** Percentiles of one write and sync, in milliseconds. */
  public record Percentiles(double p50, double p99) {
    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%.2f / %.2f ms", p50, p99);
    }
  }

  /**
   * Measures in a file of its own in {@code directory}, which is deleted after. Takes a second or
   * two.
   */
  public static DiskSync measure(Path directory) throws IOException {
    Path file = Files.createTempFile(directory, "disk-sync", ".bin");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer block = ByteBuffer.allocateDirect(1 << 20);
      byte[] noise = new byte[block.capacity()];
      new Random(1).nextBytes(noise);
      block.put(noise);
      for (long at = 0; at < FILE_BYTES; at += block.capacity()) {
        write(channel, block.clear(), at);
      }
      channel.force(true);
      return new DiskSync(
          measure(channel, block.clear().slice(0, 4096), 500),
          measure(channel, block.clear(), 100));
    } finally {
      Files.delete(file);
    }
  }

  private static Percentiles measure(FileChannel channel, ByteBuffer block, int times)
      throws IOException {
    long[] nanos = new long[times];
    for (int i = 0; i < times; i++) {
      long at = (long) i * block.capacity() % FILE_BYTES;
      long begin = System.nanoTime();
      write(channel, block.clear(), at);
      channel.force(false);
      nanos[i] = System.nanoTime() - begin;
    }
    Quantiles sorted = new Quantiles(nanos);
    return new Percentiles(sorted.at(0.50) / 1e6, sorted.at(0.99) / 1e6);
  }

  private static void write(FileChannel channel, ByteBuffer block, long at) throws IOException {
    long position = at;
    while (block.hasRemaining()) {
      position += channel.write(block, position);
    }
  }
}
