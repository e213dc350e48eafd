package io.millrace.producer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Metrics as Prometheus fetches them: exposition format 0.0.4. {@code record-send-total} of the
 * producer is {@code kafka_producer_record_send_total}, of a topic {@code
 * kafka_producer_topic_record_send_total}, of a broker {@code kafka_producer_node_...}.
 *
 * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">the format</a>
 */
final class PrometheusPage {

  private PrometheusPage() {}

  static String of(List<Metric> metrics) {
    Map<String, StringBuilder> families = new LinkedHashMap<>();
    for (Metric metric : metrics) {
      String name = name(metric);
      StringBuilder family = families.get(name);
      if (family == null) {
        family = new StringBuilder(256);
        family.append("# HELP ").append(name).append(' ').append(escaped(metric.meaning(), false));
        family.append("\n# TYPE ").append(name);
        family.append(metric.name().endsWith("-total") ? " counter\n" : " gauge\n");
        families.put(name, family);
      }
      family.append(name).append('{');
      String between = "";
      for (Map.Entry<String, String> tag : new TreeMap<>(metric.tags()).entrySet()) {
        family.append(between).append(tag.getKey().replace('-', '_')).append("=\"");
        family.append(escaped(tag.getValue(), true)).append('"');
        between = ",";
      }
      family.append("} ").append(number(metric.value())).append('\n');
    }
    return String.join("", families.values());
  }

  /**
   * {@code producer-topic-metrics} and {@code byte-rate} to {@code kafka_producer_topic_byte_rate}.
   */
  private static String name(Metric metric) {
    String group = metric.group().substring(0, metric.group().length() - "-metrics".length());
    return "kafka_" + (group + "-" + metric.name()).replace('-', '_');
  }

  private static String number(double value) {
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  private static String escaped(String text, boolean label) {
    String lines = text.replace("\\", "\\\\").replace("\n", "\\n");
    return label ? lines.replace("\"", "\\\"") : lines;
  }
}
