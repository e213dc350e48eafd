package io.millrace.systemtests.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.ListOffsetsRequest;
import io.millrace.wire.message.ListOffsetsResponse;
import io.millrace.wire.message.OffsetForLeaderEpochRequest;
import io.millrace.wire.message.OffsetForLeaderEpochResponse;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which offset is where: by position, by time, by leader epoch. */
@OverOneAndTwoShards
class ListOffsetsTest extends BrokerTest {

  private static final long TIME = 1_700_000_000_000L;

  @Test
  void emptyPartitionBeginsAndEndsAtZero() {
    TopicPartition partition = new TopicPartition(topic(1), 0);
    assertThat(find(partition, OffsetSpec.earliest()).offset()).isZero();
    assertThat(find(partition, OffsetSpec.earliestLocal()).offset()).isZero();
    assertThat(find(partition, OffsetSpec.latest()).offset()).isZero();
    assertThat(find(partition, OffsetSpec.maxTimestamp()).offset()).isEqualTo(-1);
    assertThat(find(partition, OffsetSpec.forTimestamp(0)).offset()).isEqualTo(-1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "zstd"})
  void offsetIsFoundByPositionAndByTime(String codec) {
    TopicPartition partition = new TopicPartition(topic(1, "retention.ms", "-1"), 0);
    produceAt(partition, codec, TIME, TIME + 100, TIME + 500, TIME + 300, TIME + 400);
    assertThat(find(partition, OffsetSpec.earliest()).offset()).isZero();
    ListOffsetsResultInfo latest = find(partition, OffsetSpec.latest());
    assertThat(latest.offset()).isEqualTo(5);
    assertThat(latest.timestamp()).isEqualTo(-1);
    assertThat(latest.leaderEpoch()).hasValue(0);
    ListOffsetsResultInfo newest = find(partition, OffsetSpec.maxTimestamp());
    assertThat(newest.offset()).isEqualTo(2);
    assertThat(newest.timestamp()).isEqualTo(TIME + 500);
    ListOffsetsResultInfo exact = find(partition, OffsetSpec.forTimestamp(TIME + 100));
    assertThat(exact.offset()).isEqualTo(1);
    assertThat(exact.timestamp()).isEqualTo(TIME + 100);
    ListOffsetsResultInfo between = find(partition, OffsetSpec.forTimestamp(TIME + 101));
    assertThat(between.offset()).isEqualTo(2);
    assertThat(between.timestamp()).isEqualTo(TIME + 500);
    assertThat(find(partition, OffsetSpec.forTimestamp(0)).offset()).isZero();
    assertThat(find(partition, OffsetSpec.forTimestamp(TIME + 501)).offset()).isEqualTo(-1);
  }

  @Test
  void deletedRecordsAreNotFound() {
    TopicPartition partition = new TopicPartition(topic(1, "retention.ms", "-1"), 0);
    produceAt(partition, "none", TIME, TIME + 100, TIME + 200);
    done(admin().deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(2))).all());
    assertThat(find(partition, OffsetSpec.earliest()).offset()).isEqualTo(2);
    assertThat(find(partition, OffsetSpec.earliestLocal()).offset()).isEqualTo(2);
    assertThat(find(partition, OffsetSpec.forTimestamp(TIME)).offset()).isEqualTo(2);
  }

  @Test
  void nothingIsInTieredStorage() {
    TopicPartition partition = new TopicPartition(topic(1), 0);
    produceAt(partition, "none", System.currentTimeMillis());
    assertThat(find(partition, OffsetSpec.latestTiered()).offset()).isEqualTo(-1);
    assertThat(find(partition, OffsetSpec.earliestPendingUpload()).offset()).isEqualTo(-1);
  }

  @Test
  void partitionThatIsNotThereIsRefused() {
    assertThat(raw(unique("nothing"), -1, -1).errorCode)
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
  }

  @Test
  void placeThatNobodyKnowsIsRefused() {
    ListOffsetsResponse.ListOffsetsPartitionResponse answer = raw(topic(1), -7, -1);
    assertThat(answer.errorCode).isEqualTo(ErrorCode.UNSUPPORTED_VERSION.code());
  }

  @Test
  void specialPlacesAreServedFromTheVersionThatBroughtThem() {
    String topic = topic(1);
    Map<Long, Integer> first = Map.of(-3L, 7, -4L, 8, -5L, 9, -6L, 11);
    first.forEach((timestamp, version) -> {
      assertThat(ask(version - 1, request(topic, timestamp, -1)).get(0).errorCode)
          .isEqualTo(ErrorCode.UNSUPPORTED_VERSION.code());
      assertThat(ask(version, request(topic, timestamp, -1)).get(0).errorCode).isZero();
    });
  }

  @Test
  void partitionThatIsNamedTwiceIsRefusedTheSecondTime() {
    ListOffsetsRequest request = request(topic(1), -1, -1);
    request.topics.get(0).partitions.add(request.topics.get(0).partitions.get(0));
    assertThat(ask(11, request).stream().map(one -> one.errorCode))
        .containsExactly(ErrorCode.NONE.code(), ErrorCode.INVALID_REQUEST.code());
  }

  @Test
  void leaderEpochThatIsYetToComeIsRefused() {
    String topic = topic(1);
    assertThat(raw(topic, -1, 0).errorCode).isZero();
    assertThat(raw(topic, -1, 1).errorCode).isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH.code());
  }

  // --- leader epochs ---

  @Test
  void currentEpochEndsWhereTheLogEnds() {
    String topic = topic(2);
    produceAt(new TopicPartition(topic, 0), "none", 1000, 2000, 3000);
    var used = epochEnd(topic, 0, -1, 0);
    assertThat(used.errorCode).isZero();
    assertThat(used.leaderEpoch).isZero();
    assertThat(used.endOffset).isEqualTo(3);
    assertThat(epochEnd(topic, 1, 0, 0).endOffset).isZero();
  }

  @Test
  void epochThatIsYetToComeHasNoEnd() {
    var later = epochEnd(topic(1), 0, -1, 1);
    assertThat(later.errorCode).isZero();
    assertThat(later.leaderEpoch).isEqualTo(-1);
    assertThat(later.endOffset).isEqualTo(-1);
  }

  @Test
  void clientThatBelievesInAnotherEpochIsRefused() {
    String topic = topic(1);
    assertThat(epochEnd(topic, 0, 1, 0).errorCode).isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH.code());
    assertThat(epochEnd(topic, 1, 0, 0).errorCode)
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
  }

  // --- what the tests have in common ---

  private ListOffsetsResultInfo find(TopicPartition partition, OffsetSpec what) {
    return done(admin().listOffsets(Map.of(partition, what)).all()).get(partition);
  }

  /** Produces one batch with a record at each time. */
  private void produceAt(TopicPartition partition, String codec, long... times) {
    try (var producer = producer("linger.ms", 1000, "compression.type", codec)) {
      for (long time : times) {
        producer.send(
            new ProducerRecord<>(partition.topic(), partition.partition(), time, "k", "v"));
      }
    }
  }

  private ListOffsetsResponse.ListOffsetsPartitionResponse raw(
      String topic, long timestamp, int currentEpoch) {
    return ask(11, request(topic, timestamp, currentEpoch)).get(0);
  }

  private List<ListOffsetsResponse.ListOffsetsPartitionResponse> ask(
      int version, ListOffsetsRequest request) {
    return connect().ask(request, version, ListOffsetsResponse.class).topics.get(0).partitions;
  }

  private static ListOffsetsRequest request(String topic, long timestamp, int currentEpoch) {
    ListOffsetsRequest.ListOffsetsPartition partition =
        new ListOffsetsRequest.ListOffsetsPartition();
    partition.timestamp = timestamp;
    partition.currentLeaderEpoch = currentEpoch;
    ListOffsetsRequest.ListOffsetsTopic one = new ListOffsetsRequest.ListOffsetsTopic();
    one.name = topic;
    one.partitions.add(partition);
    ListOffsetsRequest request = new ListOffsetsRequest();
    request.replicaId = -1;
    request.topics.add(one);
    return request;
  }

  private OffsetForLeaderEpochResponse.EpochEndOffset epochEnd(
      String topic, int partition, int currentEpoch, int epoch) {
    return epochEnd(connect(), topic, partition, currentEpoch, epoch);
  }

  static OffsetForLeaderEpochResponse.EpochEndOffset epochEnd(
      RawConnection connection, String topic, int partition, int currentEpoch, int epoch) {
    OffsetForLeaderEpochRequest.OffsetForLeaderPartition wanted =
        new OffsetForLeaderEpochRequest.OffsetForLeaderPartition();
    wanted.partition = partition;
    wanted.currentLeaderEpoch = currentEpoch;
    wanted.leaderEpoch = epoch;
    OffsetForLeaderEpochRequest.OffsetForLeaderTopic one =
        new OffsetForLeaderEpochRequest.OffsetForLeaderTopic();
    one.topic = topic;
    one.partitions.add(wanted);
    OffsetForLeaderEpochRequest request = new OffsetForLeaderEpochRequest();
    request.topics.add(one);
    return connection
        .ask(request, 4, OffsetForLeaderEpochResponse.class)
        .topics
        .get(0)
        .partitions
        .get(0);
  }
}
