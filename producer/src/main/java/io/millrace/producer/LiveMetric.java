package io.millrace.producer;

import java.util.Map;
import java.util.function.DoubleSupplier;

/**
 * One number of a producer that is read whenever it is wanted; otherwise as {@link Metric}.
 *
 * @param reading reads it, as of now; any thread
 * @see Producer#liveMetrics()
 */
public record LiveMetric(
    String name, String group, String meaning, Map<String, String> tags, DoubleSupplier reading) {

  public LiveMetric {
    tags = Map.copyOf(tags);
  }
}
