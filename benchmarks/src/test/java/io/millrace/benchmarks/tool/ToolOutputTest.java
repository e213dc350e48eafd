package io.millrace.benchmarks.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.benchmarks.client.OneAtATime;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The lines are what the tools of Kafka 4.3.1 print. */
class ToolOutputTest {
  @Test
  void producerTotalIsTheLineWithPercentiles() {
    String output =
        """
        Reading payloads from: payloads-1024.txt
        Number of messages read: 2008
        401234 records sent, 80246.8 records/sec (78.37 MB/sec), 301.2 ms avg latency, 612.0 ms max latency.
        1048576 records sent, 211705.431052 records/sec (206.74 MB/sec), 121.55 ms avg latency, 480.00 ms max latency, 110 ms 50th, 262 ms 95th, 301 ms 99th, 398 ms 99.9th.
        """;
    assertThat(ProducerPerformance.parse(output))
        .isEqualTo(
            new ProducerPerformance.Figures(
                1_048_576, 211705.431052, 206.74, 121.55, 480, 110, 262, 301, 398));
  }

  @Test
  void aProducerThatOnlyShowedProgressHasFailed() {
    assertThatThrownBy(() ->
            ProducerPerformance.parse(
                "4 records sent, 1.0 records/sec (0.00 MB/sec), 1.0 ms avg latency, 2.0 ms max latency.\n"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void propertiesComeLastAndAreLeftOutWhenThereAreNone() {
    assertThat(
            ProducerPerformance.arguments(
                "b:1", "t", 5, Path.of("p"), List.of("acks=all", "linger.ms=0")))
        .endsWith("--command-property", "acks=all", "linger.ms=0");
    assertThat(ProducerPerformance.arguments("b:1", "t", 5, Path.of("p"), List.of()))
        .doesNotContain("--command-property");
  }

  @Test
  void consumerLineGivesJoinAndFetchTimeApart() {
    String output =
        "2026-11-21 04:30:00:123, 2026-11-21 04:30:05:123, 256.0000, 51.2000, 262144, 52428.8000, 3105, 1895,"
            + " 135.0923, 138334.5646\n";
    ConsumerPerformance.Figures figures = ConsumerPerformance.parse(output);
    assertThat(figures).isEqualTo(new ConsumerPerformance.Figures(256, 262_144, 3105, 1895));
    assertThat(figures.mebibytesPerSecond()).isBetween(135.0, 135.1);
  }

  @Test
  void aConsumerThatGaveUpHasFailed() {
    assertThatThrownBy(() ->
            ConsumerPerformance.parse(
                "WARNING: Exiting before consuming the expected number of records: timeout (30000 ms) exceeded."))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void endToEndLatencyKeepsDecimalsOnlyOfTheAverage() {
    String output =
        """
        0\t12.345
        Avg latency: 0.3412 ms
        Percentiles: 50th = 0, 99th = 1, 99.9th = 4
        """;
    assertThat(EndToEndLatency.parse(output))
        .isEqualTo(new EndToEndLatency.Figures(0.3412, 0, 1, 4));
  }

  @Test
  void oneAtATimeTellsAckFromDelivery() {
    OneAtATime.Figures figures =
        OneAtATime.parse(
            "ack p50=0.090 p99=0.230 max=3.100 ms\ndelivery p50=0.140 p99=0.670 max=9.000 ms\n");
    assertThat(figures.ack()).isEqualTo(new OneAtATime.Latency(0.09, 0.23, 3.1));
    assertThat(figures.delivery()).isEqualTo(new OneAtATime.Latency(0.14, 0.67, 9));
  }
}
