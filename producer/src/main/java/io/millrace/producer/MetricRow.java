package io.millrace.producer;

import org.jspecify.annotations.Nullable;

/**
 * One row of {@link MetricRows}.
 *
 * @param name kafka-clients' name
 * @param unit what it counts
 * @param reading where its value is
 * @param <T> what it is a number of: the producer, a topic, a broker
 */
record MetricRow<T>(String name, String unit, String meaning, Reading<T> reading) {

  /** Takes a number from where it is counted; the metrics' lock is held. */
  interface Reading<T> {
    double of(T counted, long nowMs);
  }

  /** Takes the sensor that a number comes from. */
  interface Sensor<T> {
    @Nullable Sampled of(T counted);
  }

  /** Whether it never falls while the producer lives. */
  boolean isCounter() {
    return name.endsWith("-total");
  }

  // What a number is of the sensor that it is taken from. Where there is no sensor nothing came.

  static <T> MetricRow<T> rate(String name, String unit, String meaning, Sensor<T> from) {
    return row(name, unit + "/s", meaning, from, Sampled::rate, 0);
  }

  static <T> MetricRow<T> total(String name, String unit, String meaning, Sensor<T> from) {
    return row(name, unit, meaning, from, (sampled, now) -> sampled.total(), 0);
  }

  static <T> MetricRow<T> countRate(String name, String unit, String meaning, Sensor<T> from) {
    return row(name, unit + "/s", meaning, from, Sampled::countRate, 0);
  }

  static <T> MetricRow<T> count(String name, String unit, String meaning, Sensor<T> from) {
    return row(name, unit, meaning, from, (sampled, now) -> sampled.count(), 0);
  }

  static <T> MetricRow<T> mean(String name, String unit, String meaning, Sensor<T> from) {
    return row(name, unit, meaning, from, Sampled::mean, Double.NaN);
  }

  static <T> MetricRow<T> max(String name, String unit, String meaning, Sensor<T> from) {
    return row(name, unit, meaning, from, Sampled::max, Double.NaN);
  }

  private static <T> MetricRow<T> row(
      String name,
      String unit,
      String meaning,
      Sensor<T> from,
      Reading<Sampled> reading,
      double none) {
    return new MetricRow<>(
        name,
        unit,
        meaning,
        (counted, now) -> {
          Sampled sampled = from.of(counted);
          return sampled == null ? none : reading.of(sampled, now);
        });
  }
}
