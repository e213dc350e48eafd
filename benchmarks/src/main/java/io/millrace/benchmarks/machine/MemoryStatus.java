package io.millrace.benchmarks.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Memory of a process from {@code /proc/PID/status}, in MiB.
 *
 * @param anonymous {@code RssAnon}: resident and backed by no file
 * @param resident {@code VmRSS}: all that is resident, mapped files included
 */
public record MemoryStatus(double anonymous, double resident) {
  /** Parses the file's text. */
  public static MemoryStatus parse(String status) {
    return new MemoryStatus(mebibytes(status, "RssAnon"), mebibytes(status, "VmRSS"));
  }

  /** Sums it up over a process tree. */
  public static MemoryStatus ofTree(long root) {
    double anonymous = 0;
    double resident = 0;
    for (ProcessStat process : ProcessTable.read().tree(root)) {
      try {
        MemoryStatus one = parse(Files.readString(Path.of("/proc/" + process.pid() + "/status")));
        anonymous += one.anonymous;
        resident += one.resident;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return new MemoryStatus(anonymous, resident);
  }

  private static double mebibytes(String status, String field) {
    Matcher found = Pattern.compile("(?m)^" + field + ":\\s+(\\d+) kB$").matcher(status);
    return found.find() ? Long.parseLong(found.group(1)) / 1024.0 : 0;
  }
}
