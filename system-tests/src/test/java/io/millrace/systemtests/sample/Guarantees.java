package io.millrace.systemtests.sample;

import io.millrace.producer.DeliveryCallback;
import io.millrace.producer.Producer;
import java.time.Duration;
import java.util.Map;

/** At most once, at least once and once. */
final class Guarantees {

  private Guarantees() {}

  static void atMostOnce(String servers, byte[] data) {
    // sample: at-most-once
    Map<String, Object> settings = Map.of("bootstrap.servers", servers, "profile", "metrics");
    try (Producer producer = Producer.open(settings)) {
      producer.produce("metrics", null, data); // acks=0: nobody says whether it arrived
    }
    // end
  }

  static void atLeastOnce(String servers, byte[] data, DeliveryCallback report)
      throws InterruptedException {
    // sample: at-least-once
    Map<String, Object> settings = Map.of("bootstrap.servers", servers, "profile", "durable");
    try (Producer producer = Producer.open(settings)) {
      producer.produce("orders", null, data, report);
      long left = producer.flush(Duration.ofMinutes(3));
      if (left > 0) {
        // not even the reports came: what is not reported delivered is to be sent again
        throw new IllegalStateException(left + " messages are not reported");
      }
    }
    // end
  }
}
