package io.millrace.producer;

import io.millrace.record.Compression;
import io.millrace.record.CompressionException;
import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.Message;
import io.millrace.wire.message.GetTelemetrySubscriptionsRequest;
import io.millrace.wire.message.GetTelemetrySubscriptionsResponse;
import io.millrace.wire.message.PushTelemetryRequest;
import io.millrace.wire.message.PushTelemetryResponse;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Pushes metrics to a broker that asks for them. Owned by the loop.
 *
 * <p>A connected broker that serves it is asked which metrics it wants and how often; it gives the
 * producer an id, too. From then on it gets them at its interval, the first after half to one and a
 * half of it so that clients do not come together, and once more when the producer closes. Brokers
 * that do not serve it are asked nothing, and no connection is made for it.
 *
 * @see <a
 *     href="https://cwiki.apache.org/confluence/display/KAFKA/KIP-714%3A+Client+metrics+and+observability">KIP-714</a>
 */
final class Telemetry {

  private static final long USUAL_NANOS = TimeUnit.MINUTES.toNanos(5);
  private static final long NEVER = Long.MAX_VALUE;
  private static final UUID NOBODY = new UUID(0, 0);

  /** What the broker asked for. */
  private record Subscription(
      int id,
      List<String> prefixes,
      List<Compression> codecs,
      long intervalNanos,
      int bytesMax,
      boolean delta) {

    boolean wants(String name) {
      return prefixes.stream().anyMatch(name::startsWith);
    }
  }

  private final boolean enabled;
  private final Metrics metrics;
  private final Notices notices;
  private final Clock clock;
  private volatile UUID instance = NOBODY;
  private final Set<Compression> unusable = EnumSet.noneOf(Compression.class);
  private @Nullable Subscription subscription;
  private boolean underWay;
  private boolean asksAgain = true;
  private boolean ended;
  private long dueNanos = Long.MIN_VALUE;

  /** What a growing number was at the last push that arrived, and when that was. */
  private Map<String, Double> pushed = new HashMap<>();

  private long pushedMs;

  Telemetry(boolean enabled, Onlookers onlookers, Clock clock) {
    this.enabled = enabled;
    this.metrics = onlookers.metrics();
    this.notices = onlookers.notices();
    this.clock = clock;
    this.pushedMs = clock.millis();
  }

  /** What brokers know the producer by; null if none has given it an id. Any thread. */
  @Nullable UUID instance() {
    UUID now = instance;
    return now.equals(NOBODY) ? null : now;
  }

  /**
   * Asks or pushes, if it is time.
   *
   * @return when there is something to do next, by the monotonic clock
   */
  long work(Cluster cluster, long nowNanos) {
    if (!enabled || ended || underWay) {
      return NEVER;
    }
    if (dueNanos != Long.MIN_VALUE && nowNanos - dueNanos < 0) {
      return dueNanos;
    }
    BrokerLink link = serving(cluster);
    if (link != null) {
      if (asksAgain) {
        ask(link, nowNanos);
      } else {
        push(link, false, new CompletableFuture<>(), nowNanos);
      }
    }
    return NEVER;
  }

  private static @Nullable BrokerLink serving(Cluster cluster) {
    BrokerLink best = null;
    for (BrokerLink link : cluster.all()) {
      boolean serves =
          link.isUp()
              && link.version(ApiKey.GET_TELEMETRY_SUBSCRIPTIONS, 0, 0) >= 0
              && link.version(ApiKey.PUSH_TELEMETRY, 0, 0) >= 0;
      if (serves && (best == null || link.waitingForAnswers() < best.waitingForAnswers())) {
        best = link;
      }
    }
    return best;
  }

  // --- which metrics ---

  private void ask(BrokerLink link, long nowNanos) {
    GetTelemetrySubscriptionsRequest request = new GetTelemetrySubscriptionsRequest();
    request.clientInstanceId = instance;
    underWay = true;
    link.send(
        ApiKey.GET_TELEMETRY_SUBSCRIPTIONS,
        (short) 0,
        request,
        nowNanos,
        false,
        new BrokerLink.Answer() {
          @Override
          public void answered(Message response, long now) {
            subscribed((GetTelemetrySubscriptionsResponse) response, now);
          }

          @Override
          public void failed(ProducerError why, boolean maybeSent, long now) {
            later(true, now + intervalNanos());
          }
        });
    link.write(nowNanos);
  }

  private void subscribed(GetTelemetrySubscriptionsResponse response, long nowNanos) {
    if (response.errorCode != 0) {
      refused(ErrorCode.forCode(response.errorCode), response.throttleTimeMs, true, nowNanos);
      return;
    }
    instance = response.clientInstanceId;
    List<Compression> codecs = new ArrayList<>();
    for (byte one : response.acceptedCompressionTypes) {
      for (Compression codec : Compression.values()) {
        if (codec.code() == one && !unusable.contains(codec) && works(codec)) {
          codecs.add(codec);
        }
      }
    }
    long interval = TimeUnit.MILLISECONDS.toNanos(Math.max(1, response.pushIntervalMs));
    Subscription now =
        new Subscription(
            response.subscriptionId,
            List.copyOf(response.requestedMetrics),
            codecs,
            interval,
            response.telemetryMaxBytes,
            response.deltaTemporality);
    subscription = now;
    notices.debug(
        Debug.TELEMETRY,
        "TELEMETRY",
        "subscription "
            + now.id
            + " of "
            + now.prefixes
            + " every "
            + response.pushIntervalMs
            + " ms");
    if (now.prefixes.isEmpty()) {
      later(true, nowNanos + interval);
    } else {
      // Not all clients at once.
      later(false, nowNanos + (long) (interval * (0.5 + Chance.SYSTEM.fraction())));
    }
  }

  private static boolean works(Compression codec) {
    try {
      codec.compress(ByteBuffer.allocate(0), codec.levelDefault());
      return true;
    } catch (CompressionException e) {
      return false;
    }
  }

  private long intervalNanos() {
    Subscription of = subscription;
    return of == null ? USUAL_NANOS : of.intervalNanos;
  }

  private void later(boolean asks, long whenNanos) {
    underWay = false;
    asksAgain = asks;
    dueNanos = whenNanos;
  }

  /**
   * @param asking whether it was the question that was refused, not what was pushed
   */
  private void refused(ErrorCode why, int throttledMs, boolean asking, long nowNanos) {
    long interval = Math.max(intervalNanos(), TimeUnit.MILLISECONDS.toNanos(throttledMs));
    notices.debug(Debug.TELEMETRY, "TELEMETRY", "refused: " + why);
    switch (why) {
      case UNKNOWN_SUBSCRIPTION_ID, UNSUPPORTED_COMPRESSION_TYPE ->
          later(true, asking ? nowNanos + USUAL_NANOS : nowNanos);
      case THROTTLING_QUOTA_EXCEEDED, TELEMETRY_TOO_LARGE ->
          later(subscription == null, nowNanos + interval);
      case INVALID_REQUEST, INVALID_RECORD, UNSUPPORTED_VERSION -> {
        notices.log(
            LogEvent.WARNING, "TELEMETRY", "metrics are pushed no more: the broker says " + why);
        later(true, nowNanos);
        ended = true;
      }
      default -> later(true, nowNanos + USUAL_NANOS);
    }
  }

  // --- metrics ---

  private void push(BrokerLink link, boolean last, CompletableFuture<Boolean> done, long nowNanos) {
    Subscription of = subscription;
    if (of == null) {
      done.complete(false);
      return;
    }
    long nowMs = clock.millis();
    Map<String, Double> totals = new HashMap<>();
    Payload payload = payload(of, metrics.all(), totals, nowMs);
    if (payload == null) {
      payload =
          payload(
              of,
              metrics.all().stream().filter(one -> one.tags().size() == 1).toList(),
              totals,
              nowMs);
    }
    if (payload == null) {
      notices.debug(
          Debug.TELEMETRY, "TELEMETRY", "metrics have more than " + of.bytesMax + " bytes");
      later(false, nowNanos + of.intervalNanos);
      done.complete(false);
      return;
    }
    Compression codec = payload.codec;
    PushTelemetryRequest request = new PushTelemetryRequest();
    request.clientInstanceId = instance;
    request.subscriptionId = of.id;
    request.terminating = last;
    request.compressionType = (byte) payload.codec.code();
    request.metrics = payload.bytes;
    underWay = true;
    link.send(
        ApiKey.PUSH_TELEMETRY,
        (short) 0,
        request,
        nowNanos,
        false,
        new BrokerLink.Answer() {
          @Override
          public void answered(Message response, long now) {
            PushTelemetryResponse answer = (PushTelemetryResponse) response;
            ErrorCode error = ErrorCode.forCode(answer.errorCode);
            if (error == ErrorCode.UNSUPPORTED_COMPRESSION_TYPE) {
              unusable.add(codec);
            }
            if (error == ErrorCode.NONE) {
              pushed = totals;
              pushedMs = nowMs;
              later(false, now + of.intervalNanos);
            } else {
              refused(error, answer.throttleTimeMs, false, now);
            }
            done.complete(true);
          }

          @Override
          public void failed(ProducerError why, boolean maybeSent, long now) {
            later(false, now + of.intervalNanos);
            done.complete(false);
          }
        });
    link.write(nowNanos);
  }

  private record Payload(Compression codec, ByteBuffer bytes) {}

  /** Metrics that are asked for, as they go; null if these are too many bytes. */
  private @Nullable Payload payload(
      Subscription of, List<Metric> all, Map<String, Double> totals, long nowMs) {
    Otlp otlp = new Otlp();
    totals.clear();
    for (Metric metric : all) {
      String name = name(metric);
      if (!of.wants(name) || Double.isNaN(metric.value())) {
        continue;
      }
      Map<String, String> labels = labels(metric.tags());
      if (metric.name().endsWith("-total")) {
        String key = name + labels;
        double before = of.delta ? pushed.getOrDefault(key, 0.0) : 0;
        totals.put(key, metric.value());
        // What is counted anew, for a topic that came back, has grown from nothing.
        double value = metric.value() >= before ? metric.value() - before : metric.value();
        long since = of.delta ? pushedMs : metrics.beganMs();
        otlp.sum(name, metric.meaning(), new Otlp.Point(labels, since, nowMs, value), of.delta);
      } else {
        otlp.gauge(name, metric.meaning(), new Otlp.Point(labels, nowMs, nowMs, metric.value()));
      }
    }
    byte[] plain = otlp.toBytes();
    Compression codec = of.codecs.isEmpty() ? Compression.NONE : of.codecs.get(0);
    ByteBuffer bytes = ByteBuffer.wrap(plain);
    if (codec != Compression.NONE) {
      bytes = codec.compress(bytes, codec.levelDefault());
    }
    return of.bytesMax > 0 && bytes.remaining() > of.bytesMax ? null : new Payload(codec, bytes);
  }

  /** {@code org.apache.kafka.producer.record.send.total}, as the KIP names it. */
  private static String name(Metric metric) {
    String group = metric.group().substring(0, metric.group().length() - "-metrics".length());
    return "org.apache.kafka." + (group + "-" + metric.name()).replace('-', '.');
  }

  /** The broker knows the client by itself. */
  private static Map<String, String> labels(Map<String, String> tags) {
    Map<String, String> labels = new HashMap<>();
    tags.forEach((name, value) -> {
      if (!name.equals("client-id")) {
        labels.put(name.replace('-', '_'), value);
      }
    });
    return labels;
  }

  // --- the end ---

  /**
   * Pushes for the last time, if anything was asked for.
   *
   * @param done completes when the broker has answered, or there is nothing to wait for
   */
  void end(Cluster cluster, CompletableFuture<Boolean> done, long nowNanos) {
    BrokerLink link = enabled && !ended && !asksAgain ? serving(cluster) : null;
    ended = true;
    if (link == null) {
      done.complete(false);
    } else {
      push(link, true, done, nowNanos);
    }
  }
}
