package io.millrace.benchmarks.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One line of {@code /proc/PID/stat}: who the parent is, and how much processor time was used.
 *
 * <p>The time of threads that have ended stays in the process's own sum. The time of children that
 * have ended is in {@code waitedTicks} once the process has waited for them.
 *
 * @param ownTicks user and system time of the process and all its threads, in ticks
 * @param waitedTicks user and system time of children waited for, in ticks
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html">proc_pid_stat(5)</a>
 */
public record ProcessStat(long pid, String name, long parent, long ownTicks, long waitedTicks) {
  /** Ticks a second in {@code /proc}; fixed by the kernel's interface, whatever its timer does. */
  public static final double TICKS_PER_SECOND = 100;

  private static final int PARENT = 1;
  private static final int USER = 11;

  /** Parses the line. The name is in brackets and may hold spaces and brackets itself. */
  public static ProcessStat parse(String line) {
    int open = line.indexOf('(');
    int close = line.lastIndexOf(')');
    String[] field = line.substring(close + 2).trim().split("\\s+", -1);
    return new ProcessStat(
        Long.parseLong(line.substring(0, open).trim()),
        line.substring(open + 1, close),
        Long.parseLong(field[PARENT]),
        Long.parseLong(field[USER]) + Long.parseLong(field[USER + 1]),
        Long.parseLong(field[USER + 2]) + Long.parseLong(field[USER + 3]));
  }

  /** Reads it of a process, or nothing if the process is gone. */
  static Optional<ProcessStat> read(Path process) {
    try {
      return Optional.of(parse(Files.readString(process.resolve("stat"))));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  double seconds() {
    return (ownTicks + waitedTicks) / TICKS_PER_SECOND;
  }
}
