package io.millrace.systemtests.kafka;

import static io.millrace.systemtests.kafka.BrokerTest.done;
import static io.millrace.systemtests.kafka.BrokerTest.eventually;
import static io.millrace.systemtests.kafka.BrokerTest.map;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.record.RecordBatchBuilder;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.FetchRequest;
import io.millrace.wire.message.FetchResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

/** What clients find again after the broker has stopped and started. */
@OverOneAndTwoShards
class AfterRestartTest extends RestartTest {

  AfterRestartTest() {
    super("group.initial.rebalance.delay.ms", "0");
  }

  @Test
  void topicsSettingsAndRecordsAreThereAgain() throws Exception {
    String topic = topic(3);
    var before = describe(topic);
    done(alter(topic, "retention.ms", "123456"));
    produce(topic, 1, 5);
    restart();
    TopicDescription after = describe(topic);
    assertThat(after.topicId()).isEqualTo(before.topicId());
    assertThat(after.partitions()).hasSize(3);
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    assertThat(
            done(admin().describeConfigs(List.of(resource)).all())
                .get(resource)
                .get("retention.ms")
                .value())
        .isEqualTo("123456");
    try (KafkaConsumer<String, String> consumer = consumer()) {
      TopicPartition partition = new TopicPartition(topic, 1);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      assertThat(poll(consumer, 5)).containsExactly("0", "1", "2", "3", "4");
    }
  }

  @Test
  void deletedTopicStaysDeletedAndTrimmedRecordsStayGone() throws Exception {
    String deleted = topic(2);
    produce(deleted, 0, 3);
    String trimmed = topic(1);
    produce(trimmed, 0, 10);
    TopicPartition partition = new TopicPartition(trimmed, 0);
    done(admin().deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(6))).all());
    done(admin().deleteTopics(List.of(deleted)).all());
    restart();
    assertThat(done(admin().listTopics().names())).contains(trimmed).doesNotContain(deleted);
    try (KafkaConsumer<String, String> consumer = consumer()) {
      assertThat(consumer.beginningOffsets(List.of(partition))).containsEntry(partition, 6L);
      assertThat(consumer.endOffsets(List.of(partition))).containsEntry(partition, 10L);
    }
  }

  @Test
  void committedOffsetIsThereAgainWithItsMetadata() throws Exception {
    String topic = topic(2);
    TopicPartition partition = new TopicPartition(topic, 1);
    produce(topic, 1, 4);
    try (KafkaConsumer<String, String> consumer = consumer("group.id", "group")) {
      consumer.commitSync(
          Map.of(partition, new OffsetAndMetadata(3, java.util.Optional.of(0), "note")));
    }
    restart();
    try (KafkaConsumer<String, String> consumer = consumer("group.id", "group")) {
      consumer.assign(List.of(partition));
      OffsetAndMetadata committed = consumer.committed(java.util.Set.of(partition)).get(partition);
      assertThat(committed).isEqualTo(new OffsetAndMetadata(3, java.util.Optional.of(0), "note"));
      assertThat(poll(consumer, 1)).containsExactly("3");
    }
    assertThat(done(admin().listGroups().all())).extracting(g -> g.groupId()).contains("group");
  }

  @Test
  void groupGoesOnInItsGenerationWithoutARebalance() throws Exception {
    String topic = topic(1);
    GroupMember before = new GroupMember(connect(), "group");
    before.alone();
    assertThat(before.commit(topic, 0, 5)).isEqualTo(ErrorCode.NONE);
    restart();
    GroupMember after = new GroupMember(connect(), "group");
    after.id = before.id;
    after.generation = before.generation;
    assertThat(after.heartbeat()).isEqualTo(ErrorCode.NONE);
    assertThat(after.mustSync(Map.of())).isEqualTo("all");
    assertThat(after.commit(topic, 0, 6)).isEqualTo(ErrorCode.NONE);
    after.generation--;
    assertThat(after.commit(topic, 0, 7)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
    assertThat(after.leave()).isEqualTo(ErrorCode.NONE);
    restart();
    GroupMember next = new GroupMember(connect(), "group");
    assertThat(next.mustJoin().generationId).isGreaterThan(before.generation);
  }

  @Test
  void consumerGoesOnAfterARestartWithoutLosingOrRepeating() throws Exception {
    String topic = topic(1);
    TopicPartition partition = new TopicPartition(topic, 0);
    try (KafkaConsumer<String, String> consumer = consumer("auto.offset.reset", "latest")) {
      consumer.assign(List.of(partition));
      // Stands at the end of an empty log, in the epoch of this start.
      assertThat(consumer.position(partition)).isZero();
      restartInPlace();
      produce(topic, 0, 3);
      assertThat(poll(consumer, 3)).containsExactly("0", "1", "2");
      restartInPlace();
      produce(topic, 0, 2);
      assertThat(poll(consumer, 2)).containsExactly("0", "1");
    }
  }

  @Test
  void epochOfAnEarlierStartEndedWhereTheNextBegan() throws Exception {
    String topic = topic(1);
    produce(topic, 0, 3);
    restart();
    restart();
    produce(topic, 0, 2);
    RawConnection connection = connect();
    assertThat(ListOffsetsTest.epochEnd(connection, topic, 0, 2, 0).endOffset).isEqualTo(3);
    var idle = ListOffsetsTest.epochEnd(connection, topic, 0, 2, 1);
    assertThat(idle.leaderEpoch).isZero();
    assertThat(idle.endOffset).isEqualTo(3);
    assertThat(ListOffsetsTest.epochEnd(connection, topic, 0, 2, 2).endOffset).isEqualTo(5);
  }

  @Test
  void epochBeforeTheFirstEndedWhereTheFirstBegins() throws Exception {
    String topic = topic(2);
    produce(topic, 0, 3);
    restart();
    produce(topic, 0, 3);
    TopicPartition partition = new TopicPartition(topic, 0);
    done(admin().deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(4))).all());
    RawConnection connection = connect();
    var trimmed = ListOffsetsTest.epochEnd(connection, topic, 0, 1, 0);
    assertThat(trimmed.leaderEpoch).isZero();
    assertThat(trimmed.endOffset).isEqualTo(4);
    assertThat(ListOffsetsTest.epochEnd(connection, topic, 1, -1, 0).endOffset).isZero();
  }

  @Test
  void clientThatBelievesInTheEpochOfAnEarlierStartIsFenced() throws Exception {
    String topic = topic(1);
    produce(topic, 0, 1);
    restart();
    RawConnection connection = connect();
    assertThat(ListOffsetsTest.epochEnd(connection, topic, 0, 0, 0).errorCode)
        .isEqualTo(ErrorCode.FENCED_LEADER_EPOCH.code());
    FetchRequest fetch = Requests.with(Requests.fetch(1, 0), topic, 0, 0);
    fetch.topics.get(0).partitions.get(0).currentLeaderEpoch = 0;
    FetchResponse answer = connection.ask(fetch, Requests.FETCH_VERSION, FetchResponse.class);
    assertThat(Requests.get(answer, topic, 0).errorCode)
        .isEqualTo(ErrorCode.FENCED_LEADER_EPOCH.code());
  }

  @Test
  void settingChangedAfterARestartCountsForTheLogsThatWereThere() throws Exception {
    String topic = topic(1);
    produce(topic, 0, 1);
    restart();
    done(alter(topic, "segment.bytes", Integer.toString(1 << 20)));
    RawConnection connection = connect();
    ByteBuffer large =
        new RecordBatchBuilder()
            .append(System.currentTimeMillis(), null, ByteBuffer.allocate(700_000))
            .build();
    for (int i = 0; i < 4; i++) {
      assertThat(Requests.append(connection, topic, 0, large).errorCode).isZero();
    }
    assertThat(segments()).hasSizeGreaterThanOrEqualTo(3);
  }

  private List<Path> segments() {
    try (Stream<Path> files = Files.walk(data)) {
      return files.filter(file -> file.toString().matches(".*/\\d{20}\\.log")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private org.apache.kafka.common.KafkaFuture<Void> alter(String topic, String name, String value) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    AlterConfigOp set = new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    return admin().incrementalAlterConfigs(Map.of(resource, List.of(set))).all();
  }

  private TopicDescription describe(String topic) {
    return done(admin().describeTopics(List.of(topic)).allTopicNames()).get(topic);
  }

  private void produce(String topic, int partition, int count) {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            BrokerTest.clientSettings(broker(), Map.of()),
            new StringSerializer(),
            new StringSerializer())) {
      for (int i = 0; i < count; i++) {
        done(producer.send(new ProducerRecord<>(topic, partition, "key", "" + i)));
      }
    }
  }

  private KafkaConsumer<String, String> consumer(Object... set) {
    return new KafkaConsumer<>(
        BrokerTest.clientSettings(broker(), map(set)),
        new StringDeserializer(),
        new StringDeserializer());
  }

  private static List<String> poll(KafkaConsumer<String, String> consumer, int count) {
    List<String> read = new ArrayList<>();
    eventually()
        .until(() -> {
          consumer.poll(Duration.ofMillis(20)).forEach(record -> read.add(record.value()));
          return read.size() >= count;
        });
    return read;
  }
}
