package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.cli.RetentionForecast.Limits;
import io.millrace.cli.RetentionForecast.Stored;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetentionForecastTest {

  private static final long HOUR_MS = 3_600_000;
  private static final long DAY_MS = 24 * HOUR_MS;
  private static final long NOW_MS = 1000 * DAY_MS;
  private static final long GIB = 1L << 30;

  private static RetentionForecast forecast(Limits limits, Stored... stored) {
    return RetentionForecast.of(limits, List.of(stored), NOW_MS);
  }

  private static Limits deleting(long ms, long bytes) {
    return new Limits(List.of("delete"), ms, bytes);
  }

  @Test
  void aFastPartitionIsCutBySize() {
    RetentionForecast forecast =
        forecast(
            deleting(7 * DAY_MS, GIB),
            new Stored(0, GIB / 100, NOW_MS - HOUR_MS),
            new Stored(1, GIB / 10, NOW_MS - HOUR_MS));
    assertThat(forecast.rule()).isEqualTo("size");
    assertThat(forecast.sentence())
        .isEqualTo(
            "size bites first: at the rate so far partition 1 reaches retention.bytes (1 GiB a"
                + " partition) after 10 h, before retention.ms (7 d)");
  }

  @Test
  void aSlowPartitionIsCutByTime() {
    RetentionForecast forecast =
        forecast(deleting(7 * DAY_MS, GIB), new Stored(0, GIB / 128, NOW_MS - DAY_MS));
    assertThat(forecast.rule()).isEqualTo("time");
    assertThat(forecast.sentence()).contains("after 128 d");
  }

  @Test
  void aFullPartitionIsCutBySizeNow() {
    RetentionForecast forecast =
        forecast(deleting(7 * DAY_MS, GIB), new Stored(2, GIB + 1, NOW_MS - 6 * DAY_MS));
    assertThat(forecast.rule()).isEqualTo("size");
    assertThat(forecast.sentence()).contains("partition 2 holds as much");
  }

  @Test
  void anEmptyTopicSaysBothLimits() {
    RetentionForecast forecast = forecast(deleting(7 * DAY_MS, GIB), new Stored(0, 0L, -1));
    assertThat(forecast.rule()).isEqualTo("time");
    assertThat(forecast.sentence()).contains("7 d", "1 GiB", "whichever");
  }

  @Test
  void unknownSizesAreNoGuess() {
    assertThat(forecast(deleting(7 * DAY_MS, GIB), new Stored(0, null, 1)).rule())
        .isEqualTo("time");
  }

  @Test
  void oneLimitAloneBites() {
    Stored stored = new Stored(0, GIB / 2, NOW_MS - DAY_MS);
    assertThat(forecast(deleting(DAY_MS, -1), stored).sentence())
        .isEqualTo("time: records go after retention.ms (24 h); size is not limited");
    assertThat(forecast(deleting(-1, GIB), stored).sentence())
        .startsWith("size: the oldest records go beyond retention.bytes (1 GiB a partition)");
    assertThat(forecast(deleting(-1, -1), stored).rule()).isEqualTo("none");
  }

  @Test
  void withoutAPolicyNothingGoes() {
    RetentionForecast forecast = forecast(new Limits(List.of(""), DAY_MS, GIB));
    assertThat(forecast.rule()).isEqualTo("none");
    assertThat(forecast.sentence()).contains("cleanup.policy is empty");
  }

  @Test
  void compactionKeepsTheLastOfEachKey() {
    assertThat(forecast(new Limits(List.of("compact"), DAY_MS, GIB)).rule()).isEqualTo("none");
    assertThat(forecast(new Limits(List.of("compact", "delete"), DAY_MS, -1)).rule())
        .isEqualTo("time");
  }
}
