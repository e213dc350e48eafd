package io.millrace.systemtests.sample;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.producer.DeliveryReport;
import io.millrace.producer.Producer;
import io.millrace.producer.ProducerError;
import io.millrace.producer.ProducerMessage;
import io.millrace.producer.QueueFullException;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What to do with messages that are not delivered. */
final class Failures {

  private Failures() {}

  // sample: retriable
  static void onReport(DeliveryReport report, Consumer<DeliveryReport> sendAgainLater) {
    ProducerError error = report.error();
    if (error == null) {
      return; // stored
    }
    if (error.fatal()) {
      System.out.println("the producer cannot go on, close it: " + error);
    } else if (error.retriable()) {
      // Final all the same: retries are over. It may work later, by a new message; if
      // persisted() is POSSIBLY that may be its second copy.
      sendAgainLater.accept(report.keep()); // copies: key and value are gone after the callback
    } else {
      System.out.println("needs somebody: " + error);
    }
  }

  // end

  // sample: full-buffer
  /** A producer that has callers wait where there is no room, instead of refusing at once. */
  static Producer patient(String servers, int messagesMax) {
    return Producer.open(
        Map.of(
            "bootstrap.servers", servers,
            "queue.buffering.max.messages", messagesMax, // and queue.buffering.max.kbytes
            "max.block.ms", 5000)); // awakened by the first report that makes room
  }

  static boolean safeProduce(Producer producer, ProducerMessage message) {
    try {
      producer.produce(message);
      return true;
    } catch (QueueFullException e) {
      System.out.println("still no room: " + e.getMessage());
      return false; // not accepted: there will be no report
    }
  }

  // end

  // sample: reliable
  /** A producer that keeps in a topic of dead letters what it cannot deliver. */
  static final class ReliableProducer implements AutoCloseable {
    private final Producer producer;

    ReliableProducer(String servers, String clientId, String spillFile) {
      producer =
          Producer.open(
              Map.of(
                  "bootstrap.servers", servers,
                  "client.id", clientId,
                  "profile", "durable",
                  "failure.policy", "dead_letter", // to <topic>.dlq, its cause in headers,
                  "dead.letter.spill.file", spillFile), // or here where that fails too
              ReliableProducer::onReport);
    }

    private static void onReport(DeliveryReport report) {
      if (report.deadLetter() != null) {
        System.out.println(report + ", kept in " + report.deadLetter());
      } else if (!report.isDelivered()) {
        System.out.println(report + ", kept nowhere");
      }
    }

    void send(String topic, @Nullable String key, String value) {
      producer.produce(topic, key == null ? null : key.getBytes(UTF_8), value.getBytes(UTF_8));
    }

    @Override
    public void close() {
      producer.close();
    }
  }
  // end
}
