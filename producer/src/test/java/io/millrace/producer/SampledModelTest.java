package io.millrace.producer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.metrics.stats.Avg;
import org.apache.kafka.common.metrics.stats.Max;
import org.apache.kafka.common.metrics.stats.Rate;
import org.apache.kafka.common.metrics.stats.WindowedCount;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rates, means and largest values are kafka-clients' own, whenever values come. */
class SampledModelTest {

  @ParameterizedTest
  @CsvSource({"30000, 2", "1000, 2", "100, 1", "250, 5"})
  void numbersAreThoseOfKafkaClients(long sampleMs, int samples) {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    MetricConfig config =
        new MetricConfig()
            .timeWindow(sampleMs, java.util.concurrent.TimeUnit.MILLISECONDS)
            .samples(samples);
    Sampled ours = new Sampled(new Sampled.Span(sampleMs, samples));
    Rate rate = new Rate();
    Rate countRate = new Rate(new WindowedCount());
    Avg mean = new Avg();
    Max max = new Max();
    long now = 1_700_000_000_000L;
    double total = 0;
    for (int i = 0; i < 5000; i++) {
      now += (long) (random.nextDouble() * random.nextDouble() * sampleMs * 1.5);
      if (random.nextInt(200) == 0) {
        now += sampleMs * random.nextInt(3 * samples + 2);
      }
      // A value first: a look at kafka-clients' rate begins a sample, one at its mean does not.
      if (i == 0 || random.nextInt(4) > 0) {
        double value = random.nextInt(1000);
        ours.add(value, now);
        rate.record(config, value, now);
        countRate.record(config, value, now);
        mean.record(config, value, now);
        max.record(config, value, now);
        total += value;
      } else {
        String at = "seed " + seed + ", step " + i;
        assertThat(ours.rate(now)).as(at).isCloseTo(rate.measure(config, now), withinOne());
        assertThat(ours.countRate(now))
            .as(at)
            .isCloseTo(countRate.measure(config, now), withinOne());
        assertThat((Object) ours.mean(now)).as(at).isEqualTo(mean.measure(config, now));
        assertThat((Object) ours.max(now)).as(at).isEqualTo(max.measure(config, now));
        assertThat(ours.total()).as(at).isEqualTo(total);
      }
    }
  }

  private static org.assertj.core.data.Percentage withinOne() {
    return org.assertj.core.data.Percentage.withPercentage(1e-9);
  }
}
