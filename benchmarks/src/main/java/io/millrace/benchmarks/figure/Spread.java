package io.millrace.benchmarks.figure;

import java.util.Arrays;

/** Median, smallest and largest of some values; all not-a-number if there is no finite one. */
public record Spread(double median, double min, double max) {
  /** Of the finite ones among the values. */
  public static Spread of(double... values) {
    double[] sorted = Arrays.stream(values).filter(Double::isFinite).sorted().toArray();
    if (sorted.length == 0) {
      return new Spread(Double.NaN, Double.NaN, Double.NaN);
    }
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Spread(median, sorted[0], sorted[sorted.length - 1]);
  }
}
