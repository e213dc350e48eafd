package io.millrace.benchmarks.machine;

import java.util.Arrays;

/** Exact quantiles of a set of measured values. */
public final class Quantiles {
  private final long[] sorted;

  /** Copies and sorts the values; there must be at least one. */
  public Quantiles(long[] values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("no values");
    }
    sorted = values.clone();
    Arrays.sort(sorted);
  }

  /** The smallest value that a share {@code q} of all values does not exceed, 0 to 1. */
  public long at(double q) {
    int rank = (int) Math.ceil(q * sorted.length);
    return sorted[Math.clamp(rank - 1L, 0, sorted.length - 1)];
  }

  /** The largest value. */
  public long max() {
    return sorted[sorted.length - 1];
  }
}
