package io.millrace.benchmarks.figure;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What one run of a load against one broker gave. Metrics keep the order in which they were put.
 */
public final class Sample {
  private final Map<Metric, Double> values = new LinkedHashMap<>();
  private final Set<Metric> marked = new HashSet<>();
  private double foreignShare;

  /** Adds a value. */
  public Sample put(Metric metric, double value) {
    values.put(metric, value);
    return this;
  }

  /** Marks a value as one that does not mean what it seems to; the report says why. */
  public Sample mark(Metric metric) {
    marked.add(metric);
    return this;
  }

  public boolean marked(Metric metric) {
    return marked.contains(metric);
  }

  /**
   * Notes how much of the machine others took meanwhile.
   *
   * @param share 0 to 1
   */
  public Sample foreign(double share) {
    foreignShare = share;
    return this;
  }

  public double foreignShare() {
    return foreignShare;
  }

  /** The value, or not-a-number if it was not measured. */
  public double get(Metric metric) {
    return values.getOrDefault(metric, Double.NaN);
  }

  public Iterable<Metric> metrics() {
    return values.keySet();
  }
}
