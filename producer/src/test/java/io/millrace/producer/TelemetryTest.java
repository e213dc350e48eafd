package io.millrace.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.GetTelemetrySubscriptionsRequest;
import io.millrace.wire.message.GetTelemetrySubscriptionsResponse;
import io.millrace.wire.message.PushTelemetryRequest;
import io.millrace.wire.message.PushTelemetryResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.telemetry.internals.ClientTelemetryUtils;
import org.apache.kafka.shaded.io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import org.apache.kafka.shaded.io.opentelemetry.proto.metrics.v1.Metric;
import org.apache.kafka.shaded.io.opentelemetry.proto.metrics.v1.MetricsData;
import org.apache.kafka.shaded.io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Metrics are pushed as a broker asks for them. What comes is read by the protobuf classes inside
 * kafka-clients, and unpacked as Kafka's brokers do.
 */
class TelemetryTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final UUID GIVEN = new UUID(7, 9);
  private static final String PREFIX = "org.apache.kafka.producer.";

  /** A push, and what was in it by name and labels. */
  private record Pushed(PushTelemetryRequest request, int bytes, Map<String, Metric> metrics) {
    NumberDataPoint sum(String name) {
      return metrics.get(name).getSum().getDataPoints(0);
    }
  }

  private final List<UUID> asked = new CopyOnWriteArrayList<>();
  private final List<Pushed> pushes = new CopyOnWriteArrayList<>();
  private final Queue<ErrorCode> refusals = new ConcurrentLinkedQueue<>();
  private final Queue<ErrorCode> askRefusals = new ConcurrentLinkedQueue<>();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private volatile List<String> wanted = List.of("");
  private volatile byte[] codecs = {};
  private volatile boolean delta;
  private volatile int bytesMax = 1 << 20;
  private FakeBroker broker;

  @BeforeEach
  void start() throws Exception {
    broker = new FakeBroker().topic("one", 1);
    broker.telemetry =
        new FakeBroker.Telemetry() {
          @Override
          public GetTelemetrySubscriptionsResponse subscriptions(
              GetTelemetrySubscriptionsRequest request) {
            asked.add(request.clientInstanceId);
            GetTelemetrySubscriptionsResponse response = new GetTelemetrySubscriptionsResponse();
            ErrorCode refusal = askRefusals.poll();
            response.errorCode = refusal == null ? 0 : refusal.code();
            response.clientInstanceId = GIVEN;
            response.subscriptionId = 40 + asked.size();
            response.pushIntervalMs = 20;
            response.telemetryMaxBytes = bytesMax;
            response.deltaTemporality = delta;
            response.acceptedCompressionTypes = codecs;
            response.requestedMetrics.addAll(wanted);
            return response;
          }

          @Override
          public PushTelemetryResponse push(PushTelemetryRequest request) {
            PushTelemetryResponse response = new PushTelemetryResponse();
            ErrorCode refusal = refusals.poll();
            response.errorCode = refusal == null ? 0 : refusal.code();
            try {
              pushes.add(read(request));
            } catch (Exception | LinkageError e) {
              failures.add(e);
            }
            return response;
          }
        };
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
    assertThat(failures).isEmpty();
  }

  private static Pushed read(PushTelemetryRequest request) throws Exception {
    int bytes = request.metrics.remaining();
    ByteBuffer plain = request.metrics;
    if (request.compressionType != 0) {
      plain =
          ClientTelemetryUtils.decompress(
              plain, CompressionType.forId(request.compressionType), 1 << 24);
    }
    byte[] copy = new byte[plain.remaining()];
    plain.get(copy);
    Map<String, Metric> metrics = new HashMap<>();
    MetricsData.parseFrom(copy)
        .getResourceMetricsList()
        .forEach(resource ->
            resource
                .getScopeMetricsList()
                .forEach(scope ->
                    scope
                        .getMetricsList()
                        .forEach(one -> assertThat(metrics.put(named(one), one)).isNull())));
    return new Pushed(request, bytes, metrics);
  }

  private static String named(Metric metric) {
    NumberDataPoint point =
        metric.hasSum() ? metric.getSum().getDataPoints(0) : metric.getGauge().getDataPoints(0);
    StringBuilder name = new StringBuilder(metric.getName());
    point
        .getAttributesList()
        .forEach(one ->
            name.append(' ')
                .append(one.getKey())
                .append('=')
                .append(one.getValue().getStringValue()));
    return name.toString();
  }

  private Producer open(Object... settings) {
    Map<String, Object> all = new HashMap<>();
    all.put("bootstrap.servers", broker.address());
    all.put("retry.backoff.ms", 1);
    all.put("reconnect.backoff.ms", 1);
    all.put("linger.ms", 0);
    for (int i = 0; i < settings.length; i += 2) {
      all.put((String) settings[i], settings[i + 1]);
    }
    return Producer.open(all);
  }

  private static void deliver(Producer producer, int count) throws InterruptedException {
    for (int i = 0; i < count; i++) {
      producer.produce("one", null, "value".getBytes(UTF_8));
    }
    assertThat(producer.flush(LONG)).isZero();
  }

  private Pushed next() {
    int before = pushes.size();
    // One may have been under way.
    Awaitility.await().atMost(LONG).until(() -> pushes.size() >= before + 2);
    return pushes.get(before + 1);
  }

  @Test
  void whatIsAskedForIsPushedAtTheInterval() throws Exception {
    wanted = List.of(PREFIX + "record.send", PREFIX + "topic.byte", PREFIX + "node.");
    long beganNanos = System.currentTimeMillis() * 1_000_000;
    try (Producer producer = open()) {
      deliver(producer, 10);
      Pushed pushed = next();
      assertThat(pushed.metrics.keySet())
          .allMatch(name -> wanted.stream().anyMatch(name::startsWith))
          .contains(
              PREFIX + "record.send.total",
              PREFIX + "record.send.rate",
              PREFIX + "topic.byte.total topic=one",
              PREFIX + "node.request.latency.avg node_id=node-1");
      Metric total = pushed.metrics.get(PREFIX + "record.send.total");
      assertThat(total.getSum().getIsMonotonic()).isTrue();
      assertThat(total.getSum().getAggregationTemporality())
          .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
      NumberDataPoint point = pushed.sum(PREFIX + "record.send.total");
      assertThat(point.getAsDouble()).isEqualTo(10);
      assertThat(point.getTimeUnixNano()).isGreaterThan(beganNanos);
      assertThat(point.getStartTimeUnixNano()).isBetween(beganNanos, point.getTimeUnixNano());
      double rate =
          pushed.metrics.get(PREFIX + "record.send.rate").getGauge().getDataPoints(0).getAsDouble();
      assertThat(rate).isBetween(10 / 60.0, 10 / 29.0);
      assertThat(pushed.request.clientInstanceId).isEqualTo(GIVEN);
      assertThat(pushed.request.subscriptionId).isEqualTo(41);
      assertThat(pushed.request.terminating).isFalse();
      assertThat(asked).containsExactly(new UUID(0, 0));
      assertThat(producer.clientInstanceId()).isEqualTo(GIVEN);
    }
    Pushed last = pushes.get(pushes.size() - 1);
    assertThat(last.request.terminating).isTrue();
    assertThat(pushes.stream().filter(one -> one.request.terminating)).hasSize(1);
  }

  @Test
  void everyMetricIsPushedUnderNoPrefixAndNoneThatIsNoNumber() throws Exception {
    try (Producer producer = open()) {
      deliver(producer, 1);
      Pushed pushed = next();
      assertThat(pushed.metrics)
          .containsKey(PREFIX + "topic.record.send.total topic=one")
          .doesNotContainKey(PREFIX + "reauthentication.latency.avg");
      assertThat(pushed.metrics.size()).isGreaterThan(70);
    }
  }

  @Test
  void differencesAddUpToWhatWasSent() throws Exception {
    delta = true;
    wanted = List.of(PREFIX + "record.send.total");
    try (Producer producer = open()) {
      for (int i = 0; i < 5; i++) {
        deliver(producer, 10);
        next();
      }
    }
    double sum = 0;
    long before = 0;
    for (Pushed one : pushes) {
      NumberDataPoint point = one.sum(PREFIX + "record.send.total");
      sum += point.getAsDouble();
      assertThat(point.getStartTimeUnixNano()).isGreaterThanOrEqualTo(before);
      before = point.getTimeUnixNano();
      assertThat(one.metrics.get(PREFIX + "record.send.total").getSum().getAggregationTemporality())
          .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA);
    }
    assertThat(sum).isEqualTo(50);
  }

  @Test
  void firstCodecThatBothHaveIsTakenAndOneThatIsRefusedNoMore() throws Exception {
    for (CompressionType type : CompressionType.values()) {
      pushes.clear();
      codecs = new byte[] {99, type.id, 0};
      try (Producer producer = open()) {
        deliver(producer, 1);
        assertThat(next().request.compressionType).isEqualTo(type.id);
      }
    }
    pushes.clear();
    codecs = new byte[] {4, 1};
    refusals.add(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
    try (Producer producer = open()) {
      deliver(producer, 1);
      assertThat(next().request.compressionType).isEqualTo((byte) 1);
      assertThat(pushes.get(0).request.compressionType).isEqualTo((byte) 4);
    }
  }

  @Test
  void subscriptionThatHasChangedIsAskedForAnew() throws Exception {
    refusals.add(ErrorCode.UNKNOWN_SUBSCRIPTION_ID);
    try (Producer producer = open()) {
      deliver(producer, 1);
      assertThat(next().request.subscriptionId).isEqualTo(42);
      assertThat(asked).containsExactly(new UUID(0, 0), GIVEN);
    }
  }

  @Test
  void pushThatIsThrottledIsMadeAgainWithWhatCameMeanwhile() throws Exception {
    delta = true;
    wanted = List.of(PREFIX + "record.send.total");
    refusals.add(ErrorCode.THROTTLING_QUOTA_EXCEEDED);
    try (Producer producer = open()) {
      deliver(producer, 10);
      Pushed second = next();
      assertThat(second.request.subscriptionId).isEqualTo(41);
    }
    // The first was not taken: its ten come again.
    double sum = 0;
    for (Pushed one : pushes.subList(1, pushes.size())) {
      sum += one.sum(PREFIX + "record.send.total").getAsDouble();
    }
    assertThat(sum).isEqualTo(10);
  }

  @Test
  void brokerThatCannotReadItIsLeftAlone() throws Exception {
    refusals.add(ErrorCode.INVALID_RECORD);
    try (Producer producer = open()) {
      deliver(producer, 1);
      Awaitility.await().atMost(LONG).until(() -> pushes.size() == 1);
      for (int i = 0; i < 20; i++) {
        deliver(producer, 1);
      }
    }
    assertThat(pushes).hasSize(1);
    assertThat(asked).hasSize(1);
  }

  @Test
  void whatIsTooLargeIsReducedToTheProducersOwn() throws Exception {
    try (Producer producer = open()) {
      deliver(producer, 1);
      bytesMax = next().bytes - 500;
    }
    pushes.clear();
    asked.clear();
    try (Producer producer = open()) {
      deliver(producer, 1);
      Pushed pushed = next();
      assertThat(pushed.bytes).isLessThanOrEqualTo(bytesMax);
      assertThat(pushed.metrics.keySet()).allMatch(name -> !name.contains(" "));
      assertThat(pushed.metrics).containsKey(PREFIX + "record.send.total");
    }
  }

  @Test
  void nothingIsPushedUnlessSomethingIsWanted() throws Exception {
    wanted = List.of();
    try (Producer producer = open()) {
      deliver(producer, 1);
      Awaitility.await().atMost(LONG).until(() -> asked.size() >= 3);
      wanted = List.of(PREFIX + "record");
      assertThat(pushes).isEmpty();
      next();
    }
  }

  @Test
  void nobodyIsAskedIfThatIsNotWantedOrNotServed() throws Exception {
    try (Producer producer = open("enable.metrics.push", false)) {
      deliver(producer, 10);
      assertThat(producer.clientInstanceId()).isNull();
    }
    broker.telemetry = null;
    try (Producer producer = open()) {
      deliver(producer, 10);
      assertThat(producer.clientInstanceId()).isNull();
    }
    assertThat(asked).isEmpty();
    assertThat(pushes).isEmpty();
  }
}
