package io.millrace.systemtests.sample;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.producer.DeliveryReport;
import io.millrace.producer.Producer;
import io.millrace.producer.ProducerMessage;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** A message with a callback, and one with a future. */
final class FirstSteps {

  private FirstSteps() {}

  static void basic(String servers) throws InterruptedException {
    // sample: basic
    Map<String, Object> settings = Map.of("bootstrap.servers", servers, "client.id", "my-producer");
    try (Producer producer = Producer.open(settings)) {
      producer.produce(
          "events",
          "user-123".getBytes(UTF_8),
          "{\"action\":\"login\"}".getBytes(UTF_8),
          report -> {
            if (report.isDelivered()) {
              System.out.println("delivered to " + report); // events-0@0
            } else {
              System.out.println("not delivered: " + report.error());
            }
          });
      // close() waits for it too; a program that goes on needs neither
      producer.flush(Duration.ofSeconds(10));
    }
    // end
  }

  // sample: future
  static CompletionStage<String> login(Producer producer, String user) {
    ProducerMessage message =
        ProducerMessage.to("logins").key(user.getBytes(UTF_8)).value("login".getBytes(UTF_8));
    return producer
        .send(message) // completes by itself: nobody has to poll
        .thenApply(DeliveryReport::offset)
        .thenApply(offset -> user + " is at offset " + offset);
  }
  // end
}
