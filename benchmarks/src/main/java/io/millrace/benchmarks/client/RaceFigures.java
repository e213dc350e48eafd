package io.millrace.benchmarks.client;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a racer prints: one line of {@code name=number}, separated by blanks.
 *
 * <p>{@code records} acknowledged and {@code failed}, {@code seconds} from the first send to the
 * last report, {@code cpu} seconds of the process meanwhile, {@code rss_anon_kb} at the end; where
 * it is known, {@code core_busy}, the share of that time in which the broker's core worked; from
 * the JVM racers {@code allocated} bytes, {@code pause_ms}, the collector's longest pause, and how
 * many {@code transactions}, and {@code transactions_in_all} with those of the warm-up; of one at a
 * time {@code p50_ms}, {@code p99_ms} and {@code max_ms}; of the call itself {@code first_us}, when
 * the topic was not known, {@code p50_us}, {@code p99_us}, {@code p999_us} and {@code max_us}.
 */
public final class RaceFigures {
  private static final Pattern ENTRY = Pattern.compile("(\\w+)=(-?[\\d.]+)");

  private final Map<String, Double> values = new LinkedHashMap<>();

  RaceFigures() {}

  RaceFigures put(String name, double value) {
    values.put(name, value);
    return this;
  }

  /**
   * Reads the line from what a racer printed.
   *
   * @throws IllegalArgumentException if there is none, which means that the racer failed
   */
  public static RaceFigures parse(String output) {
    String line =
        output
            .lines()
            .filter(one -> one.matches("records=.*|.* records=.*"))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no figures in:\n" + output));
    RaceFigures figures = new RaceFigures();
    Matcher entry = ENTRY.matcher(line);
    while (entry.find()) {
      figures.put(entry.group(1), Double.parseDouble(entry.group(2)));
    }
    return figures;
  }

  /** A value, or not-a-number if the racer does not tell it. */
  public double get(String name) {
    return values.getOrDefault(name, Double.NaN);
  }

  /** A value, or what stands for it if the racer does not tell it. */
  public double getOr(String name, double otherwise) {
    return values.getOrDefault(name, otherwise);
  }

  @Override
  public String toString() {
    return values.entrySet().stream()
        .map(entry -> String.format(Locale.ROOT, "%s=%.6f", entry.getKey(), entry.getValue()))
        .collect(Collectors.joining(" "));
  }
}
