package io.millrace.benchmarks.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The first line of {@code /proc/stat}: processor time of the whole machine, in seconds over all
 * cores.
 *
 * @param programs user, nice and system time: processes and kernel threads
 * @param interrupts time in hard and soft interrupts, which belongs to nobody
 * @param stolen time taken by other guests of the host
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_stat.5.html">proc_stat(5)</a>
 */
public record MachineStat(double programs, double interrupts, double stolen) {
  /** Parses the line that begins with {@code cpu}. */
  public static MachineStat parse(String line) {
    String[] field = line.trim().split("\\s+");
    return new MachineStat(
        seconds(field, 1) + seconds(field, 2) + seconds(field, 3),
        seconds(field, 6) + seconds(field, 7),
        seconds(field, 8));
  }

  static MachineStat read() {
    try {
      return parse(Files.readString(Path.of("/proc/stat")).lines().findFirst().orElseThrow());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static double seconds(String[] field, int index) {
    return index < field.length ? Long.parseLong(field[index]) / ProcessStat.TICKS_PER_SECOND : 0;
  }
}
