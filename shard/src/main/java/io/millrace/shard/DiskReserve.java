package io.millrace.shard;

import io.millrace.log.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Meets a full disk before it is full: says when the free space, less what has been accepted since
 * it was measured, falls below a reserve. Measuring happens elsewhere, at most ten times a second.
 */
final class DiskReserve {

  private static final long MEASURE_NANOS = 100_000_000;

  private final Disk disk;
  private final Path directory;
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

  DiskReserve(Disk disk, Path directory, long reserveBytes, Executor background, Clock clock)
      throws IOException {
    this.disk = disk;
    this.directory = directory;
    this.reserveBytes = reserveBytes;
    this.background = background;
    this.clock = clock;
    this.freeBytes = disk.usableBytes(directory);
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
          long free = disk.usableBytes(directory);
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

  long freeBytes() {
    return freeBytes;
  }

  long reserveBytes() {
    return reserveBytes;
  }
}
