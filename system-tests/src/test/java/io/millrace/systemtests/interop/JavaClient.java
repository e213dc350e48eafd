package io.millrace.systemtests.interop;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Uses a broker by whatever version of kafka-clients is on the class path; says what it saw. */
final class JavaClient {

  private static final String TOPIC = "old-client";
  private static final int RECORDS = 500;
  private static final Duration POLL = Duration.ofMillis(200);

  private JavaClient() {}

  public static void main(String[] arguments) throws Exception {
    String bootstrap = arguments[0];
    System.out.println("client " + version());
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      admin.createTopics(List.of(new NewTopic(TOPIC, 4, (short) 1))).all().get();
      for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
        Set<String> sent = produce(bootstrap, codec);
        int there = 0;
        for (String value : consume(bootstrap, RECORDS)) {
          there += sent.contains(value) ? 1 : 0;
        }
        System.out.println(codec + " " + there + " of " + sent.size());
      }
      long committed =
          admin
              .listConsumerGroupOffsets("old-group")
              .partitionsToOffsetAndMetadata()
              .get()
              .values()
              .stream()
              .mapToLong(offset -> offset.offset())
              .sum();
      System.out.println("committed " + committed);
      System.out.println("from a time on " + fromATimeOn(bootstrap, admin));
    }
  }

  private static String version() throws IOException {
    Properties properties = new Properties();
    try (InputStream in = Admin.class.getResourceAsStream("/kafka/kafka-version.properties")) {
      properties.load(in);
    }
    return properties.getProperty("version");
  }

  private static Set<String> produce(String bootstrap, String codec) {
    Set<String> sent = new HashSet<>();
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                bootstrap,
                "compression.type",
                codec,
                "acks",
                "all",
                "enable.idempotence",
                "true"),
            new StringSerializer(),
            new StringSerializer())) {
      for (int i = 0; i < RECORDS; i++) {
        String value = codec + " " + i;
        producer.send(new ProducerRecord<>(TOPIC, "key-" + i, value));
        sent.add(value);
      }
    }
    return sent;
  }

  private static Set<String> consume(String bootstrap, int wanted) {
    Set<String> read = new HashSet<>();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers", bootstrap,
                "group.id", "old-group",
                "enable.auto.commit", "false",
                "auto.offset.reset", "earliest"),
            new StringDeserializer(),
            new StringDeserializer())) {
      consumer.subscribe(List.of(TOPIC));
      long giveUp = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (read.size() < wanted && System.nanoTime() < giveUp) {
        for (ConsumerRecord<String, String> one : consumer.poll(POLL)) {
          read.add(one.value());
        }
      }
      consumer.commitSync();
    }
    return read;
  }

  private static long fromATimeOn(String bootstrap, Admin admin)
      throws InterruptedException, ExecutionException {
    TopicPartition partition = new TopicPartition(TOPIC, 0);
    long time = System.currentTimeMillis() + 5000;
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap),
            new StringSerializer(),
            new StringSerializer())) {
      producer.send(new ProducerRecord<>(TOPIC, 0, time, "late", "late")).get();
    }
    long found =
        admin
            .listOffsets(Map.of(partition, OffsetSpec.forTimestamp(time)))
            .partitionResult(partition)
            .get()
            .offset();
    long end =
        admin
            .listOffsets(Map.of(partition, OffsetSpec.latest()))
            .partitionResult(partition)
            .get()
            .offset();
    return end - found;
  }
}
