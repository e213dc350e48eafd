package io.millrace.producer;

import static io.millrace.producer.MetricRow.count;
import static io.millrace.producer.MetricRow.countRate;
import static io.millrace.producer.MetricRow.max;
import static io.millrace.producer.MetricRow.mean;
import static io.millrace.producer.MetricRow.rate;
import static io.millrace.producer.MetricRow.total;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Every metric of a producer under its name in kafka-clients, in the order of the page. JMX, the
 * Prometheus page, what is pushed to brokers and the page of documentation come from these rows.
 */
final class MetricRows {

  static final String PRODUCER_GROUP = "producer-metrics";
  static final String TOPIC_GROUP = "producer-topic-metrics";
  static final String NODE_GROUP = "producer-node-metrics";

  static final List<MetricRow<Metrics>> PRODUCER =
      List.of(
          // What is sent.
          rate("record-send-rate", "records", "Sent; again counts again.", m -> m.sends),
          total("record-send-total", "records", "Sent; again counts again.", m -> m.sends),
          rate("record-retry-rate", "records", "Of these, sent again.", m -> m.retries),
          total("record-retry-total", "records", "Of these, sent again.", m -> m.retries),
          rate("record-error-rate", "records", "Given up for good.", m -> m.errors),
          total("record-error-total", "records", "Given up for good.", m -> m.errors),
          mean("records-per-request-avg", "records", "In a produce request.", m -> m.sends),
          mean("record-size-avg", "bytes", "Of the largest record of a batch.", m -> m.recordBytes),
          max("record-size-max", "bytes", "Of the largest record.", m -> m.recordBytes),
          mean("batch-size-avg", "bytes", "Of a batch, as it is sent.", m -> m.batchBytes),
          max("batch-size-max", "bytes", "Of the largest batch, as it is sent.", m -> m.batchBytes),
          mean(
              "compression-rate-avg",
              "ratio",
              "Bytes of a batch with compression by bytes without; 1 is none.",
              m -> m.compression),
          mean("record-queue-time-avg", "ms", "From a batch's first message on.", m -> m.queueMs),
          max("record-queue-time-max", "ms", "The longest of these.", m -> m.queueMs),
          mean("request-latency-avg", "ms", "Of a produce request.", m -> m.latencyMs),
          max("request-latency-max", "ms", "Of the slowest produce request.", m -> m.latencyMs),
          mean("produce-throttle-time-avg", "ms", "By a quota, as told.", m -> m.throttleMs),
          max("produce-throttle-time-max", "ms", "The longest of these.", m -> m.throttleMs),
          gauge(
              "requests-in-flight",
              "requests",
              "Not answered, of any kind.",
              (m, now) -> m.requestsInFlight),
          gauge(
              "metadata-age",
              "s",
              "Since it was last told which brokers and partitions there are.",
              Metrics::metadataAge),
          // What is held.
          gauge(
              "buffer-total-bytes",
              "bytes",
              "Room for keys, values and headers: queue.buffering.max.kbytes.",
              (m, now) -> m.room().bytesMax()),
          gauge(
              "buffer-available-bytes",
              "bytes",
              "Of these, free.",
              (m, now) -> Math.max(0, m.room().bytesMax() - m.room().bytes())),
          rate(
              "buffer-exhausted-rate",
              "records",
              "Refused because there was no room, in messages or bytes.",
              m -> m.exhausted),
          total(
              "buffer-exhausted-total",
              "records",
              "Refused because there was no room, in messages or bytes.",
              m -> m.exhausted),
          gauge(
              "waiting-threads",
              "threads",
              "That wait for room, or for a flush.",
              (m, now) -> m.room().waiting()),
          gauge(
              "bufferpool-wait-ratio",
              "ratio",
              "Of the time, waited for room; several threads can make it more than 1.",
              (m, now) -> m.roomWaitNs.rate(now) / 1e9),
          total("bufferpool-wait-time-ns-total", "ns", "Waited for room.", m -> m.roomWaitNs),
          gauge(
              "flush-time-ns-total",
              "ns",
              "Spent in flush().",
              (m, now) -> m.flushNanos.doubleValue()),
          // Connections.
          gauge("connection-count", "connections", "That there are.", (m, now) -> m.connections),
          rate("connection-creation-rate", "connections", "Made.", m -> m.connected),
          total("connection-creation-total", "connections", "Made.", m -> m.connected),
          rate("connection-close-rate", "connections", "Ended.", m -> m.disconnected),
          total("connection-close-total", "connections", "Ended.", m -> m.disconnected),
          rate(
              "successful-authentication-rate",
              "connections",
              "That can be used, whether or not they had to say who asks.",
              m -> m.admitted),
          total(
              "successful-authentication-total",
              "connections",
              "That can be used, whether or not they had to say who asks.",
              m -> m.admitted),
          rate("failed-authentication-rate", "connections", "Refused.", m -> m.turnedAway),
          total("failed-authentication-total", "connections", "Refused.", m -> m.turnedAway),
          countRate("successful-reauthentication-rate", "times", "Once more.", m -> m.readmittedMs),
          count("successful-reauthentication-total", "times", "Once more.", m -> m.readmittedMs),
          rate(
              "failed-reauthentication-rate", "times", "Refused then.", m -> m.readmissionsRefused),
          total(
              "failed-reauthentication-total",
              "times",
              "Refused then.",
              m -> m.readmissionsRefused),
          mean("reauthentication-latency-avg", "ms", "Of one.", m -> m.readmittedMs),
          max("reauthentication-latency-max", "ms", "Of the slowest.", m -> m.readmittedMs),
          // Bytes and turns of the loop.
          countRate("request-rate", "requests", "Of any kind.", m -> m.requestBytes),
          count("request-total", "requests", "Of any kind.", m -> m.requestBytes),
          mean("request-size-avg", "bytes", "Of a request.", m -> m.requestBytes),
          max("request-size-max", "bytes", "Of the largest request.", m -> m.requestBytes),
          rate("outgoing-byte-rate", "bytes", "Of requests, before TLS.", m -> m.requestBytes),
          total("outgoing-byte-total", "bytes", "Of requests, before TLS.", m -> m.requestBytes),
          countRate("response-rate", "responses", "Of any kind.", m -> m.responseBytes),
          count("response-total", "responses", "Of any kind.", m -> m.responseBytes),
          rate("incoming-byte-rate", "bytes", "Of responses, after TLS.", m -> m.responseBytes),
          total("incoming-byte-total", "bytes", "Of responses, after TLS.", m -> m.responseBytes),
          countRate("network-io-rate", "calls", "Reads and writes with bytes.", m -> m.transfers),
          count("network-io-total", "calls", "Reads and writes with bytes.", m -> m.transfers),
          countRate("select-rate", "turns", "Of the loop.", m -> m.waitNs),
          count("select-total", "turns", "Of the loop.", m -> m.waitNs),
          mean("io-wait-time-ns-avg", "ns", "The loop slept in a turn.", m -> m.waitNs),
          total("io-wait-time-ns-total", "ns", "The loop slept.", m -> m.waitNs),
          gauge(
              "io-wait-ratio",
              "ratio",
              "Of the time, the loop slept.",
              (m, now) -> m.waitNs.rate(now) / 1e9),
          mean("io-time-ns-avg", "ns", "The loop worked in a turn.", m -> m.workNs),
          total("io-time-ns-total", "ns", "The loop worked.", m -> m.workNs),
          gauge(
              "io-ratio",
              "ratio",
              "Of the time, the loop worked.",
              (m, now) -> m.workNs.rate(now) / 1e9));

  static final List<MetricRow<Metrics.OfTopic>> TOPIC =
      List.of(
          rate("record-send-rate", "records", "Sent; again counts again.", t -> t.sends),
          total("record-send-total", "records", "Sent; again counts again.", t -> t.sends),
          rate("record-retry-rate", "records", "Of these, sent again.", t -> t.retries),
          total("record-retry-total", "records", "Of these, sent again.", t -> t.retries),
          rate("record-error-rate", "records", "Given up for good.", t -> t.errors),
          total("record-error-total", "records", "Given up for good.", t -> t.errors),
          rate("byte-rate", "bytes", "Of batches, as they are sent.", t -> t.bytes),
          total("byte-total", "bytes", "Of batches, as they are sent.", t -> t.bytes),
          mean(
              "compression-rate",
              "ratio",
              "Bytes of a batch with compression by bytes without; 1 is none.",
              t -> t.compression));

  static final List<MetricRow<Metrics.OfNode>> NODE =
      List.of(
          countRate("request-rate", "requests", "Of any kind.", n -> n.requestBytes),
          count("request-total", "requests", "Of any kind.", n -> n.requestBytes),
          mean("request-size-avg", "bytes", "Of a request.", n -> n.requestBytes),
          max("request-size-max", "bytes", "Of the largest request.", n -> n.requestBytes),
          rate("outgoing-byte-rate", "bytes", "Of requests, before TLS.", n -> n.requestBytes),
          total("outgoing-byte-total", "bytes", "Of requests, before TLS.", n -> n.requestBytes),
          countRate("response-rate", "responses", "Of any kind.", n -> n.responseBytes),
          count("response-total", "responses", "Of any kind.", n -> n.responseBytes),
          rate("incoming-byte-rate", "bytes", "Of responses, after TLS.", n -> n.responseBytes),
          total("incoming-byte-total", "bytes", "Of responses, after TLS.", n -> n.responseBytes),
          mean("request-latency-avg", "ms", "Of a produce request.", n -> n.latencyMs),
          max("request-latency-max", "ms", "Of the slowest produce request.", n -> n.latencyMs));

  /** Metrics of kafka-clients that are not here, by group and name, and why. */
  static final Map<String, String> ABSENT = absent();

  private MetricRows() {}

  private static MetricRow<Metrics> gauge(
      String name, String unit, String meaning, MetricRow.Reading<Metrics> reading) {
    return new MetricRow<>(name, unit, meaning, reading);
  }

  private static Map<String, String> absent() {
    Map<String, String> absent = new TreeMap<>();
    String split = "A batch is never divided to be sent again: it is made to fit at once.";
    absent.put(PRODUCER_GROUP + " batch-split-rate", split);
    absent.put(PRODUCER_GROUP + " batch-split-total", split);
    absent.put(
        PRODUCER_GROUP + " metadata-wait-time-ns-total",
        "produce() never waits for metadata: messages do, in their topic.");
    absent.put(
        PRODUCER_GROUP + " successful-authentication-no-reauth-total",
        "Of clients that cannot authenticate once more; this one can.");
    for (String step : List.of("init", "begin", "send-offsets", "prepare", "commit", "abort")) {
      absent.put(
          PRODUCER_GROUP + " txn-" + step + "-time-ns-total",
          "Calls of transactions are not timed.");
    }
    String registry = "Of kafka-clients itself, not of what it does.";
    absent.put("app-info commit-id", registry);
    absent.put("app-info start-time-ms", registry);
    absent.put("app-info version", registry);
    absent.put("kafka-metrics-count count", registry);
    return absent;
  }
}
