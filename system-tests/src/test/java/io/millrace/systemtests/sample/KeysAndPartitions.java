package io.millrace.systemtests.sample;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.producer.Keys;
import io.millrace.producer.Partitioner;
import io.millrace.producer.Producer;
import io.millrace.producer.ProducerMessage;
import java.util.Map;
import java.util.UUID;
import java.util.function.IntPredicate;

/** Keys, and where they lead. */
final class KeysAndPartitions {

  private KeysAndPartitions() {}

  static void taskLifecycle(Producer producer, long taskId) {
    // sample: task-lifecycle
    byte[] key = ("task-" + taskId).getBytes(UTF_8); // one task, one partition, one order
    producer.produce("task-events", key, "task.created".getBytes(UTF_8));
    producer.produce("task-events", key, "task.updated".getBytes(UTF_8));
    producer.produce("task-events", key, "task.completed".getBytes(UTF_8));
    // end
  }

  static void compound(Producer producer, String tenant, String order, byte[] value) {
    // sample: compound
    producer.produce("orders", Keys.compound(tenant, order), value); // tenant-7:order-12
    // end
  }

  static void salted(Producer producer, String user, long number, byte[] value) {
    // sample: salted
    // four keys for one: user-1#0 to user-1#3, in turn, so on four partitions at most
    byte[] key = Keys.salted(user.getBytes(UTF_8), 4, number);
    producer.produce(
        ProducerMessage.to("clicks")
            .key(key)
            .value(value)
            .header("number", Long.toString(number).getBytes(UTF_8))); // to merge them by
    // end
  }

  static Producer byRegion(String servers) {
    // sample: custom-partitioner
    Map<String, Integer> regions = Map.of("us-east-", 0, "us-west-", 1, "eu-", 2);
    Partitioner byRegion =
        (topic, key, value, headers, partitions, available) -> {
          String text = key == null ? "" : new String(key, UTF_8); // us-east-user-123
          for (Map.Entry<String, Integer> region : regions.entrySet()) {
            if (text.startsWith(region.getKey())) {
              return region.getValue();
            }
          }
          return anyOf(partitions, available, text);
        };
    Producer producer =
        Producer.open(Map.of("bootstrap.servers", servers, "partitioner", byRegion));
    // end
    return producer;
  }

  private static int anyOf(int partitions, IntPredicate available, String text) {
    int first = Math.floorMod(text.hashCode(), partitions);
    for (int i = 0; i < partitions; i++) {
      int partition = (first + i) % partitions;
      if (available.test(partition)) {
        return partition;
      }
    }
    return first;
  }

  static Producer roundRobin(String servers) {
    // sample: round-robin
    // without a key the default fills a batch for one partition after the other;
    // round_robin takes the next one for each message, so that batches are smaller
    Producer producer =
        Producer.open(Map.of("bootstrap.servers", servers, "partitioner", "round_robin"));
    // end
    return producer;
  }

  static void headers(Producer producer, byte[] order, long eventTimeMs) {
    // sample: headers
    producer.produce(
        ProducerMessage.to("orders-with-headers")
            .key("order-123".getBytes(UTF_8))
            .value(order)
            .header("correlation_id", UUID.randomUUID().toString().getBytes(UTF_8))
            .header("source", "order-service".getBytes(UTF_8))
            .header("event_type", "order.created".getBytes(UTF_8))
            .timestamp(eventTimeMs));
    // end
  }
}
