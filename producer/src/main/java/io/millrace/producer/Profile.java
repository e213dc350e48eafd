package io.millrace.producer;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Defaults for a kind of work. What the application sets itself wins over them. */
enum Profile {
  REALTIME(
      "Someone waits for each message: nothing lingers.",
      "acks=all",
      "linger.ms=0",
      "batch.size=16384",
      "compression.type=none"),
  ANALYTICS(
      "Events that are looked at within a second.",
      "acks=all",
      "linger.ms=20",
      "batch.size=131072",
      "compression.type=lz4"),
  BATCH(
      "Pipelines that move much at a time.",
      "acks=all",
      "linger.ms=200",
      "batch.size=524288",
      "compression.type=lz4"),
  LOGS(
      "Log lines in great number; a few may be lost when a leader fails.",
      "acks=1",
      "linger.ms=500",
      "batch.size=1000000",
      "compression.type=zstd"),
  METRICS(
      "Samples that the next ones replace: nobody asks whether they arrived.",
      "acks=0",
      "linger.ms=100",
      "batch.size=262144",
      "compression.type=lz4"),
  DURABLE(
      "Orders and payments: no loss, no duplicate, little waiting.",
      "acks=all",
      "enable.idempotence=true",
      "retries=2147483647",
      "retry.backoff.ms=100",
      "delivery.timeout.ms=120000",
      "batch.size=16384",
      "linger.ms=5",
      "compression.type=lz4",
      "buffer.memory=33554432",
      "max.block.ms=60000"),
  KAFKA_CLIENTS(
      "Programs made for kafka-clients: its bounds of time and memory.",
      "max.block.ms=60000",
      "buffer.memory=33554432",
      "queue.buffering.max.messages=0",
      "max.request.size=1048576",
      "delivery.timeout.ms=120000",
      "connections.max.idle.ms=540000",
      "socket.connection.setup.timeout.ms=10000",
      "reconnect.backoff.ms=50",
      "reconnect.backoff.max.ms=1000");

  /** The word for none. */
  static final String NONE = "none";

  private final String prose;
  private final Map<String, String> settings;

  Profile(String prose, String... settings) {
    this.prose = prose;
    Map<String, String> all = new LinkedHashMap<>();
    for (String one : settings) {
      int equals = one.indexOf('=');
      all.put(one.substring(0, equals), one.substring(equals + 1));
    }
    this.settings = all;
  }

  static Profile named(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  String prose() {
    return prose;
  }

  /** Its values by name, which may be an alias. */
  Map<String, String> settings() {
    return java.util.Collections.unmodifiableMap(settings);
  }
}
