package io.millrace.benchmarks.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The machine in one line. */
public final class Machine {
  private Machine() {}

  /**
   * Cores, processor, memory, kernel, file system of {@code work}, and the JDK that everything runs
   * on.
   */
  public static String describe(Path work) throws IOException {
    double gibibytes = Long.parseLong(field("/proc/meminfo", "MemTotal")) / 1024.0 / 1024.0;
    return String.format(
        Locale.ROOT,
        "%d cores (%s), %.1f GiB, Linux %s, %s; JDK %s",
        Runtime.getRuntime().availableProcessors(),
        field("/proc/cpuinfo", "model name"),
        gibibytes,
        Files.readString(Path.of("/proc/sys/kernel/osrelease")).trim(),
        Files.getFileStore(work).type(),
        System.getProperty("java.vm.version"));
  }

  private static String field(String file, String name) throws IOException {
    Matcher found =
        Pattern.compile("(?m)^" + name + "\\s*:\\s*(.*?)(?: kB)?$")
            .matcher(Files.readString(Path.of(file)));
    return found.find() ? found.group(1) : "0";
  }
}
