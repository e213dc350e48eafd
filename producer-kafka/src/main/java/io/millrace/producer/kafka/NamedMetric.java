package io.millrace.producer.kafka;

import io.millrace.producer.LiveMetric;
import io.millrace.producer.Producer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.DoubleSupplier;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;

/** A number of the producer as Kafka's interface gives it: read when it is asked for. */
record NamedMetric(MetricName metricName, DoubleSupplier reading) implements Metric {

  @Override
  public Object metricValue() {
    return reading.getAsDouble();
  }

  /** Those there are now; topics and brokers that come later bring more. */
  static Map<MetricName, Metric> all(Producer producer) {
    Map<MetricName, Metric> all = new LinkedHashMap<>();
    for (LiveMetric one : producer.liveMetrics()) {
      MetricName name = new MetricName(one.name(), one.group(), one.meaning(), one.tags());
      all.put(name, new NamedMetric(name, one.reading()));
    }
    return Collections.unmodifiableMap(all);
  }
}
