package io.millrace.shard;

import io.millrace.log.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Meets a full disk before it is full: says when the free space, less what has been accepted since
 * it was measured, falls below a reserve. Where several disks are written to, the one with the
 * least free space counts. Measuring happens elsewhere, at most ten times a second.
 */
final class DiskReserve {

  private static final long MEASURE_NANOS = 100_000_000;

  private final Disk disk;
  private final List<Path> directories;
  private final long reserveBytes;
  private final Executor background;
  private final Clock clock;
  private volatile long freeBytes;
  private volatile boolean measuring;

  /** Bytes that had been written when the free space was measured, or a little less. */
  private volatile long writtenAtMeasure;

  private volatile long writtenBytes;
  private long acceptedBytes;
  private long nextMeasureNanos;

  /**
   * @param directories where is written to, perhaps on different disks; each must exist
   */
  DiskReserve(
      Disk disk, List<Path> directories, long reserveBytes, Executor background, Clock clock)
      throws IOException {
    this.disk = disk;
    this.directories = directories;
    this.reserveBytes = reserveBytes;
    this.background = background;
    this.clock = clock;
    this.freeBytes = leastUsableBytes();
    this.nextMeasureNanos = clock.nanos();
  }

  /** Whether {@code bytes} more would eat into the reserve. On the shard's thread. */
  boolean refuses(long bytes) {
    if (clock.nanos() - nextMeasureNanos >= 0 && !measuring) {
      measure();
    }
    return freeBytes - (acceptedBytes - writtenAtMeasure) - bytes < reserveBytes;
  }

  /** Takes note of bytes that will be written. On the shard's thread. */
  void accept(long bytes) {
    acceptedBytes += bytes;
  }

  /** Takes note of accepted bytes that are in their logs. By the logs' writer. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  void written(long bytes) {
    writtenBytes += bytes;
  }

  private void measure() {
    measuring = true;
    nextMeasureNanos = clock.nanos() + MEASURE_NANOS;
    try {
      background.execute(() -> {
        try {
          long written = writtenBytes;
          long free = leastUsableBytes();
          writtenAtMeasure = written;
          freeBytes = free;
        } catch (IOException e) {
          freeBytes = 0;
        } finally {
          measuring = false;
        }
      });
    } catch (RejectedExecutionException e) {
      measuring = false;
    }
  }

  private long leastUsableBytes() throws IOException {
    long least = Long.MAX_VALUE;
    for (Path directory : directories) {
      least = Math.min(least, disk.usableBytes(directory));
    }
    return least;
  }

  /** Free space when it was last measured, of the disk that has least. */
  long freeBytes() {
    return freeBytes;
  }

  long reserveBytes() {
    return reserveBytes;
  }
}
