package io.millrace.benchmarks.tool;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Kafka's {@code ProducerPerformance}: sends as fast as it can, each record picked at random from a
 * payload file.
 */
public final class ProducerPerformance {
  /** The class in {@code org.apache.kafka.tools}. */
  public static final String NAME = "ProducerPerformance";

  private static final Pattern TOTAL =
      Pattern.compile(
          "(\\d+) records sent, ([\\d.]+) records/sec \\(([\\d.]+) MB/sec\\), ([\\d.]+) ms avg latency,"
              + " ([\\d.]+) ms max latency, (\\d+) ms 50th, (\\d+) ms 95th, (\\d+) ms 99th, (\\d+) ms 99\\.9th\\.");

  private ProducerPerformance() {}

  /**
   * The tool's last line.
   *
   * @param mebibytesPerSecond what the tool calls MB/sec, which are MiB
   * @param p50 milliseconds from send to ack, whole ones: it measures by the wall clock
   */
  public record Figures(
      long records,
      double recordsPerSecond,
      double mebibytesPerSecond,
      double average,
      double max,
      double p50,
      double p95,
      double p99,
      double p999) {}

  /**
   * Arguments of a run without a throttle.
   *
   * @param properties producer settings, each {@code name=value}; a value must not contain {@code
   *     =}
   */
  public static List<String> arguments(
      String bootstrap, String topic, long records, Path payloads, List<String> properties) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--bootstrap-server",
                bootstrap,
                "--topic",
                topic,
                "--num-records",
                Long.toString(records),
                "--payload-file",
                payloads.toString(),
                "--throughput",
                "-1"));
    if (!properties.isEmpty()) {
      arguments.add("--command-property");
      arguments.addAll(properties);
    }
    return arguments;
  }

  /**
   * Reads the total from what the tool printed.
   *
   * @throws IllegalArgumentException if there is none, which means that the tool failed
   */
  public static Figures parse(String output) {
    Matcher line = TOTAL.matcher(output);
    if (!line.find()) {
      throw new IllegalArgumentException(
          "no total in the output of ProducerPerformance:\n" + output);
    }
    return new Figures(
        Long.parseLong(line.group(1)),
        Double.parseDouble(line.group(2)),
        Double.parseDouble(line.group(3)),
        Double.parseDouble(line.group(4)),
        Double.parseDouble(line.group(5)),
        Double.parseDouble(line.group(6)),
        Double.parseDouble(line.group(7)),
        Double.parseDouble(line.group(8)),
        Double.parseDouble(line.group(9)));
  }
}
