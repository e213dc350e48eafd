package io.millrace.systemtests.sample;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.producer.Producer;
import io.millrace.producer.ProducerListeners;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Producers that are set up for something. */
final class Configurations {

  private Configurations() {}

  static Producer production(String servers) {
    // sample: configuration
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", servers);
    settings.put("client.id", "order-service-producer");

    settings.put("acks", "all"); // every replica has it
    settings.put("enable.idempotence", true); // the default: no duplicate, no other order

    settings.put("retries", 2147483647); // the time is the limit:
    settings.put("delivery.timeout.ms", 120000);
    settings.put("retry.backoff.ms", 100);

    settings.put("batch.size", 16384);
    settings.put("linger.ms", 5);
    settings.put("compression.type", "lz4");

    settings.put("buffer.memory", 33554432); // the Java client's name of queue.buffering.max.kbytes
    settings.put("max.block.ms", 60000); // how long produce() waits where there is no room

    Producer producer = Producer.open(settings);
    // end
    return producer;
  }

  static Producer durable(String servers) {
    // sample: profile
    Producer producer =
        Producer.open(Map.of("bootstrap.servers", servers, "profile", "durable", "linger.ms", 0));
    // end
    return producer;
  }

  static void batching(String servers, List<String> events) {
    // sample: batching
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers", servers,
            "batch.size", 65536, // a batch goes when it is full,
            "linger.ms", 50, // or so long after its first message
            "compression.type", "lz4",
            "max.in.flight.requests.per.connection", 5);
    try (Producer producer = Producer.open(settings)) {
      for (String event : events) {
        producer.produce("events", null, event.getBytes(UTF_8));
      }
    }
    // end
  }

  static Producer watched(String servers, int everyMs, Consumer<String> statistics) {
    // sample: statistics
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers",
            servers,
            "linger.ms",
            50,
            "batch.size",
            65536,
            "statistics.interval.ms",
            everyMs);
    Producer producer =
        Producer.open(
            settings, new ProducerListeners().statistics(json -> statistics.accept(json)));
    // end
    return producer;
  }
}
