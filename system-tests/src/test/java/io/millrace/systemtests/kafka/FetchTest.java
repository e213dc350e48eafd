package io.millrace.systemtests.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.record.Compression;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.FetchRequest;
import io.millrace.wire.message.FetchResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a fetch brings, when, and how much of it. */
@OverOneAndTwoShards
class FetchTest extends BrokerTest {

  // --- when ---

  @Test
  void fetchWaitsForTheFirstRecord() {
    String topic = topic(1);
    RawConnection waiting = connect();
    waiting.send(Requests.with(Requests.fetch(1, 15_000), topic, 0, 0), Requests.FETCH_VERSION);
    long started = System.nanoTime();
    Requests.append(connect(), topic, 0, Requests.batch(Compression.NONE, 1).build());
    FetchResponse.PartitionData data = Requests.get((FetchResponse) waiting.receive(), topic, 0);
    assertThat(Requests.records(data).remaining()).isPositive();
    assertThat(data.highWatermark).isEqualTo(1);
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void fetchWaitsUntilThereIsAsMuchAsItAsksFor() {
    String topic = topic(2);
    ByteBuffer batch = Requests.batch(Compression.NONE, 1).build();
    int three = 3 * batch.remaining();
    RawConnection waiting = connect();
    FetchRequest request = Requests.fetch(three, 15_000);
    Requests.with(request, topic, 0, 0);
    Requests.with(request, topic, 1, 0);
    waiting.send(request, Requests.FETCH_VERSION);
    RawConnection producing = connect();
    Requests.append(producing, topic, 0, batch);
    Requests.append(producing, topic, 1, batch);
    Requests.append(producing, topic, 0, batch);
    FetchResponse response = (FetchResponse) waiting.receive();
    int came =
        Requests.records(Requests.get(response, topic, 0)).remaining()
            + Requests.records(Requests.get(response, topic, 1)).remaining();
    assertThat(came).isEqualTo(three);
  }

  @Test
  void fetchThatFindsTooLittleAnswersWithItWhenItsTimeIsOver() {
    String topic = topic(1);
    RawConnection connection = connect();
    ByteBuffer batch = Requests.batch(Compression.NONE, 1).build();
    Requests.append(connection, topic, 0, batch);
    long started = System.nanoTime();
    FetchResponse response =
        connection.ask(
            Requests.with(Requests.fetch(1 << 20, 150), topic, 0, 0),
            Requests.FETCH_VERSION,
            FetchResponse.class);
    assertThat(Duration.ofNanos(System.nanoTime() - started))
        .isGreaterThanOrEqualTo(Duration.ofMillis(140));
    assertThat(Requests.records(Requests.get(response, topic, 0)).remaining())
        .isEqualTo(batch.remaining());
  }

  @Test
  void fetchOfAnUnknownPartitionDoesNotWait() {
    String topic = topic(1);
    FetchRequest request = Requests.with(Requests.fetch(1, 15_000), topic, 0, 0);
    Requests.with(request, topic, 1, 0);
    long started = System.nanoTime();
    FetchResponse response = connect().ask(request, Requests.FETCH_VERSION, FetchResponse.class);
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(10));
    assertThat(Requests.get(response, topic, 0).errorCode).isZero();
    assertThat(Requests.get(response, topic, 1).errorCode)
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
  }

  // --- how much ---

  @Test
  void partitionBringsNoMoreThanItsLimitInWholeBatches() {
    String topic = topic(1);
    RawConnection connection = connect();
    // Each larger than the distance of two index entries, by which limits are kept.
    ByteBuffer batch =
        new RecordBatchBuilder()
            .append(1000, Requests.bytes("key"), ByteBuffer.allocate(6000))
            .build();
    for (int i = 0; i < 10; i++) {
      Requests.append(connection, topic, 0, batch);
    }
    int bytesMax = 3 * batch.remaining() + batch.remaining() / 2;
    FetchResponse response =
        connection.ask(
            Requests.with(Requests.fetch(1, 0), topic, 0, 0, bytesMax),
            Requests.FETCH_VERSION,
            FetchResponse.class);
    ByteBuffer records = Requests.records(Requests.get(response, topic, 0));
    assertThat(records.remaining()).isLessThanOrEqualTo(bytesMax);
    assertThat(wholeBatches(records)).isEqualTo(3);
  }

  @Test
  void responseBringsNoMoreThanItsLimitOverAllPartitions() {
    String topic = topic(3);
    RawConnection connection = connect();
    ByteBuffer batch = Requests.batch(Compression.NONE, 5).build();
    for (int partition = 0; partition < 3; partition++) {
      for (int i = 0; i < 4; i++) {
        Requests.append(connection, topic, partition, batch);
      }
    }
    FetchRequest request = Requests.fetch(1, 0);
    request.maxBytes = 6 * batch.remaining();
    for (int partition = 0; partition < 3; partition++) {
      Requests.with(request, topic, partition, 0);
    }
    FetchResponse response = connection.ask(request, Requests.FETCH_VERSION, FetchResponse.class);
    int came = 0;
    for (int partition = 0; partition < 3; partition++) {
      FetchResponse.PartitionData data = Requests.get(response, topic, partition);
      assertThat(data.errorCode).isZero();
      came += Requests.records(data).remaining();
    }
    assertThat(came).isEqualTo(6 * batch.remaining());
  }

  @Test
  void recordLargerThanAllLimitsGetsThrough() {
    String topic = topic(1);
    String large = "v".repeat(300_000);
    try (var producer = producer()) {
      done(producer.send(new org.apache.kafka.clients.producer.ProducerRecord<>(topic, large)));
    }
    try (var consumer =
        consumer(
            "auto.offset.reset",
            "earliest",
            "fetch.max.bytes",
            1000,
            "max.partition.fetch.bytes",
            100)) {
      assertThat(read(consumer, topic, 1).get(0).value()).isEqualTo(large);
    }
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void readingBeginsInTheMiddleOfABatch(Compression codec) {
    String topic = topic(1);
    Requests.append(connect(), topic, 0, Requests.batch(codec, 10).build());
    try (var consumer = consumer()) {
      TopicPartition partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      consumer.seek(partition, 7);
      List<ConsumerRecord<String, String>> read = poll(consumer, 3);
      assertThat(read.stream().map(ConsumerRecord::offset)).containsExactly(7L, 8L, 9L);
      assertThat(read.get(0).value()).isEqualTo("value 7");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"read_committed", "read_uncommitted"})
  void isolationMakesNoDifferenceWithoutTransactions(String isolation) {
    String topic = topic(1);
    Requests.append(connect(), topic, 0, Requests.batch(Compression.LZ4, 10).build());
    try (var consumer = consumer("auto.offset.reset", "earliest", "isolation.level", isolation)) {
      assertThat(read(consumer, topic, 10)).hasSize(10);
      TopicPartition partition = new TopicPartition(topic, 0);
      assertThat(consumer.endOffsets(List.of(partition))).containsEntry(partition, 10L);
    }
  }

  // --- from where ---

  @Test
  void offsetsBeforeTheStartAndAfterTheEndAreOutOfRange() {
    String topic = topic(1);
    RawConnection connection = connect();
    Requests.append(connection, topic, 0, Requests.batch(Compression.NONE, 10).build());
    trim(topic, 4);
    for (long offset : List.of(-1L, 3L, 11L)) {
      assertThat(fetchOne(connection, topic, offset).errorCode)
          .isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE.code());
    }
    FetchResponse.PartitionData atStart = fetchOne(connection, topic, 4);
    assertThat(atStart.errorCode).isZero();
    assertThat(atStart.logStartOffset).isEqualTo(4);
    FetchResponse.PartitionData atEnd = fetchOne(connection, topic, 10);
    assertThat(atEnd.errorCode).isZero();
    assertThat(atEnd.highWatermark).isEqualTo(10);
    assertThat(atEnd.lastStableOffset).isEqualTo(10);
  }

  @Test
  void consumerBeforeTheStartGoesWhereItsResetPolicySays() {
    String topic = topic(1);
    TopicPartition partition = new TopicPartition(topic, 0);
    Requests.append(connect(), topic, 0, Requests.batch(Compression.GZIP, 10).build());
    trim(topic, 4);
    try (var consumer = consumer("auto.offset.reset", "earliest")) {
      consumer.assign(List.of(partition));
      consumer.seek(partition, 1);
      assertThat(poll(consumer, 6).stream().map(ConsumerRecord::offset))
          .containsExactly(4L, 5L, 6L, 7L, 8L, 9L);
    }
    try (var consumer = consumer("auto.offset.reset", "latest")) {
      consumer.assign(List.of(partition));
      consumer.seek(partition, 1);
      consumer.poll(Duration.ofMillis(50));
      eventually()
          .until(() -> {
            consumer.poll(Duration.ofMillis(20));
            return consumer.position(partition) == 10;
          });
    }
    try (var consumer = consumer("auto.offset.reset", "none")) {
      consumer.assign(List.of(partition));
      consumer.seek(partition, 1);
      assertThatThrownBy(() -> poll(consumer, 1))
          .isInstanceOfSatisfying(
              OffsetOutOfRangeException.class,
              e -> assertThat(e.offsetOutOfRangePartitions()).containsEntry(partition, 1L));
    }
  }

  @Test
  void leaderEpochThatIsYetToComeIsRefused() {
    String topic = topic(1);
    RawConnection connection = connect();
    FetchRequest right = Requests.with(Requests.fetch(1, 0), topic, 0, 0);
    right.topics.get(0).partitions.get(0).currentLeaderEpoch = 0;
    FetchResponse answer = connection.ask(right, Requests.FETCH_VERSION, FetchResponse.class);
    assertThat(Requests.get(answer, topic, 0).errorCode).isZero();
    FetchRequest early = Requests.with(Requests.fetch(1, 0), topic, 0, 0);
    early.topics.get(0).partitions.get(0).currentLeaderEpoch = 1;
    answer = connection.ask(early, Requests.FETCH_VERSION, FetchResponse.class);
    assertThat(Requests.get(answer, topic, 0).errorCode)
        .isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH.code());
  }

  @Test
  void topicIsFoundByItsId() {
    String topic = topic(1);
    UUID id = id(topic);
    RawConnection connection = connect();
    Requests.append(connection, topic, 0, Requests.batch(Compression.NONE, 2).build());
    FetchResponse found =
        connection.ask(Requests.with(Requests.fetch(1, 0), id, 0, 0), 18, FetchResponse.class);
    assertThat(found.responses.get(0).topicId).isEqualTo(id);
    assertThat(Requests.records(found.responses.get(0).partitions.get(0)).remaining()).isPositive();
    FetchResponse unknown =
        connection.ask(
            Requests.with(Requests.fetch(1, 15_000), new UUID(1, 2), 0, 0),
            18,
            FetchResponse.class);
    assertThat(unknown.responses.get(0).partitions.get(0).errorCode)
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID.code());
    FetchResponse beyond =
        connection.ask(Requests.with(Requests.fetch(1, 15_000), id, 9, 0), 18, FetchResponse.class);
    assertThat(beyond.responses.get(0).partitions.get(0).errorCode)
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
  }

  @Test
  void nobodyFetchesAsAReplica() {
    FetchRequest request = Requests.with(Requests.fetch(1, 0), topic(1), 0, 0);
    request.replicaId = 2;
    FetchResponse response = connect().ask(request, Requests.FETCH_VERSION, FetchResponse.class);
    assertThat(response.errorCode).isEqualTo(ErrorCode.CLUSTER_AUTHORIZATION_FAILED.code());
  }

  // --- sessions ---

  @Test
  void sessionBringsOnlyWhatIsNew() {
    String topic = topic(3);
    RawConnection connection = connect();
    RawConnection producing = connect();
    FetchResponse first = openSession(connection, topic, 0, 1, 2);
    assertThat(first.sessionId).isPositive();
    assertThat(first.responses.get(0).partitions).hasSize(3);

    FetchResponse idle = next(connection, first.sessionId, 1, Requests.fetch(1, 0));
    assertThat(idle.errorCode).isZero();
    assertThat(idle.responses).isEmpty();

    Requests.append(producing, topic, 1, Requests.batch(Compression.NONE, 3).build());
    FetchResponse news = next(connection, first.sessionId, 2, Requests.fetch(1, 15_000));
    assertThat(Requests.find(news, topic, 0)).isNull();
    assertThat(Requests.records(Requests.get(news, topic, 1)).remaining()).isPositive();
    assertThat(Requests.find(news, topic, 2)).isNull();

    FetchResponse behind =
        next(connection, first.sessionId, 3, Requests.with(Requests.fetch(1, 0), topic, 1, 3));
    assertThat(behind.responses).isEmpty();
  }

  @Test
  void sessionForgetsAndAddsPartitions() {
    String topic = topic(3);
    RawConnection connection = connect();
    int session = openSession(connection, topic, 0, 1).sessionId;
    FetchRequest change = Requests.with(Requests.fetch(1, 0), topic, 2, 0);
    FetchRequest.ForgottenTopic forgotten = new FetchRequest.ForgottenTopic();
    forgotten.topic = topic;
    forgotten.partitions = new int[] {0};
    change.forgottenTopicsData.add(forgotten);
    assertThat(Requests.find(next(connection, session, 1, change), topic, 2)).isNotNull();
    RawConnection producing = connect();
    for (int partition = 0; partition < 3; partition++) {
      Requests.append(producing, topic, partition, Requests.batch(Compression.NONE, 1).build());
    }
    FetchResponse news = next(connection, session, 2, Requests.fetch(1, 0));
    assertThat(Requests.find(news, topic, 0)).isNull();
    assertThat(Requests.find(news, topic, 1)).isNotNull();
    assertThat(Requests.find(news, topic, 2)).isNotNull();
  }

  @Test
  void sessionThatDoesNotExistOrIsOutOfStepIsRefused() {
    String topic = topic(1);
    RawConnection connection = connect();
    int session = openSession(connection, topic, 0).sessionId;
    assertThat(next(connection, session, 5, Requests.fetch(1, 0)).errorCode)
        .isEqualTo(ErrorCode.INVALID_FETCH_SESSION_EPOCH.code());
    assertThat(next(connection, session + 1, 1, Requests.fetch(1, 0)).errorCode)
        .isEqualTo(ErrorCode.FETCH_SESSION_ID_NOT_FOUND.code());
    assertThat(next(connection, 0, 1, Requests.fetch(1, 0)).errorCode)
        .isEqualTo(ErrorCode.FETCH_SESSION_ID_NOT_FOUND.code());
    assertThat(next(connect(), session, 1, Requests.fetch(1, 0)).errorCode)
        .isEqualTo(ErrorCode.FETCH_SESSION_ID_NOT_FOUND.code());
    assertThat(next(connection, session, 1, Requests.fetch(1, 0)).errorCode).isZero();
    FetchRequest last = Requests.with(Requests.fetch(1, 0), topic, 0, 0);
    last.sessionId = session;
    last.sessionEpoch = -1;
    assertThat(connection.ask(last, Requests.FETCH_VERSION, FetchResponse.class).sessionId)
        .isZero();
    assertThat(next(connection, session, 2, Requests.fetch(1, 0)).errorCode)
        .isEqualTo(ErrorCode.FETCH_SESSION_ID_NOT_FOUND.code());
  }

  @Test
  void sessionTellsThatATopicWasDeleted() {
    String topic = topic(1);
    UUID id = id(topic);
    RawConnection connection = connect();
    FetchRequest open = Requests.with(Requests.fetch(1, 0), id, 0, 0);
    open.sessionEpoch = 0;
    int session = connection.ask(open, 18, FetchResponse.class).sessionId;
    FetchRequest waiting = Requests.fetch(1, 15_000);
    waiting.sessionId = session;
    waiting.sessionEpoch = 1;
    connection.send(waiting, 18);
    done(admin().deleteTopics(List.of(topic)).all());
    FetchResponse answer = (FetchResponse) connection.receive();
    assertThat(answer.responses.get(0).partitions.get(0).errorCode)
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID.code());
  }

  // --- what the tests have in common ---

  private static FetchResponse openSession(
      RawConnection connection, String topic, int... partitions) {
    FetchRequest request = Requests.fetch(1, 0);
    request.sessionEpoch = 0;
    FetchRequest.FetchTopic one = new FetchRequest.FetchTopic();
    one.topic = topic;
    for (int partition : partitions) {
      FetchRequest.FetchPartition wanted = new FetchRequest.FetchPartition();
      wanted.partition = partition;
      wanted.partitionMaxBytes = 1 << 20;
      one.partitions.add(wanted);
    }
    request.topics.add(one);
    return connection.ask(request, Requests.FETCH_VERSION, FetchResponse.class);
  }

  private static FetchResponse next(
      RawConnection connection, int session, int epoch, FetchRequest request) {
    request.sessionId = session;
    request.sessionEpoch = epoch;
    return connection.ask(request, Requests.FETCH_VERSION, FetchResponse.class);
  }

  private static FetchResponse.PartitionData fetchOne(
      RawConnection connection, String topic, long offset) {
    FetchResponse response =
        connection.ask(
            Requests.with(Requests.fetch(1, 0), topic, 0, offset),
            Requests.FETCH_VERSION,
            FetchResponse.class);
    return Requests.get(response, topic, 0);
  }

  private UUID id(String topic) {
    var id = done(admin().describeTopics(List.of(topic)).allTopicNames()).get(topic).topicId();
    return new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits());
  }

  private void trim(String topic, long before) {
    TopicPartition partition = new TopicPartition(topic, 0);
    done(admin().deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before))).all());
  }

  private static int wholeBatches(ByteBuffer records) {
    int count = 0;
    for (int at = records.position(); at < records.limit(); count++) {
      at += RecordBatch.sizeInBytes(records, at);
      assertThat(at).isLessThanOrEqualTo(records.limit());
    }
    return count;
  }

  private static List<ConsumerRecord<String, String>> read(
      KafkaConsumer<String, String> consumer, String topic, int count) {
    consumer.assign(List.of(new TopicPartition(topic, 0)));
    List<ConsumerRecord<String, String>> read = poll(consumer, count);
    assertThat(read.stream().map(ConsumerRecord::offset))
        .containsExactlyElementsOf(LongStream.range(0, count).boxed().toList());
    return read;
  }

  private static List<ConsumerRecord<String, String>> poll(
      KafkaConsumer<String, String> consumer, int count) {
    List<ConsumerRecord<String, String>> read = new ArrayList<>();
    eventually()
        .until(() -> {
          consumer.poll(Duration.ofMillis(20)).forEach(read::add);
          return read.size() >= count;
        });
    return read;
  }
}
