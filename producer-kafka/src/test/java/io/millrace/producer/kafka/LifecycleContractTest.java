package io.millrace.producer.kafka;

import static io.millrace.producer.kafka.Side.same;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.junit.MillraceExtension;
import io.millrace.server.Fault;
import io.millrace.server.Millrace;
import io.millrace.wire.ApiKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Opening, flushing, closing and the calls beside sending, of Kafka's producer and of ours. */
@ExtendWith(MillraceExtension.class)
class LifecycleContractTest {

  @Test
  void configurationThatCannotBeIsRefused() throws Exception {
    List<Map<String, Object>> wrong =
        List.of(
            Map.of(),
            Map.of("bootstrap.servers", ""),
            Side.configs("127.0.0.1:1", "acks", "3"),
            Side.configs("127.0.0.1:1", "acks", "1", "enable.idempotence", true),
            Side.configs("127.0.0.1:1", "retries", 0, "enable.idempotence", true),
            Side.configs("127.0.0.1:1", "linger.ms", "soon"),
            Side.configs("127.0.0.1:1", "compression.type", "rar"),
            Side.configs("127.0.0.1:1", "delivery.timeout.ms", 10, "request.timeout.ms", 20),
            Side.configs("127.0.0.1:1", "interceptor.classes", "no.such.Class"),
            Side.configs("127.0.0.1:1", "partitioner.class", String.class));
    for (Map<String, Object> configs : wrong) {
      for (Side side : Side.values()) {
        assertThatExceptionOfType(KafkaException.class)
            .as("%s with %s", side, configs)
            .isThrownBy(
                () -> side.open(configs, new StringSerializer(), new StringSerializer()).close());
      }
    }
    for (Side side : Side.values()) {
      assertThatExceptionOfType(ConfigException.class)
          .as("%s without serializers", side)
          .isThrownBy(() -> side.open(Side.configs("127.0.0.1:1")).close());
    }
  }

  @Test
  void whatKafkaTakesIsTakenThoughItIsOdd(Millrace millrace) throws Exception {
    millrace.createTopic("odd", 1);
    for (Side side : Side.values()) {
      try (Producer<String, String> producer =
          side.texts(
              millrace.kafka(),
              "batch.size",
              3_000_000,
              "max.request.size",
              2_000_000,
              "reconnect.backoff.max.ms",
              20,
              "linger.ms",
              "7",
              "acks",
              "1",
              "group.id",
              "of a consumer",
              "schema.registry.url",
              "http://127.0.0.1:1",
              "metrics.num.samples",
              3,
              "request.timeout.ms",
              200_000)) {
        assertThat(Side.outcome(producer, new ProducerRecord<>("odd", "v")))
            .as(side.name())
            .isEqualTo("stored, heard [stored]");
      }
    }
  }

  @Test
  void propertiesDoAsWellAsAMap(Millrace millrace) throws Exception {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", millrace.kafka());
    properties.put("key.serializer", StringSerializer.class.getName());
    properties.put("value.serializer", StringSerializer.class);
    try (Producer<String, String> producer = new MillraceProducer<>(properties)) {
      assertThat(producer.send(new ProducerRecord<>("properties", "v")).get().offset()).isZero();
    }
  }

  @Test
  void librdkafkasNamesAreTakenToo(Millrace millrace) throws Exception {
    try (MillraceProducer<String, String> producer =
        new MillraceProducer<>(
            Side.configs(millrace.kafka(), "queue.buffering.max.ms", 1, "partitioner", "fnv1a"),
            new StringSerializer(),
            new StringSerializer())) {
      assertThat(producer.producer().describeSettings().stream().map(Object::toString))
          .contains(
              "linger.ms=1 (set)",
              "partitioner=fnv1a (set)",
              "max.block.ms=60000 (set)",
              "queue.buffering.max.messages=0 (profile)",
              "delivery.timeout.ms=120000 (profile)");
    }
  }

  @Test
  void whatWouldBeDangerousToLeaveOutIsRefused() {
    for (String name :
        List.of("sasl.login.class", "ssl.engine.factory.class", "security.providers")) {
      assertThatExceptionOfType(KafkaException.class)
          .isThrownBy(() -> Side.MILLRACE.texts("127.0.0.1:1", name, "java.lang.String").close())
          .withMessageContaining(name);
    }
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> Side.MILLRACE.texts("127.0.0.1:1", "delivery.dispatch", "poll").close());
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(
            () -> Side.MILLRACE.texts("127.0.0.1:1", "delivery.report.only.error", "true").close());
  }

  @Test
  void closedProducerTakesNothing(Millrace millrace) throws Exception {
    List<String> ends =
        same(side -> {
          Producer<String, String> producer = side.texts(millrace.kafka());
          producer.close();
          producer.close();
          producer.close(Duration.ZERO);
          return List.of(
              Side.outcome(producer, new ProducerRecord<>("closed", "v")),
              Side.end(() -> producer.partitionsFor("closed")),
              Side.end(() -> {
                producer.flush();
                return "flushed";
              }));
        });
    assertThat(ends)
        .containsExactly(
            "thrown IllegalStateException, heard []", "thrown KafkaException", "flushed");
  }

  @Test
  void timeToCloseIsNotNegative(Millrace millrace) throws Exception {
    same(side -> {
      try (Producer<String, String> producer = side.texts(millrace.kafka())) {
        return Side.end(() -> {
          producer.close(Duration.ofMillis(-1));
          return "closed";
        });
      }
    });
  }

  @Test
  void closeWaitsForWhatWasSent(Millrace millrace) throws Exception {
    same(side -> {
      Producer<String, String> producer = side.texts(millrace.kafka(), "linger.ms", 60_000);
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        sent.add(producer.send(new ProducerRecord<>("waited", "v")));
      }
      producer.close();
      return sent.stream().filter(Future::isDone).count();
    });
  }

  @Test
  @Timeout(30)
  void callbackMayCloseAndMustNotFlush(Millrace millrace) throws Exception {
    String end =
        same(side -> {
          Producer<String, String> producer = side.texts(millrace.kafka());
          CompletableFuture<String> heard = new CompletableFuture<>();
          producer.send(
              new ProducerRecord<>("inside", "v"),
              (metadata, e) -> {
                String flush =
                    Side.end(() -> {
                      producer.flush();
                      return "flushed";
                    });
                producer.close();
                heard.complete(flush);
              });
          return heard.get();
        });
    assertThat(end).isEqualTo("thrown KafkaException");
  }

  @Test
  void flushSendsWhatLingersAndWaitsForIt(Millrace millrace) throws Exception {
    long done =
        same(side -> {
          try (Producer<String, String> producer =
              side.texts(millrace.kafka(), "linger.ms", 100_000)) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
              sent.add(producer.send(new ProducerRecord<>("flushed", "key " + i, "v")));
            }
            producer.flush();
            return sent.stream().filter(Future::isDone).count();
          }
        });
    assertThat(done).isEqualTo(500);
  }

  @Test
  @Timeout(60)
  void flushDoesNotWaitForWhatIsSentMeanwhile(Millrace millrace) throws Exception {
    millrace.createTopic("meanwhile", 1);
    for (Side side : Side.values()) {
      try (Producer<String, String> producer = side.texts(millrace.kafka(), "linger.ms", 1)) {
        AtomicBoolean stop = new AtomicBoolean();
        Thread other =
            new Thread(() -> {
              while (!stop.get()) {
                producer.send(new ProducerRecord<>("meanwhile", "v"));
              }
            });
        other.start();
        try {
          for (int i = 0; i < 20; i++) {
            Future<RecordMetadata> mine = producer.send(new ProducerRecord<>("meanwhile", "v"));
            producer.flush();
            assertThat(mine.isDone()).as(side.name()).isTrue();
          }
        } finally {
          stop.set(true);
          other.join();
        }
      }
    }
  }

  @Test
  void flushThatIsInterruptedThrows(Millrace millrace) throws Exception {
    String end =
        same(side -> {
          String topic = side.topic("stalled");
          millrace.createTopic(topic, 1);
          try (var faults =
                  millrace.faults(
                      Fault.delay(ApiKey.PRODUCE, Duration.ofMillis(500)).ofTopic(topic));
              Producer<String, String> producer = side.texts(millrace.kafka())) {
            producer.send(new ProducerRecord<>(topic, "v"));
            Thread.currentThread().interrupt();
            String thrown =
                Side.end(() -> {
                  producer.flush();
                  return "flushed";
                });
            return thrown + ", interrupted: " + Thread.interrupted();
          }
        });
    assertThat(end).isEqualTo("thrown InterruptException, interrupted: true");
  }

  @Test
  void partitionsAreDescribedAlike(Millrace millrace) throws Exception {
    millrace.createTopic("described", 3);
    String described =
        same(side -> {
          try (Producer<String, String> producer = side.texts(millrace.kafka())) {
            return producer.partitionsFor("described").stream()
                .sorted(java.util.Comparator.comparingInt(one -> one.partition()))
                .toList()
                .toString();
          }
        });
    assertThat(described).contains("partition = 2").contains("leader = ");
  }

  @Test
  void partitionsForMakesATopicOrFails(Millrace millrace) throws Exception {
    List<String> ends =
        same(side -> {
          try (Producer<String, String> producer =
              side.texts(millrace.kafka(), "max.block.ms", 3000)) {
            return List.of(
                Side.end(() -> producer.partitionsFor(side.topic("made")).size()),
                Side.end(() -> producer.partitionsFor("a wrong name/")));
          }
        });
    assertThat(ends).containsExactly("1", "thrown InvalidTopicException");
  }

  @Test
  void transactionsWantAnId(Millrace millrace) throws Exception {
    List<String> ends =
        same(side -> {
          try (Producer<String, String> producer = side.texts(millrace.kafka())) {
            List<Runnable> calls =
                List.of(
                    producer::initTransactions,
                    producer::beginTransaction,
                    producer::commitTransaction,
                    producer::abortTransaction,
                    () ->
                        producer.sendOffsetsToTransaction(
                            Map.of(new TopicPartition("t", 0), new OffsetAndMetadata(1)),
                            new ConsumerGroupMetadata("group")));
            return calls.stream()
                .map(call ->
                    Side.end(() -> {
                      call.run();
                      return "done";
                    }))
                .toList();
          }
        });
    assertThat(ends).containsOnly("thrown IllegalStateException").hasSize(5);
  }

  @Test
  void clientInstanceIdWantsMetricsToBeSent(Millrace millrace) throws Exception {
    List<String> ends =
        same(side -> {
          try (Producer<String, String> producer =
              side.texts(millrace.kafka(), "enable.metrics.push", false)) {
            return List.of(Side.end(() -> producer.clientInstanceId(Duration.ofSeconds(1))));
          }
        });
    assertThat(ends).containsExactly("thrown IllegalStateException");
  }

  @Test
  void sendOfOneThreadDoesNotWaitForACallbackOfAnother(Millrace millrace) throws Exception {
    CompletableFuture<Void> go = new CompletableFuture<>();
    try (Producer<String, String> producer = Side.MILLRACE.texts(millrace.kafka())) {
      producer.send(new ProducerRecord<>("slow", "v"), (metadata, e) -> go.join());
      Future<RecordMetadata> second = producer.send(new ProducerRecord<>("slow", "v"));
      go.complete(null);
      assertThat(second.get(20, TimeUnit.SECONDS).hasOffset()).isTrue();
    }
  }
}
