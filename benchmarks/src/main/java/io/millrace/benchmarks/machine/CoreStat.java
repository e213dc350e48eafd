package io.millrace.benchmarks.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * One core's line of {@code /proc/stat}: how long it has worked, and how long it has been there, in
 * ticks.
 *
 * @param busy in programs, in the kernel, in interrupts, or taken away by the host
 * @param all the same and idle time
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_stat.5.html">proc_stat(5)</a>
 */
public record CoreStat(long busy, long all) {
  private static final int IDLE = 4;
  private static final int WAITING_FOR_DISK = 5;
  private static final int STOLEN = 8;

  /** Parses a line that begins with {@code cpu}. Time of guests is in that of programs already. */
  static CoreStat parse(String line) {
    String[] field = line.trim().split("\\s+");
    long all =
        Arrays.stream(field, 1, Math.min(field.length, STOLEN + 1))
            .mapToLong(Long::parseLong)
            .sum();
    long idle = Long.parseLong(field[IDLE]) + Long.parseLong(field[WAITING_FOR_DISK]);
    return new CoreStat(all - idle, all);
  }

  /**
   * Reads it of a core.
   *
   * @throws IllegalArgumentException if there is no such core
   */
  public static CoreStat read(int core) {
    try {
      return Files.readString(Path.of("/proc/stat"))
          .lines()
          .filter(line -> line.startsWith("cpu" + core + " "))
          .findFirst()
          .map(CoreStat::parse)
          .orElseThrow(() -> new IllegalArgumentException("no core " + core));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The share of the time from this reading to a later one that the core was busy, 0 to 1. */
  public double busyUntil(CoreStat end) {
    return (end.busy - busy) / (double) (end.all - all);
  }
}
