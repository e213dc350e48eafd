package io.millrace.producer.kafka;

import static io.millrace.producer.kafka.Side.same;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.junit.MillraceExtension;
import io.millrace.server.Fault;
import io.millrace.server.Millrace;
import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** How records fail, with Kafka's producer and with ours. */
@Execution(ExecutionMode.CONCURRENT)
class FailureContractTest {

  /** One for each test: faults are a broker's, and the tests run side by side. */
  @RegisterExtension
  final MillraceExtension broker =
      MillraceExtension.inMemory().set("auto.create.topics.enable", "false");

  private String outcome(
      Side side, String topic, ProducerRecord<String, String> record, Object... settings) {
    try (Producer<String, String> producer = side.texts(broker.kafka(), settings)) {
      return Side.outcome(producer, record);
    }
  }

  @Test
  void recordThatIsTooLargeIsRefusedAtOnce(Millrace millrace) throws Exception {
    String outcome =
        same(side -> {
          millrace.createTopic(side.topic("large"), 1);
          return outcome(
              side,
              "large",
              new ProducerRecord<>(side.topic("large"), "k", "v".repeat(2000)),
              "max.request.size",
              2000,
              "batch.size",
              1000);
        });
    assertThat(outcome)
        .isEqualTo(
            "failed RecordTooLargeException, heard [RecordTooLargeException -1@none at none key -1"
                + " value -1]");
  }

  @Test
  void recordThatTheTopicDoesNotTakeFails(Millrace millrace) throws Exception {
    String outcome =
        same(side -> {
          millrace.createTopic(side.topic("narrow"), 1, Map.of("max.message.bytes", "1000"));
          return outcome(
              side, "narrow", new ProducerRecord<>(side.topic("narrow"), "k", "v".repeat(2000)));
        });
    assertThat(outcome).startsWith("failed RecordTooLargeException");
  }

  @Test
  void topicOfAWrongNameFails() throws Exception {
    String outcome =
        same(side -> outcome(side, "", new ProducerRecord<>("no topic/of this name", "v")));
    assertThat(outcome)
        .isEqualTo(
            "failed InvalidTopicException, heard [InvalidTopicException -1@none at none key -1"
                + " value -1]");
  }

  @Test
  void topicThatNobodyMakesFailsOnceTimeIsOver() throws Exception {
    String outcome =
        same(side -> outcome(side, "", new ProducerRecord<>("nobody", "v"), "max.block.ms", 300));
    assertThat(outcome)
        .isEqualTo(
            "failed TimeoutException, heard [TimeoutException -1@none at none key -1 value -1]");
  }

  @Test
  void partitionThatIsNotThereFails(Millrace millrace) throws Exception {
    String outcome =
        same(side -> {
          millrace.createTopic(side.topic("three"), 3);
          return outcome(
              side,
              "three",
              new ProducerRecord<>(side.topic("three"), 9, "k", "v"),
              "max.block.ms",
              300);
        });
    assertThat(outcome)
        .isEqualTo(
            "failed TimeoutException, heard [TimeoutException 9@none at none key -1 value -1]");
  }

  @Test
  void recordThatIsNotAnsweredInTimeFails(Millrace millrace) throws Exception {
    String outcome =
        same(side -> {
          String topic = side.topic("silent");
          millrace.createTopic(topic, 1);
          try (var faults = millrace.faults(Fault.dropRequest(ApiKey.PRODUCE).ofTopic(topic))) {
            return outcome(
                side,
                topic,
                new ProducerRecord<>(topic, "v"),
                "delivery.timeout.ms",
                600,
                "request.timeout.ms",
                200,
                "linger.ms",
                0);
          }
        });
    assertThat(outcome)
        .isEqualTo(
            "failed TimeoutException, heard [TimeoutException 0@none at none key -1 value -1]");
  }

  @Test
  void everyFinalErrorOfABrokerIsTheSameException(Millrace millrace) throws Exception {
    Map<String, String> outcomes =
        same(side -> {
          String topic = side.topic("refused");
          millrace.createTopic(topic, 1);
          Map<String, String> all = new LinkedHashMap<>();
          try (Producer<String, String> producer =
              side.texts(
                  broker.kafka(), "enable.idempotence", false, "acks", "all", "linger.ms", 0)) {
            for (Errors error : Errors.values()) {
              if (error == Errors.NONE
                  || error.exception() instanceof RetriableException
                  || error == Errors.MESSAGE_TOO_LARGE) {
                continue;
              }
              Fault fault = Fault.fail(ApiKey.PRODUCE, ErrorCode.forCode(error.code()));
              try (var faults = millrace.faults(fault.ofTopic(topic))) {
                all.put(
                    error.name(), Side.outcome(producer, new ProducerRecord<>(topic, 0, "k", "v")));
              }
            }
          }
          return all;
        });
    assertThat(outcomes).hasSizeGreaterThan(60);
    assertThat(outcomes.get("TOPIC_AUTHORIZATION_FAILED"))
        .isEqualTo(
            "failed TopicAuthorizationException, heard [TopicAuthorizationException 0@none at none"
                + " key -1 value -1]");
  }

  @Test
  void recordThatFindsNoRoomFailsOnceTimeIsOver(Millrace millrace) throws Exception {
    List<String> outcomes =
        same(side -> {
          String topic = side.topic("full");
          millrace.createTopic(topic, 1);
          try (var faults =
                  millrace.faults(
                      Fault.delay(ApiKey.PRODUCE, Duration.ofSeconds(3)).ofTopic(topic));
              Producer<String, String> producer =
                  side.texts(
                      broker.kafka(),
                      "buffer.memory",
                      20_000,
                      "batch.size",
                      16_384,
                      "linger.ms",
                      0,
                      "max.block.ms",
                      1000)) {
            // Kafka's producer waits for metadata in the same time.
            await().ignoreExceptions().until(() -> producer.partitionsFor(topic).size() == 1);
            Future<RecordMetadata> first =
                producer.send(new ProducerRecord<>(topic, 0, "k", "v".repeat(15_000)));
            String second =
                Side.outcome(producer, new ProducerRecord<>(topic, 0, "k", "v".repeat(15_000)));
            return List.of(second, first.get(20, TimeUnit.SECONDS).partition() + " is stored");
          }
        });
    assertThat(outcomes)
        .containsExactly(
            "failed BufferExhaustedException, heard [BufferExhaustedException 0@none at none key -1"
                + " value -1]",
            "0 is stored");
  }

  @Test
  void interruptWhileWaitingForRoomIsThrown(Millrace millrace) throws Exception {
    String outcome =
        same(side -> {
          String topic = side.topic("interrupted");
          millrace.createTopic(topic, 1);
          try (var faults =
                  millrace.faults(
                      Fault.delay(ApiKey.PRODUCE, Duration.ofSeconds(1)).ofTopic(topic));
              Producer<String, String> producer =
                  side.texts(broker.kafka(), "buffer.memory", 20_000, "linger.ms", 0)) {
            producer.send(new ProducerRecord<>(topic, 0, "k", "v".repeat(15_000)));
            FutureTask<String> sender =
                new FutureTask<>(() -> {
                  Thread.currentThread().interrupt();
                  String end =
                      Side.outcome(
                          producer, new ProducerRecord<>(topic, 0, "k", "v".repeat(15_000)));
                  return end + ", interrupted: " + Thread.interrupted();
                });
            new Thread(sender).start();
            return sender.get(20, TimeUnit.SECONDS);
          }
        });
    assertThat(outcome).isEqualTo("thrown InterruptException, heard [], interrupted: true");
  }

  @Test
  void recordOfAProducerThatIsClosedForcefullyFails(Millrace millrace) throws Exception {
    String outcome =
        same(side -> {
          String topic = side.topic("forced");
          millrace.createTopic(topic, 1);
          try (var faults = millrace.faults(Fault.dropRequest(ApiKey.PRODUCE).ofTopic(topic))) {
            Producer<String, String> producer = side.texts(broker.kafka());
            Future<RecordMetadata> sent = producer.send(new ProducerRecord<>(topic, 0, "k", "v"));
            producer.close(Duration.ofMillis(100));
            try {
              return Side.said(sent.get(20, TimeUnit.SECONDS));
            } catch (ExecutionException e) {
              return e.getCause().getClass().getName();
            }
          }
        });
    assertThat(outcome).isEqualTo("org.apache.kafka.common.KafkaException");
  }
}
