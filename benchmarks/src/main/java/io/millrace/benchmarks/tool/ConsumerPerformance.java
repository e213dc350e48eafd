package io.millrace.benchmarks.tool;

import java.util.List;

/**
 * Kafka's {@code ConsumerPerformance}: joins a new group, reads from the beginning, and stops at a
 * count of records.
 */
public final class ConsumerPerformance {
  /** The class in {@code org.apache.kafka.tools}. */
  public static final String NAME = "ConsumerPerformance";

  private static final int COLUMNS = 10;

  private ConsumerPerformance() {}

  /**
   * The tool's line.
   *
   * @param mebibytes keys and values read
   * @param joinMs time until partitions were assigned
   * @param fetchMs the rest of the time
   */
  public record Figures(double mebibytes, long records, double joinMs, double fetchMs) {
    /** Rate after the join. */
    public double mebibytesPerSecond() {
      return mebibytes / (fetchMs / 1000);
    }
  }

  /** Arguments of a run; the tool picks a random new group. */
  public static List<String> arguments(String bootstrap, String topic, long records) {
    return List.of(
        "--bootstrap-server",
        bootstrap,
        "--topic",
        topic,
        "--num-records",
        Long.toString(records),
        "--timeout",
        "30000",
        "--hide-header");
  }

  /**
   * Reads the line from what the tool printed.
   *
   * @throws IllegalArgumentException if there is none, or the tool gave up before it had all
   *     records
   */
  public static Figures parse(String output) {
    if (output.contains("WARNING: Exiting before consuming")) {
      throw new IllegalArgumentException("ConsumerPerformance did not get all records:\n" + output);
    }
    return output
        .lines()
        .map(line -> line.split(",\\s*"))
        .filter(columns -> columns.length == COLUMNS)
        .reduce((first, last) -> last)
        .map(columns ->
            new Figures(
                Double.parseDouble(columns[2]),
                Long.parseLong(columns[4]),
                Double.parseDouble(columns[6]),
                Double.parseDouble(columns[7])))
        .orElseThrow(
            () -> new IllegalArgumentException("no line of ConsumerPerformance in:\n" + output));
  }
}
