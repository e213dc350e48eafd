package io.millrace.server;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * How long an embedded broker takes to start in a JVM that has done it before: prints the median of
 * 20 starts in memory and in a new directory. No test: run it by hand, on a quiet machine.
 *
 * <pre>
 * mvn -q -pl server -am test -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false
 * java --enable-native-access=ALL-UNNAMED -cp CLASSPATH io.millrace.server.StartSpeed
 * </pre>
 */
final class StartSpeed {

  private static final int WARM_UPS = 5;
  private static final int STARTS = 20;

  private StartSpeed() {}

  public static void main(String[] arguments) throws Exception {
    System.out.println("in memory, ms: " + text(measure(Millrace::start)));
    Path parent = Files.createTempDirectory("millrace-start-speed");
    int[] next = new int[1];
    System.out.println(
        "in a new directory, ms: "
            + text(measure(() -> Millrace.in(parent.resolve("data" + next[0]++)).start())));
    try (var files = Files.walk(parent)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static double[] measure(Supplier<Millrace> start) {
    double[] ms = new double[STARTS];
    for (int i = -WARM_UPS; i < STARTS; i++) {
      long began = System.nanoTime();
      Millrace millrace = start.get();
      long ready = System.nanoTime();
      millrace.close();
      if (i >= 0) {
        ms[i] = (ready - began) / 1e6;
      }
    }
    Arrays.sort(ms);
    return ms;
  }

  private static String text(double[] sorted) {
    return String.format(
        "median %.1f, least %.1f, most %.1f",
        (sorted[STARTS / 2 - 1] + sorted[STARTS / 2]) / 2, sorted[0], sorted[STARTS - 1]);
  }
}
