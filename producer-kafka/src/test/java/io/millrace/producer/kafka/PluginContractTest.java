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
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.producer.Partitioner;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Interceptors, serializers and partitioners, called by Kafka's producer and by ours. */
@ExtendWith(MillraceExtension.class)
class PluginContractTest {

  /** What the classes below have seen, since the scenario began. */
  private static final List<String> SEEN = Collections.synchronizedList(new ArrayList<>());

  private static String shown(Headers headers) {
    List<String> all = new ArrayList<>();
    headers.forEach(one -> all.add(one.key()));
    return all.toString();
  }

  /** Puts a mark on each record, and writes down what it sees. */
  public static class Marking implements ProducerInterceptor<String, String> {
    private String name = "unnamed";

    @Override
    public void configure(Map<String, ?> configs) {
      name = String.valueOf(configs.get("marking.name"));
      SEEN.add("configured " + name + ", client.id known: " + configs.containsKey("client.id"));
    }

    @Override
    public ProducerRecord<String, String> onSend(ProducerRecord<String, String> record) {
      ProducerRecord<String, String> marked =
          new ProducerRecord<>(
              record.topic(),
              record.partition(),
              record.timestamp(),
              record.key(),
              record.value() + "!",
              record.headers());
      marked.headers().add("seen", null);
      return marked;
    }

    @Override
    public void onAcknowledgement(RecordMetadata metadata, Exception e, Headers headers) {
      SEEN.add(
          name
              + " heard "
              + Side.said(metadata)
              + (e == null ? "" : " " + Side.name(e))
              + " "
              + shown(headers));
    }

    @Override
    public void close() {
      SEEN.add("closed " + name);
    }
  }

  /** Fails at everything. */
  public static class Failing implements ProducerInterceptor<String, String> {
    @Override
    public void configure(Map<String, ?> configs) {}

    @Override
    public ProducerRecord<String, String> onSend(ProducerRecord<String, String> record) {
      throw new IllegalStateException("on purpose");
    }

    @Override
    public void onAcknowledgement(RecordMetadata metadata, Exception e) {
      throw new IllegalStateException("on purpose");
    }

    @Override
    public void close() {}
  }

  @Test
  void interceptorsSeeRecordsAndTheirEnds(Millrace millrace) throws Exception {
    List<String> seen =
        same(side -> {
          SEEN.clear();
          String topic = side.topic("intercepted");
          millrace.createTopic(topic, 1);
          try (Producer<String, String> producer =
              side.texts(
                  millrace.kafka(),
                  "interceptor.classes",
                  List.of(Failing.class, Marking.class),
                  "marking.name",
                  "m",
                  "max.request.size",
                  1500)) {
            SEEN.add(Side.outcome(producer, new ProducerRecord<>(topic, 0, 1L, "k", "v")));
            SEEN.add(Side.outcome(producer, new ProducerRecord<>(topic, "k", "v".repeat(3000))));
          }
          SEEN.add(
              new String(
                  Side.read(millrace.kafka(), topic, 0, 1).get(0).value(), StandardCharsets.UTF_8));
          return List.copyOf(SEEN);
        });
    assertThat(seen)
        .containsExactly(
            "configured m, client.id known: true",
            "m heard 0@0 at 1 key 1 value 2 [seen]",
            "stored, heard [stored]",
            "m heard -1@none at none key -1 value -1 RecordTooLargeException [seen]",
            "failed RecordTooLargeException, heard [RecordTooLargeException -1@none at none key -1"
                + " value -1]",
            "closed m",
            "v!");
  }

  /** Adds a header, and refuses some texts. */
  public static class Choosy implements Serializer<Object> {
    private boolean forKeys;

    @Override
    public void configure(Map<String, ?> configs, boolean isKey) {
      forKeys = isKey;
      SEEN.add("configured with " + configs.get("choosy.about") + ", for keys: " + isKey);
    }

    @Override
    public byte[] serialize(String topic, Object what) {
      throw new IllegalStateException("called without headers");
    }

    @Override
    public byte[] serialize(String topic, Headers headers, Object what) {
      if ("unserializable".equals(what)) {
        throw new SerializationException("on purpose");
      }
      if ("broken".equals(what)) {
        throw new IllegalArgumentException("on purpose");
      }
      headers.add(forKeys ? "key" : "value", null);
      return ((String) what).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
      SEEN.add("closed, for keys: " + forKeys);
    }
  }

  @Test
  void serializersAreConfiguredAndHeardWhenTheyThrow(Millrace millrace) throws Exception {
    List<String> seen =
        same(side -> {
          SEEN.clear();
          String topic = side.topic("serialized");
          millrace.createTopic(topic, 1);
          try (Producer<Object, Object> producer =
              side.open(
                  Side.configs(
                      millrace.kafka(),
                      "key.serializer",
                      Choosy.class.getName(),
                      "value.serializer",
                      Choosy.class,
                      "choosy.about",
                      "words"))) {
            for (Object value : List.of("fine", "unserializable", "broken", 7)) {
              SEEN.add(
                  Side.end(
                      () -> producer.send(new ProducerRecord<>(topic, "k", value)).get().offset()));
            }
          }
          SEEN.add(shown(Side.read(millrace.kafka(), topic, 0, 1).get(0).headers()));
          return List.copyOf(SEEN);
        });
    assertThat(seen)
        .containsExactly(
            "configured with words, for keys: true",
            "configured with words, for keys: false",
            "0",
            "thrown SerializationException",
            "thrown IllegalArgumentException",
            "thrown SerializationException",
            "closed, for keys: true",
            "closed, for keys: false",
            "[key, value]");
  }

  /** Goes by the key's text, and writes down the cluster it is shown. */
  public static class ByNumber implements Partitioner {
    @Override
    public void configure(Map<String, ?> configs) {}

    @Override
    public int partition(
        String topic, Object key, byte[] keyBytes, Object value, byte[] bytes, Cluster cluster) {
      SEEN.add(
          key
              + " of "
              + cluster.partitionCountForTopic(topic)
              + ", available "
              + cluster.availablePartitionsForTopic(topic).size()
              + ", nodes "
              + cluster.nodes().size()
              + ", leader has a port: "
              + (Objects.requireNonNull(
                          cluster.leaderFor(new org.apache.kafka.common.TopicPartition(topic, 0)))
                      .port()
                  > 0)
              + ", cluster named: "
              + (cluster.clusterResource().clusterId() != null)
              + ", bytes "
              + keyBytes.length
              + "/"
              + bytes.length);
      return Integer.parseInt((String) key);
    }

    @Override
    public void close() {
      SEEN.add("closed");
    }
  }

  @Test
  void partitionerSeesTheClusterAndChooses(Millrace millrace) throws Exception {
    List<String> seen =
        same(side -> {
          SEEN.clear();
          String topic = side.topic("chosen");
          millrace.createTopic(topic, 3);
          try (Producer<String, String> producer =
              side.texts(millrace.kafka(), "partitioner.class", ByNumber.class.getName())) {
            for (String key : List.of("2", "0", "-1", "x")) {
              SEEN.add(
                  Side.end(() ->
                      producer.send(new ProducerRecord<>(topic, key, "v")).get().partition()));
            }
            SEEN.add(
                Side.end(() ->
                    producer.send(new ProducerRecord<>(topic, 1, "x", "v")).get().partition()));
          }
          return List.copyOf(SEEN);
        });
    assertThat(seen)
        .startsWith(
            "2 of 3, available 3, nodes 1, leader has a port: true, cluster named: true, bytes 1/1",
            "2")
        .endsWith("thrown NumberFormatException", "1", "closed")
        .contains("thrown IllegalArgumentException");
  }

  @Test
  void roundRobinPartitionerGoesRound(Millrace millrace) throws Exception {
    List<Set<Integer>> rounds =
        same(side -> {
          String topic = side.topic("round");
          millrace.createTopic(topic, 5);
          List<Set<Integer>> all = new ArrayList<>();
          try (Producer<String, String> producer =
              side.texts(millrace.kafka(), "partitioner.class", RoundRobinPartitioner.class)) {
            for (int i = 0; i < 20; i++) {
              if (i % 5 == 0) {
                all.add(new TreeSet<>());
              }
              int partition =
                  producer.send(new ProducerRecord<>(topic, "same", "v")).get().partition();
              all.get(i / 5).add(partition);
            }
          }
          return all;
        });
    assertThat(rounds).hasSize(4).containsOnly(Set.of(0, 1, 2, 3, 4));
  }

  @Test
  void partitionerOfATopicThatNobodyMakesTimesOut() throws Exception {
    try (Millrace strict = Millrace.inMemory().set("auto.create.topics.enable", "false").start();
        Producer<String, String> producer =
            Side.MILLRACE.open(
                Side.configs(
                    strict.kafka(), "partitioner.class", ByNumber.class, "max.block.ms", 300),
                new StringSerializer(),
                new StringSerializer())) {
      assertThat(Side.outcome(producer, new ProducerRecord<>("nobody", "1", "v")))
          .isEqualTo(
              "failed TimeoutException, heard [TimeoutException -1@none at none key -1 value -1]");
    }
  }
}
