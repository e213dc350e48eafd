package io.millrace.systemtests.sample;

import io.millrace.producer.GroupMember;
import io.millrace.producer.GroupOffset;
import io.millrace.producer.Producer;
import io.millrace.producer.ProducerException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Transactions: with the helper, by hand, and from topic to topic. */
final class ExactlyOnce {

  private ExactlyOnce() {}

  static void inTransaction(String servers, byte[] order, byte[] entry)
      throws InterruptedException {
    // sample: in-transaction
    Map<String, Object> settings =
        Map.of("bootstrap.servers", servers, "transactional.id", "billing-1");
    try (Producer producer = Producer.open(settings)) {
      producer.initTransactions(Duration.ofSeconds(30)); // once, before all else
      producer.inTransaction(
          3, // runs at most
          Duration.ofSeconds(30),
          () -> {
            producer.produce("orders", null, order);
            producer.produce("ledger", null, entry);
            return true; // now it is committed: both show, or none
          });
    }
    // end
  }

  static void byHand(Producer producer, byte[] order) throws InterruptedException {
    // sample: by-hand
    producer.beginTransaction();
    try {
      producer.produce("orders", null, order);
      producer.commitTransaction(Duration.ofSeconds(30));
    } catch (ProducerException e) {
      if (e.error().txnRequiresAbort()) {
        producer.abortTransaction(Duration.ofSeconds(30)); // and begin anew
      } else if (e.error().retriable()) {
        producer.commitTransaction(Duration.ofSeconds(30)); // the same call: it goes on
      } else {
        producer.close(); // fenced, or refused for good
        throw e;
      }
    }
    // end
  }

  static void copy(String servers, UnaryOperator<byte[]> work, int wanted)
      throws InterruptedException {
    // sample: from-topic-to-topic
    Map<String, Object> reading =
        Map.of(
            "bootstrap.servers", servers,
            "group.id", "copier",
            "isolation.level", "read_committed",
            "enable.auto.commit", false, // the transaction moves the offsets
            "auto.offset.reset", "earliest");
    Map<String, Object> writing =
        Map.of("bootstrap.servers", servers, "transactional.id", "copier-1");
    Duration wait = Duration.ofSeconds(30);
    try (Producer producer = Producer.open(writing);
        var consumer =
            new KafkaConsumer<>(
                reading, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      producer.initTransactions(wait); // what an earlier copier left open is aborted
      consumer.subscribe(List.of("in"));
      int copied = 0;
      while (copied < wanted) {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(200));
        if (records.isEmpty()) {
          continue;
        }
        var member = consumer.groupMetadata();
        producer.inTransaction(
            3,
            wait,
            () -> {
              for (ConsumerRecord<byte[], byte[]> record : records) {
                producer.produce("out", record.key(), work.apply(record.value()));
              }
              List<GroupOffset> offsets = new ArrayList<>();
              for (TopicPartition one : records.partitions()) {
                var last = records.records(one).get(records.records(one).size() - 1);
                offsets.add(new GroupOffset(one.topic(), one.partition(), last.offset() + 1));
              }
              producer.sendOffsetsToTransaction(
                  offsets,
                  new GroupMember(
                      member.groupId(),
                      member.generationId(),
                      member.memberId(),
                      member.groupInstanceId().orElse(null)),
                  wait);
              return true;
            });
        copied += records.count();
      }
    }
    // end
  }
}
