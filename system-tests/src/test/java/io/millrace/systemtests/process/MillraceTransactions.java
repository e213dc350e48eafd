package io.millrace.systemtests.process;

import io.millrace.producer.GroupMember;
import io.millrace.producer.GroupOffset;
import io.millrace.producer.Producer;
import io.millrace.producer.ProducerMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * A process that runs transactions of Millrace's producer until it is killed, and says how far it
 * is.
 *
 * <pre>
 * MillraceTransactions write BOOTSTRAP TOPIC PARTITIONS FIRST-NUMBER
 * MillraceTransactions copy BOOTSTRAP FROM TO
 * </pre>
 *
 * A writer says {@code begun N}, {@code committing N}, {@code committed N} or {@code aborted N}, a
 * copier {@code copied OFFSET}.
 */
final class MillraceTransactions {

  static final String GROUP = "copiers";
  static final int MESSAGES_MAX = 7;

  /** How many records a copier takes at a time, at most. */
  static final int POLLED_MAX = 20;

  private static final Duration LONG = Duration.ofSeconds(60);

  private MillraceTransactions() {}

  public static void main(String[] arguments) throws Exception {
    Map<String, Object> settings =
        Map.of("bootstrap.servers", arguments[1], "transactional.id", arguments[0], "linger.ms", 1);
    try (Producer producer = Producer.open(settings)) {
      producer.initTransactions(LONG);
      if (arguments[0].equals("write")) {
        write(
            producer, arguments[2], Integer.parseInt(arguments[3]), Integer.parseInt(arguments[4]));
      } else {
        copy(producer, arguments[1], arguments[2], arguments[3]);
      }
    }
  }

  /** How many messages a transaction has in each partition. */
  static int messages(int transaction) {
    return 1 + transaction % MESSAGES_MAX;
  }

  /** A message says where it belongs, so that a mixed-up buffer would be seen. */
  static String value(String topic, int partition, int transaction, int message) {
    return topic
        + "/"
        + partition
        + "/"
        + transaction
        + "/"
        + message
        + "/"
        + messages(transaction);
  }

  private static void write(Producer producer, String topic, int partitions, int first)
      throws InterruptedException {
    for (int n = first; ; n++) {
      say("begun " + n);
      producer.beginTransaction();
      for (int message = 0; message < messages(n); message++) {
        for (int partition = 0; partition < partitions; partition++) {
          producer.produce(
              ProducerMessage.to(topic)
                  .partition(partition)
                  .value(bytes(value(topic, partition, n, message))));
        }
      }
      if (n % 5 == 0) {
        if (n % 2 == 0) {
          producer.flush(LONG);
        }
        producer.abortTransaction(LONG);
        say("aborted " + n);
      } else {
        say("committing " + n);
        producer.commitTransaction(LONG);
        say("committed " + n);
      }
    }
  }

  private static void copy(Producer producer, String bootstrap, String from, String to)
      throws InterruptedException {
    TopicPartition partition = new TopicPartition(from, 0);
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                bootstrap,
                "group.id",
                GROUP,
                "isolation.level",
                "read_committed",
                "enable.auto.commit",
                false,
                "max.poll.records",
                POLLED_MAX),
            new StringDeserializer(),
            new StringDeserializer())) {
      consumer.assign(List.of(partition));
      OffsetAndMetadata begun = consumer.committed(Set.of(partition)).get(partition);
      consumer.seek(partition, begun == null ? 0 : begun.offset());
      while (true) {
        ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(100));
        if (records.isEmpty()) {
          continue;
        }
        long next = consumer.position(partition);
        producer.inTransaction(() -> {
          for (ConsumerRecord<String, String> record : records) {
            producer.produce(to, null, bytes(to + "/" + record.value()));
          }
          producer.sendOffsetsToTransaction(
              List.of(new GroupOffset(from, 0, next)), GroupMember.of(GROUP), LONG);
          return true;
        });
        say("copied " + next);
      }
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
