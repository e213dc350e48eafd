package io.millrace.systemtests.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.producer.DeliveryReport;
import io.millrace.producer.Producer;
import io.millrace.producer.ProducerMessage;
import io.millrace.producer.TopicMetadata;
import io.millrace.producer.Watermarks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Millrace's own producer sends is what kafka-clients' consumer and admin client see. */
@OverOneAndTwoShards
class OwnProducerTest extends BrokerTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private final List<DeliveryReport> reports = new CopyOnWriteArrayList<>();

  OwnProducerTest() {
    super();
  }

  private Producer open(Object... settings) {
    Map<String, Object> all = new HashMap<>(map(settings));
    all.put("bootstrap.servers", broker().kafka());
    reports.clear();
    return closing(Producer.open(all, reports::add));
  }

  private List<ConsumerRecord<byte[], byte[]>> read(String topic, int partition, int count) {
    KafkaConsumer<byte[], byte[]> consumer = bytesConsumer();
    TopicPartition from = new TopicPartition(topic, partition);
    consumer.assign(List.of(from));
    consumer.seekToBeginning(List.of(from));
    List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
    long end = System.nanoTime() + LONG.toNanos();
    while (all.size() < count && System.nanoTime() < end) {
      consumer.poll(Duration.ofMillis(100)).forEach(all::add);
    }
    assertThat(all).hasSize(count);
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
  void everythingOfAMessageIsReadAsItWasSent(String codec) throws Exception {
    String topic = topic(3);
    byte[] value = ("value ".repeat(100) + "\u0000ÿ").getBytes(UTF_8);
    Producer producer = open("compression.type", codec, "linger.ms", 60_000);
    for (int i = 0; i < 20; i++) {
      producer.produce(
          ProducerMessage.to(topic)
              .partition(1)
              .key(i % 2 == 0 ? null : ("key " + i).getBytes(UTF_8))
              .value(i % 5 == 4 ? null : value)
              .header("same", "first".getBytes(UTF_8))
              .header("same", null)
              .header("same", "third".getBytes(UTF_8))
              .timestamp(1_780_000_000_000L + i)
              .opaque(i));
    }
    assertThat(producer.flush(LONG)).isZero();
    List<ConsumerRecord<byte[], byte[]>> records = read(topic, 1, 20);
    for (int i = 0; i < 20; i++) {
      ConsumerRecord<byte[], byte[]> record = records.get(i);
      assertThat(record.key()).isEqualTo(i % 2 == 0 ? null : ("key " + i).getBytes(UTF_8));
      assertThat(record.value()).isEqualTo(i % 5 == 4 ? null : value);
      assertThat(record.timestamp()).isEqualTo(1_780_000_000_000L + i);
      assertThat(record.timestampType()).isEqualTo(TimestampType.CREATE_TIME);
      assertThat(record.headers().toArray())
          .extracting(Header::key)
          .containsExactly("same", "same", "same");
      assertThat(record.headers().toArray())
          .extracting(Header::value)
          .containsExactly("first".getBytes(UTF_8), null, "third".getBytes(UTF_8));
      DeliveryReport report = reports.get(i);
      assertThat(report.opaque()).isEqualTo(i);
      assertThat(report.topic()).isEqualTo(topic);
      assertThat(report.partition()).isEqualTo(1);
      assertThat(report.offset()).isEqualTo(record.offset());
      assertThat(report.timestamp()).isEqualTo(record.timestamp());
    }
  }

  @Test
  void timeIsTheBrokersWhereTheTopicSaysSo() throws Exception {
    String topic = topic(1, "message.timestamp.type", "LogAppendTime");
    long before = System.currentTimeMillis();
    Producer producer = open();
    producer.produce(ProducerMessage.to(topic).value("v".getBytes(UTF_8)).timestamp(12_345));
    assertThat(producer.flush(LONG)).isZero();
    ConsumerRecord<byte[], byte[]> record = read(topic, 0, 1).get(0);
    assertThat(record.timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
    assertThat(record.timestamp()).isGreaterThanOrEqualTo(before);
    assertThat(reports.get(0).timestamp()).isEqualTo(record.timestamp());
  }

  @Test
  void metadataAndWatermarksAreThoseOfTheAdminClient() throws Exception {
    String topic = topic(3);
    Producer producer = open();
    for (int i = 0; i < 7; i++) {
      producer.produce(ProducerMessage.to(topic).partition(2).value("v".getBytes(UTF_8)));
    }
    assertThat(producer.flush(LONG)).isZero();
    TopicPartition partition = new TopicPartition(topic, 2);
    done(
        admin()
            .deleteRecords(
                Map.of(partition, org.apache.kafka.clients.admin.RecordsToDelete.beforeOffset(3)))
            .all());
    long first =
        done(admin().listOffsets(Map.of(partition, OffsetSpec.earliest())).all())
            .get(partition)
            .offset();
    long end =
        done(admin().listOffsets(Map.of(partition, OffsetSpec.latest())).all())
            .get(partition)
            .offset();
    assertThat(producer.watermarks(topic, 2, LONG)).isEqualTo(new Watermarks(first, end));
    assertThat(new Watermarks(first, end)).isEqualTo(new Watermarks(3, 7));
    assertThat(producer.watermarks(topic, 0, LONG)).isEqualTo(new Watermarks(0, 0));
    TopicDescription description =
        done(admin().describeTopics(List.of(topic)).allTopicNames()).get(topic);
    TopicMetadata found = producer.metadata(topic, LONG);
    assertThat(found.partitions()).hasSize(description.partitions().size());
    for (int i = 0; i < 3; i++) {
      TopicMetadata.Partition one = found.partitions().get(i);
      assertThat(one.number()).isEqualTo(i);
      assertThat(one.leader()).isEqualTo(description.partitions().get(i).leader().id());
      assertThat(one.replicas()).hasSize(description.partitions().get(i).replicas().size());
    }
  }
}
