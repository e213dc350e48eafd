package io.millrace.producer.kafka;

import static io.millrace.producer.kafka.Side.same;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.junit.MillraceExtension;
import io.millrace.server.Millrace;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is stored and what is said of it, by Kafka's producer and by ours. */
@ExtendWith(MillraceExtension.class)
class SendContractTest {

  private static String address(Millrace millrace) {
    return millrace.kafka();
  }

  @Test
  void metadataSaysWhereWhenAndHowLarge(Millrace millrace) throws Exception {
    List<String> said =
        same(side -> {
          String topic = side.topic("metadata");
          millrace.createTopic(topic, 3);
          List<String> all = new ArrayList<>();
          try (Producer<String, String> producer = side.texts(address(millrace))) {
            for (ProducerRecord<String, String> record :
                List.of(
                    new ProducerRecord<>(topic, 1, 1_700_000_000_000L, "key", "a value"),
                    new ProducerRecord<>(topic, 1, 5L, "", ""),
                    new ProducerRecord<>(topic, 1, 6L, (String) null, "ä"),
                    new ProducerRecord<>(topic, 2, 0L, "tombstone", (String) null))) {
              all.add(Side.said(producer.send(record).get()));
            }
          }
          return all;
        });
    assertThat(said)
        .containsExactly(
            "1@0 at 1700000000000 key 3 value 7",
            "1@1 at 5 key 0 value 0",
            "1@2 at 6 key -1 value 2",
            "2@0 at 0 key 9 value -1");
  }

  @Test
  void recordWithoutATimeGetsThePresent(Millrace millrace) throws Exception {
    millrace.createTopic("present", 1);
    for (Side side : Side.values()) {
      try (Producer<String, String> producer = side.texts(address(millrace))) {
        long before = System.currentTimeMillis();
        RecordMetadata metadata = producer.send(new ProducerRecord<>("present", "v")).get();
        assertThat(metadata.timestamp())
            .as(side.name())
            .isBetween(before - 1000, System.currentTimeMillis() + 1000);
      }
    }
  }

  @Test
  void timeIsTheBrokersWhereTheTopicStampsAppends(Millrace millrace) throws Exception {
    millrace.createTopic("stamped", 1, Map.of("message.timestamp.type", "LogAppendTime"));
    for (Side side : Side.values()) {
      try (Producer<String, String> producer = side.texts(address(millrace))) {
        RecordMetadata metadata =
            producer.send(new ProducerRecord<>("stamped", 0, 7L, "k", "v")).get();
        assertThat(metadata.timestamp()).as(side.name()).isGreaterThan(1_700_000_000_000L);
      }
    }
  }

  @Test
  void nobodyKnowsTheOffsetWithoutAcks(Millrace millrace) throws Exception {
    String said =
        same(side -> {
          millrace.createTopic(side.topic("acks0"), 1);
          try (Producer<String, String> producer =
              side.texts(address(millrace), "acks", "0", "enable.idempotence", false)) {
            return Side.said(
                producer.send(new ProducerRecord<>(side.topic("acks0"), 0, 3L, "k", "v")).get());
          }
        });
    assertThat(said).isEqualTo("0@none at 3 key 1 value 1");
  }

  @Test
  void headersKeepOrderDuplicatesAndNulls(Millrace millrace) throws Exception {
    List<String> read =
        same(side -> {
          String topic = side.topic("headers");
          millrace.createTopic(topic, 1);
          try (Producer<String, String> producer = side.texts(address(millrace))) {
            ProducerRecord<String, String> record = new ProducerRecord<>(topic, "k", "v");
            record
                .headers()
                .add("b", "1".getBytes(StandardCharsets.UTF_8))
                .add("a", null)
                .add("b", new byte[0])
                .add("", "ö".getBytes(StandardCharsets.UTF_8))
                .add("b", "1".getBytes(StandardCharsets.UTF_8));
            producer.send(record).get();
            List<String> all = new ArrayList<>();
            for (Header header :
                Side.read(address(millrace), topic, 0, 1).get(0).headers().toArray()) {
              byte[] value = header.value();
              all.add(
                  header.key()
                      + "="
                      + (value == null ? "null" : new String(value, StandardCharsets.UTF_8)));
            }
            all.add(Side.end(() -> record.headers().add("late", null)));
            return all;
          }
        });
    assertThat(read)
        .containsExactly("b=1", "a=null", "b=", "=ö", "b=1", "thrown IllegalStateException");
  }

  @Test
  void callbackRunsOnceAndBeforeTheFutureIsDone(Millrace millrace) throws Exception {
    List<String> heard =
        same(side -> {
          String topic = side.topic("callback");
          millrace.createTopic(topic, 1);
          List<String> all = Collections.synchronizedList(new ArrayList<>());
          try (Producer<String, String> producer = side.texts(address(millrace))) {
            AtomicReference<Future<RecordMetadata>> sent = new AtomicReference<>();
            CountDownLatch told = new CountDownLatch(1);
            sent.set(
                producer.send(
                    new ProducerRecord<>(topic, 0, 1L, "k", "v"),
                    (metadata, e) -> {
                      try {
                        told.await();
                      } catch (InterruptedException interrupted) {
                        throw new IllegalStateException(interrupted);
                      }
                      all.add("called " + Side.said(metadata) + " " + e);
                      all.add("done then: " + sent.get().isDone());
                    }));
            told.countDown();
            sent.get().get();
            all.add("cancelled: " + sent.get().cancel(true) + " " + sent.get().isCancelled());
          }
          return List.copyOf(all);
        });
    assertThat(heard)
        .containsExactly(
            "called 0@0 at 1 key 1 value 1 null", "done then: false", "cancelled: false false");
  }

  @Test
  void callbackThatThrowsHoldsUpNobody(Millrace millrace) throws Exception {
    String outcome =
        same(side -> {
          String topic = side.topic("thrower");
          millrace.createTopic(topic, 1);
          try (Producer<String, String> producer = side.texts(address(millrace))) {
            Future<RecordMetadata> first =
                producer.send(
                    new ProducerRecord<>(topic, 0, 1L, "k", "v"),
                    (metadata, e) -> {
                      throw new IllegalStateException("thrown on purpose");
                    });
            return Side.said(first.get())
                + ", "
                + Side.outcome(producer, new ProducerRecord<>(topic, "k", "v"));
          }
        });
    assertThat(outcome).isEqualTo("0@0 at 1 key 1 value 1, stored, heard [stored]");
  }

  @Test
  void callbacksComeInTheOrderOfAPartition(Millrace millrace) throws Exception {
    List<List<Integer>> orders =
        same(side -> {
          String topic = side.topic("order");
          millrace.createTopic(topic, 3);
          List<List<Integer>> heard =
              List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
          try (Producer<String, String> producer =
              side.texts(address(millrace), "linger.ms", 0, "batch.size", 200)) {
            for (int i = 0; i < 6000; i++) {
              int number = i;
              producer.send(
                  new ProducerRecord<>(topic, i % 3, "k", "v" + i),
                  (metadata, e) -> heard.get(metadata.partition()).add(number));
            }
          }
          return heard;
        });
    assertThat(orders.get(2)).hasSize(2000).isSorted().startsWith(2, 5, 8);
  }

  @Test
  void tenThousandKeysGoToTheSamePartitions(Millrace millrace) throws Exception {
    List<Integer> partitions =
        same(side -> {
          String topic = side.topic("keys");
          millrace.createTopic(topic, 12);
          Random random = new Random(42);
          List<Future<RecordMetadata>> sent = new ArrayList<>();
          try (Producer<byte[], String> producer =
              side.open(
                  Side.configs(address(millrace)),
                  new ByteArraySerializer(),
                  new StringSerializer())) {
            for (int i = 0; i < 10_000; i++) {
              byte[] key = new byte[random.nextInt(24)];
              random.nextBytes(key);
              sent.add(producer.send(new ProducerRecord<>(topic, key, "v")));
            }
          }
          List<Integer> chosen = new ArrayList<>();
          for (Future<RecordMetadata> one : sent) {
            chosen.add(one.get().partition());
          }
          return chosen;
        });
    assertThat(partitions).hasSize(10_000).contains(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
  }

  @Test
  void bytesAreStoredAsTheyWere(Millrace millrace) throws Exception {
    millrace.createTopic("bytes", 1);
    byte[] key = {0, 1, -1};
    byte[] value = new byte[300_000];
    new Random(7).nextBytes(value);
    for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
      try (Producer<byte[], byte[]> producer =
          Side.MILLRACE.open(
              Side.configs(address(millrace), "compression.type", codec),
              new ByteArraySerializer(),
              new ByteArraySerializer())) {
        producer.send(new ProducerRecord<>("bytes", key, value)).get(20, TimeUnit.SECONDS);
      }
    }
    for (ConsumerRecord<byte[], byte[]> record : Side.read(address(millrace), "bytes", 0, 5)) {
      assertThat(record.key()).isEqualTo(key);
      assertThat(record.value()).isEqualTo(value);
    }
  }
}
