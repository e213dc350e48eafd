package io.millrace.benchmarks.load;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes in bytes as people write them: {@code 100}, {@code 64k}, {@code 256m}, {@code 1g}, in
 * powers of 1024.
 */
public final class ByteSize {
  private static final Pattern FORM = Pattern.compile("(\\d+)([kmg]?)");

  private ByteSize() {}

  /**
   * Parses a size.
   *
   * @throws IllegalArgumentException if it has another form
   */
  public static long parse(String text) {
    Matcher form = FORM.matcher(text.toLowerCase(Locale.ROOT));
    if (!form.matches()) {
      throw new IllegalArgumentException("not a size: " + text + " (say 100, 64k, 256m or 1g)");
    }
    int shift =
        switch (form.group(2)) {
          case "k" -> 10;
          case "m" -> 20;
          case "g" -> 30;
          default -> 0;
        };
    return Math.multiplyExact(Long.parseLong(form.group(1)), 1L << shift);
  }

  /**
   * The size in the largest unit that leaves no fraction, or with one decimal where there is none.
   */
  public static String text(long bytes) {
    String[] units = {"B", "KiB", "MiB", "GiB"};
    for (int i = units.length - 1; i > 0; i--) {
      long unit = 1L << (10 * i);
      if (bytes >= unit && bytes % unit == 0) {
        return bytes / unit + " " + units[i];
      }
    }
    return bytes < 1 << 20
        ? bytes + " B"
        : String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
  }
}
