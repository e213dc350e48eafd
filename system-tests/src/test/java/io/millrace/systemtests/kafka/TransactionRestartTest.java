package io.millrace.systemtests.kafka;

import static io.millrace.systemtests.kafka.BrokerTest.done;
import static io.millrace.systemtests.kafka.BrokerTest.eventually;
import static io.millrace.systemtests.kafka.BrokerTest.map;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.wire.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

/** What is known of transactions after the broker has stopped and started. */
@OverOneAndTwoShards
class TransactionRestartTest extends RestartTest {

  @Test
  void whatWasAbortedStaysAborted() throws Exception {
    String topic = topic(1);
    try (KafkaProducer<String, String> producer = producer("id", Map.of())) {
      transaction(producer, topic, "no", false);
      transaction(producer, topic, "yes", true);
      transaction(producer, topic, "never", false);
    }
    restart();
    assertThat(committed(topic)).containsExactly("yes");
    restart();
    assertThat(committed(topic)).containsExactly("yes");
  }

  @Test
  void openTransactionGoesOnAfterARestart() throws Exception {
    String topic = topic(1);
    RawConnection connection = connect();
    TransactionProducer producer = new TransactionProducer("id");
    producer.init(connection);
    producer.append(connection, 12, topic, 0, 0);
    restart();
    assertThat(committed(topic)).isEmpty();
    connection = connect();
    assertThat(producer.append(connection, 12, topic, 0, 1)).isEqualTo(ErrorCode.NONE);
    assertThat(producer.end(connection, 5, true)).isEqualTo(ErrorCode.NONE);
    assertThat(committed(topic)).hasSize(2);
  }

  @Test
  void transactionThatWasOpenForTooLongIsAbortedAfterARestart() throws Exception {
    String topic = topic(1);
    RawConnection connection = connect();
    TransactionProducer producer = new TransactionProducer("id");
    producer.timeoutMs = 500;
    producer.init(connection);
    producer.append(connection, 12, topic, 0, 0);
    restart();
    Admin admin = admin();
    eventually()
        .until(() ->
            done(admin.describeTransactions(List.of("id")).description("id")).state()
                == TransactionState.COMPLETE_ABORT);
    assertThat(producer.end(connect(), 5, true)).isEqualTo(ErrorCode.PRODUCER_FENCED);
    assertThat(committed(topic)).isEmpty();
  }

  private void transaction(
      KafkaProducer<String, String> producer, String topic, String value, boolean commit) {
    producer.beginTransaction();
    producer.send(new ProducerRecord<>(topic, 0, "key", value));
    producer.flush();
    if (commit) {
      producer.commitTransaction();
    } else {
      producer.abortTransaction();
    }
  }

  private KafkaProducer<String, String> producer(String id, Map<String, ?> more) {
    Map<String, Object> settings = map("transactional.id", id);
    settings.putAll(more);
    KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            BrokerTest.clientSettings(broker(), settings),
            new StringSerializer(),
            new StringSerializer());
    producer.initTransactions();
    return producer;
  }

  private List<String> committed(String topic) {
    Map<String, Object> settings = map("isolation.level", "read_committed");
    try (KafkaConsumer<String, String> reader =
        new KafkaConsumer<>(
            BrokerTest.clientSettings(broker(), settings),
            new StringDeserializer(),
            new StringDeserializer())) {
      TopicPartition partition = new TopicPartition(topic, 0);
      reader.assign(List.of(partition));
      reader.seekToBeginning(List.of(partition));
      long end = reader.endOffsets(List.of(partition)).get(partition);
      List<String> values = new ArrayList<>();
      eventually()
          .until(() -> {
            reader.poll(Duration.ofMillis(20)).forEach(record -> values.add(record.value()));
            return reader.position(partition) >= end;
          });
      return values;
    }
  }
}
