package io.millrace.cli;

import java.util.Locale;

/** Numbers as people read them. */
final class Amounts {

  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

  private Amounts() {}

  /** {@code 999 B}, {@code 1.5 MiB}. */
  static String bytes(double bytes) {
    int unit = 0;
    double left = bytes;
    while (Math.abs(left) >= 1024 && unit < UNITS.length - 1) {
      left /= 1024;
      unit++;
    }
    return unit == 0 || left == Math.rint(left)
        ? String.format(Locale.ROOT, "%.0f %s", left, UNITS[unit])
        : String.format(Locale.ROOT, "%.1f %s", left, UNITS[unit]);
  }

  /** {@code 250 ms}, {@code 90 s}, {@code 7 d}: in the largest unit of which there are two. */
  static String duration(long ms) {
    if (ms < 2000) {
      return ms + " ms";
    }
    long seconds = ms / 1000;
    if (seconds < 120) {
      return seconds + " s";
    }
    if (seconds < 2 * 3600) {
      return seconds / 60 + " min";
    }
    if (seconds < 2 * 86_400) {
      return seconds / 3600 + " h";
    }
    return seconds / 86_400 + " d";
  }

  /** With so many digits behind the point. */
  static String decimal(double number, int digits) {
    return String.format(Locale.ROOT, "%." + digits + "f", number);
  }

  /** {@code 1 record}, {@code 2 records}. */
  static String count(long number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }
}
