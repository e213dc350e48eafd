package io.millrace.benchmarks.tool;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Kafka's {@code EndToEndLatency}: one record at a time, sent, acknowledged and then fetched. */
public final class EndToEndLatency {
  /** The class in {@code org.apache.kafka.tools}. */
  public static final String NAME = "EndToEndLatency";

  private static final Pattern AVERAGE = Pattern.compile("Avg latency: ([\\d.]+) ms");
  private static final Pattern PERCENTILES =
      Pattern.compile("Percentiles: 50th = (\\d+), 99th = (\\d+), 99\\.9th = (\\d+)");

  private EndToEndLatency() {}

  /**
   * The tool's result, in milliseconds.
   *
   * @param average with decimals
   * @param p50 cut to whole milliseconds by the tool, so mostly 0
   */
  public record Figures(double average, double p50, double p99, double p999) {}

  /** Arguments of a run with {@code acks=all}. */
  public static List<String> arguments(
      String bootstrap, String topic, long records, int recordBytes) {
    return List.of(
        "--bootstrap-server",
        bootstrap,
        "--topic",
        topic,
        "--num-records",
        Long.toString(records),
        "--producer-acks",
        "all",
        "--record-size",
        Integer.toString(recordBytes));
  }

  /**
   * Reads the result from what the tool printed.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Figures parse(String output) {
    Matcher average = AVERAGE.matcher(output);
    Matcher percentiles = PERCENTILES.matcher(output);
    if (!average.find() || !percentiles.find()) {
      throw new IllegalArgumentException("no result of EndToEndLatency in:\n" + output);
    }
    return new Figures(
        Double.parseDouble(average.group(1)),
        Double.parseDouble(percentiles.group(1)),
        Double.parseDouble(percentiles.group(2)),
        Double.parseDouble(percentiles.group(3)));
  }
}
