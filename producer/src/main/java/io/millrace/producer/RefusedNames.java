package io.millrace.producer;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Names that other clients know and a producer cannot take, and why. */
final class RefusedNames {

  private static final String CONSUMER = "it is a consumer's setting, and this is a producer";
  private static final String CALLBACK =
      "it is a callback, not a text; give Producer.open and produce a DeliveryCallback";
  private static final String OF_C = "it is a handle of librdkafka's C interface";

  private static final Map<String, String> REASONS = new HashMap<>();

  static {
    all(
        CONSUMER,
        "group.id",
        "group.instance.id",
        "group.protocol",
        "group.protocol.type",
        "group.remote.assignor",
        "partition.assignment.strategy",
        "session.timeout.ms",
        "heartbeat.interval.ms",
        "coordinator.query.interval.ms",
        "max.poll.interval.ms",
        "max.poll.records",
        "enable.auto.commit",
        "auto.commit.enable",
        "auto.commit.interval.ms",
        "enable.auto.offset.store",
        "queued.min.messages",
        "queued.max.messages.kbytes",
        "fetch.wait.max.ms",
        "fetch.max.wait.ms",
        "fetch.queue.backoff.ms",
        "fetch.message.max.bytes",
        "max.partition.fetch.bytes",
        "fetch.max.bytes",
        "fetch.min.bytes",
        "fetch.error.backoff.ms",
        "offset.store.method",
        "offset.store.path",
        "offset.store.sync.interval.ms",
        "isolation.level",
        "enable.partition.eof",
        "check.crcs",
        "auto.offset.reset",
        "consume.callback.max.messages",
        "consume_cb",
        "rebalance_cb",
        "offset_commit_cb",
        "exclude.internal.topics",
        "default.api.timeout.ms",
        "key.deserializer",
        "value.deserializer",
        "share.acknowledgement.mode",
        "share.acquire.mode");
    all(
        CALLBACK,
        "dr_cb",
        "dr_msg_cb",
        "on_delivery",
        "background_event_cb",
        "ssl.certificate.verify_cb");
    all(
        "it is a callback, not a text; give Producer.open ProducerListeners that have it",
        "error_cb",
        "throttle_cb",
        "stats_cb",
        "log_cb");
    all(
        OF_C,
        "socket_cb",
        "connect_cb",
        "closesocket_cb",
        "open_cb",
        "resolve_cb",
        "opaque",
        "default_topic_conf",
        "enabled_events",
        "plugin.library.paths",
        "interceptors",
        "builtin.features",
        "msg_order_cmp",
        "internal.termination.signal",
        "ssl_key",
        "ssl_certificate",
        "ssl_ca",
        "ssl_engine_callback_data");
    all(
        "give partitioner the name of one, or an object that is a Partitioner",
        "partitioner_cb",
        "partitioner.class");
    all(
        "it names classes of kafka-clients, which are not there",
        "interceptor.classes",
        "config.providers");
  }

  private RefusedNames() {}

  private static void all(String reason, String... names) {
    for (String name : names) {
      if (REASONS.put(name, reason) != null) {
        throw new IllegalArgumentException("two reasons for " + name);
      }
    }
  }

  /** Why a name is refused; null if this list does not know it. */
  static @Nullable String reason(String name) {
    return REASONS.get(name);
  }

  /** The names that are refused, in no order. */
  static Collection<String> ofClients() {
    return List.copyOf(REASONS.keySet());
  }
}
