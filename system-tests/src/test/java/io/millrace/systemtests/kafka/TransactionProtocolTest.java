package io.millrace.systemtests.kafka;

import static io.millrace.systemtests.kafka.TransactionProducer.NEWER_FLOW;
import static io.millrace.systemtests.kafka.TransactionProducer.OLDER_FLOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.record.Compression;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.FetchRequest;
import io.millrace.wire.message.FetchResponse;
import io.millrace.wire.message.ProduceResponse;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** What the requests of transactions are answered, in the older flow and in the newer. */
@OverOneAndTwoShards
class TransactionProtocolTest extends BrokerTest {

  /** Last version in which partitions must have been added before. */
  private static final int PRODUCE_OLDER = 11;

  private static final int PRODUCE_NEWER = 12;

  @Test
  void olderFlowAddsAppendsAndEnds() {
    String topic = topic(3);
    RawConnection connection = connect();
    TransactionProducer producer = initialised(connection);
    for (int round = 0; round < 4; round++) {
      assertThat(producer.add(connection, topic, 0, 1, 2)).isEqualTo(ErrorCode.NONE);
      for (int partition = 0; partition < 3; partition++) {
        assertThat(producer.append(connection, 9, topic, partition, round))
            .isEqualTo(ErrorCode.NONE);
      }
      assertThat(stable(connection, topic, 0)).isEqualTo(2 * round);
      assertThat(producer.end(connection, OLDER_FLOW, round % 2 == 0)).isEqualTo(ErrorCode.NONE);
      assertThat(producer.epoch).isZero();
      for (int partition = 0; partition < 3; partition++) {
        assertThat(stable(connection, topic, partition)).isEqualTo(2 * (round + 1));
      }
    }
    assertThat(fetch(connection, topic, 0).abortedTransactions)
        .extracting(aborted -> aborted.firstOffset)
        .containsExactly(2L, 6L);
  }

  @Test
  void batchThatNobodyAnnouncedIsRefused() {
    String topic = topic(2);
    RawConnection connection = connect();
    TransactionProducer producer = initialised(connection);
    assertThat(producer.append(connection, 9, topic, 0, 0)).isEqualTo(ErrorCode.INVALID_TXN_STATE);
    assertThat(producer.add(connection, topic, 0)).isEqualTo(ErrorCode.NONE);
    assertThat(producer.append(connection, 9, topic, 0, 0)).isEqualTo(ErrorCode.NONE);
    assertThat(producer.append(connection, PRODUCE_OLDER, topic, 1, 0))
        .isEqualTo(ErrorCode.TRANSACTION_ABORTABLE);
    assertThat(producer.end(connection, OLDER_FLOW, true)).isEqualTo(ErrorCode.NONE);
    assertThat(producer.append(connection, 9, topic, 0, 1)).isEqualTo(ErrorCode.INVALID_TXN_STATE);
  }

  @Test
  void transactionalBatchWithoutATransactionalIdIsRefused() {
    String topic = topic(1);
    RawConnection connection = connect();
    ProduceResponse.PartitionProduceResponse answer =
        Requests.append(
            connection,
            topic,
            0,
            Requests.batch(Compression.NONE, 1).producer(1, (short) 0, 0).transactional().build());
    assertThat(answer.errorCode).isEqualTo(ErrorCode.INVALID_TXN_STATE.code());
  }

  @Test
  void newerFlowNeedsNoAnnouncementAndEachTransactionHasAnEpoch() {
    String topic = topic(2);
    RawConnection connection = connect();
    TransactionProducer producer = initialised(connection);
    for (int round = 0; round < 4; round++) {
      assertThat(producer.epoch).isEqualTo((short) round);
      assertThat(producer.append(connection, PRODUCE_NEWER, topic, 0, 0)).isEqualTo(ErrorCode.NONE);
      assertThat(producer.append(connection, PRODUCE_NEWER, topic, 1, 0)).isEqualTo(ErrorCode.NONE);
      assertThat(producer.end(connection, NEWER_FLOW, true)).isEqualTo(ErrorCode.NONE);
    }
    assertThat(stable(connection, topic, 1)).isEqualTo(8);
  }

  @Test
  void endThatIsAskedForAgainIsAnsweredAgain() {
    String topic = topic(2);
    RawConnection connection = connect();
    TransactionProducer producer = initialised(connection);
    producer.append(connection, PRODUCE_NEWER, topic, 0, 0);
    var first = producer.endRequest(true);
    assertThat(producer.end(connection, NEWER_FLOW, true)).isEqualTo(ErrorCode.NONE);
    long end = stable(connection, topic, 0);
    connection.send(first, NEWER_FLOW);
    assertThat(producer.ended(connection, NEWER_FLOW)).isEqualTo(ErrorCode.NONE);
    assertThat(producer.epoch).isEqualTo((short) 1);
    assertThat(stable(connection, topic, 0)).isEqualTo(end);
    first.committed = false;
    connection.send(first, NEWER_FLOW);
    assertThat(producer.ended(connection, NEWER_FLOW)).isEqualTo(ErrorCode.INVALID_TXN_STATE);
  }

  @Test
  void lateEndOfTheNewerFlowDoesNotTouchTheNextTransaction() {
    String topic = topic(1);
    RawConnection connection = connect();
    TransactionProducer producer = initialised(connection);
    producer.append(connection, PRODUCE_NEWER, topic, 0, 0);
    var late = producer.endRequest(true);
    assertThat(producer.end(connection, NEWER_FLOW, true)).isEqualTo(ErrorCode.NONE);
    producer.append(connection, PRODUCE_NEWER, topic, 0, 0);
    RawConnection other = connect();
    other.send(late, NEWER_FLOW);
    assertThat(new TransactionProducer("").ended(other, NEWER_FLOW))
        .isEqualTo(ErrorCode.PRODUCER_FENCED);
    assertThat(stable(connection, topic, 0)).isEqualTo(2);
    assertThat(producer.end(connection, NEWER_FLOW, false)).isEqualTo(ErrorCode.NONE);
    assertThat(fetch(connection, topic, 0).abortedTransactions).hasSize(1);
  }

  @Test
  void lateEndOfTheOlderFlowDoesNotTouchTheNextTransaction() {
    String topic = topic(1);
    RawConnection lost = connect();
    TransactionProducer producer = initialised(lost);
    producer.add(lost, topic, 0);
    producer.append(lost, 9, topic, 0, 0);
    // The client gives up the connection on which its end is held up, and asks over another.
    RawConnection next = connect();
    assertThat(producer.end(next, OLDER_FLOW, true)).isEqualTo(ErrorCode.NONE);
    producer.add(next, topic, 0);
    producer.append(next, 9, topic, 0, 1);
    assertThat(producer.end(lost, OLDER_FLOW, true)).isEqualTo(ErrorCode.INVALID_TXN_STATE);
    assertThat(producer.add(lost, topic, 0)).isEqualTo(ErrorCode.INVALID_TXN_STATE);
    assertThat(stable(next, topic, 0)).isEqualTo(2);
    assertThat(producer.end(next, OLDER_FLOW, false)).isEqualTo(ErrorCode.NONE);
    assertThat(fetch(next, topic, 0).abortedTransactions).hasSize(1);
  }

  @Test
  void lateBatchIsRefusedOnceItsTransactionHasEnded() {
    String topic = topic(2);
    RawConnection connection = connect();
    TransactionProducer producer = initialised(connection);
    producer.append(connection, PRODUCE_NEWER, topic, 0, 0);
    TransactionProducer late = new TransactionProducer(producer.id);
    late.producerId = producer.producerId;
    late.epoch = producer.epoch;
    producer.end(connection, NEWER_FLOW, false);
    assertThat(late.append(connection, PRODUCE_NEWER, topic, 0, 1))
        .isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
    assertThat(late.append(connection, PRODUCE_NEWER, topic, 1, 0))
        .isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
  }

  @Test
  void producerThatKnowsItsEpochIsInitialisedAgainAndAnOlderOneIsNot() {
    RawConnection connection = connect();
    TransactionProducer producer = initialised(connection);
    long id = producer.producerId;
    assertThat(producer.init(connection, id, (short) 0)).isEqualTo(ErrorCode.NONE);
    assertThat(producer.epoch).isEqualTo((short) 1);
    // As if the answer had been lost.
    assertThat(producer.init(connection, id, (short) 0)).isEqualTo(ErrorCode.NONE);
    assertThat(producer.epoch).isEqualTo((short) 1);
    assertThat(producer.init(connection, id, (short) 1)).isEqualTo(ErrorCode.NONE);
    assertThat(producer.init(connection, id, (short) 0)).isEqualTo(ErrorCode.PRODUCER_FENCED);
    assertThat(producer.init(connection, id + 1000, (short) 0))
        .isEqualTo(ErrorCode.PRODUCER_FENCED);
  }

  @Test
  void producerGoesOnWithAnotherIdWhenItsEpochsAreUsedUp() {
    String topic = topic(2);
    RawConnection connection = connect();
    TransactionProducer producer = initialised(connection);
    long id = producer.producerId;
    while (producer.epoch < Short.MAX_VALUE - 1) {
      assertThat(producer.end(connection, NEWER_FLOW, false)).isEqualTo(ErrorCode.NONE);
      assertThat(producer.producerId).isEqualTo(id);
    }
    producer.append(connection, PRODUCE_NEWER, topic, 1, 0);
    var last = producer.endRequest(true);
    assertThat(producer.end(connection, NEWER_FLOW, true)).isEqualTo(ErrorCode.NONE);
    assertThat(producer.producerId).isNotEqualTo(id);
    assertThat(producer.epoch).isZero();
    long newId = producer.producerId;
    connection.send(last, NEWER_FLOW);
    assertThat(producer.ended(connection, NEWER_FLOW)).isEqualTo(ErrorCode.NONE);
    assertThat(producer.producerId).isEqualTo(newId);
    assertThat(producer.append(connection, PRODUCE_NEWER, topic, 1, 0)).isEqualTo(ErrorCode.NONE);
    assertThat(producer.end(connection, NEWER_FLOW, true)).isEqualTo(ErrorCode.NONE);
    assertThat(stable(connection, topic, 1)).isEqualTo(4);
  }

  @Test
  void offsetsForAGroupThatWasNotAddedAreRefusedInTheOlderFlow() {
    String topic = topic(1);
    String group = unique("group");
    RawConnection connection = connect();
    TransactionProducer producer = initialised(connection);
    assertThat(producer.commitOffset(connection, 3, group, topic, 5))
        .isEqualTo(ErrorCode.INVALID_TXN_STATE);
    assertThat(producer.addGroup(connection, group)).isEqualTo(ErrorCode.NONE);
    assertThat(producer.commitOffset(connection, 3, group, topic, 5)).isEqualTo(ErrorCode.NONE);
    assertThat(producer.end(connection, OLDER_FLOW, true)).isEqualTo(ErrorCode.NONE);
    assertThat(producer.commitOffset(connection, 5, group, topic, 6)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void endWithoutATransactionIsRefusedUnlessItAborts() {
    RawConnection connection = connect();
    TransactionProducer producer = initialised(connection);
    assertThat(producer.end(connection, OLDER_FLOW, true)).isEqualTo(ErrorCode.INVALID_TXN_STATE);
    assertThat(producer.end(connection, OLDER_FLOW, false)).isEqualTo(ErrorCode.INVALID_TXN_STATE);
    assertThat(producer.end(connection, NEWER_FLOW, true)).isEqualTo(ErrorCode.INVALID_TXN_STATE);
    assertThat(producer.end(connection, NEWER_FLOW, false)).isEqualTo(ErrorCode.NONE);
    assertThat(producer.epoch).isEqualTo((short) 1);
    TransactionProducer nobody = new TransactionProducer(unique("nobody"));
    assertThat(nobody.end(connection, NEWER_FLOW, true))
        .isEqualTo(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
  }

  @Test
  void halfAnIdentityIsRefused() {
    RawConnection connection = connect();
    TransactionProducer producer = initialised(connection);
    assertThat(producer.init(connection, producer.producerId, (short) -1))
        .isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(producer.init(connection, -1, (short) 0)).isEqualTo(ErrorCode.INVALID_REQUEST);
    TransactionProducer nameless = new TransactionProducer("");
    assertThat(nameless.init(connection)).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(nameless.end(connection, NEWER_FLOW, true)).isEqualTo(ErrorCode.INVALID_REQUEST);
  }

  @Test
  void ofPartitionsThatAreAddedTogetherAllMustExist() {
    String topic = topic(2);
    RawConnection connection = connect();
    TransactionProducer producer = initialised(connection);
    assertThat(producer.add(connection, topic, 0, 2)).isEqualTo(ErrorCode.OPERATION_NOT_ATTEMPTED);
    assertThat(producer.add(connection, topic, -1)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assertThat(producer.add(connection, unique("no-topic"), 0))
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assertThat(producer.end(connection, OLDER_FLOW, true)).isEqualTo(ErrorCode.INVALID_TXN_STATE);
  }

  @Test
  void deletedTopicDoesNotKeepItsTransactionFromEnding() {
    String gone = topic(1);
    String topic = topic(1);
    RawConnection connection = connect();
    TransactionProducer producer = initialised(connection);
    producer.append(connection, PRODUCE_NEWER, gone, 0, 0);
    producer.append(connection, PRODUCE_NEWER, topic, 0, 0);
    done(admin().deleteTopics(List.of(gone)).all());
    assertThat(producer.end(connection, NEWER_FLOW, true)).isEqualTo(ErrorCode.NONE);
    assertThat(stable(connection, topic, 0)).isEqualTo(2);
  }

  @Test
  void recordsOfAnOpenTransactionMayBeDeleted() {
    String topic = topic(1);
    RawConnection connection = connect();
    TransactionProducer producer = initialised(connection);
    for (int sequence = 0; sequence < 3; sequence++) {
      producer.append(connection, PRODUCE_NEWER, topic, 0, sequence);
    }
    TopicPartition partition = new TopicPartition(topic, 0);
    done(admin().deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(2))).all());
    assertThat(committedFrom(connection, topic, 0, 2).lastStableOffset).isEqualTo(2);
    assertThat(producer.end(connection, NEWER_FLOW, false)).isEqualTo(ErrorCode.NONE);
    FetchResponse.PartitionData read = committedFrom(connection, topic, 0, 2);
    assertThat(read.lastStableOffset).isEqualTo(4);
    assertThat(read.abortedTransactions).extracting(one -> one.firstOffset).containsExactly(0L);
    done(admin().deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1))).all());
    assertThat(committedFrom(connection, topic, 0, 2).errorCode)
        .isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE.code());
    assertThat(committedFrom(connection, topic, 0, 4).lastStableOffset).isEqualTo(4);
  }

  private static TransactionProducer initialised(RawConnection connection) {
    TransactionProducer producer = new TransactionProducer(unique("id"));
    assertThat(producer.init(connection)).isEqualTo(ErrorCode.NONE);
    assertThat(producer.epoch).isZero();
    return producer;
  }

  private static long stable(RawConnection connection, String topic, int partition) {
    return fetch(connection, topic, partition).lastStableOffset;
  }

  private static FetchResponse.PartitionData fetch(
      RawConnection connection, String topic, int partition) {
    return committedFrom(connection, topic, partition, 0);
  }

  private static FetchResponse.PartitionData committedFrom(
      RawConnection connection, String topic, int partition, long offset) {
    FetchRequest request = Requests.with(Requests.fetch(0, 0), topic, partition, offset);
    request.isolationLevel = 1;
    return Requests.get(
        connection.ask(request, Requests.FETCH_VERSION, FetchResponse.class), topic, partition);
  }
}
