package io.millrace.systemtests.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.record.Compression;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.InitProducerIdRequest;
import io.millrace.wire.message.InitProducerIdResponse;
import io.millrace.wire.message.ProduceResponse.PartitionProduceResponse;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Producer ids, epochs and sequences: what comes twice is stored once, across restarts too. */
@OverOneAndTwoShards
class IdempotenceTest extends RestartTest {

  @Test
  void batchThatComesTwiceIsStoredOnceAndAnswersItsFirstOffset() {
    String topic = topic(1);
    RawConnection connection = connect();
    long id = newProducerId(connection);
    assertThat(append(connection, topic, id, 0, 0, 3).baseOffset).isZero();
    assertThat(append(connection, topic, id, 0, 3, 2).baseOffset).isEqualTo(3);
    PartitionProduceResponse again = append(connection, topic, id, 0, 0, 3);
    assertThat(again.errorCode).isZero();
    assertThat(again.baseOffset).isZero();
    assertThat(append(connection, topic, id, 0, 3, 2).baseOffset).isEqualTo(3);
    assertThat(append(connection, topic, id, 0, 5, 1).baseOffset).isEqualTo(5);
  }

  @Test
  void lastFiveBatchesAreRemembered() {
    String topic = topic(1);
    RawConnection connection = connect();
    long id = newProducerId(connection);
    for (int sequence = 0; sequence < 8; sequence++) {
      assertThat(append(connection, topic, id, 0, sequence, 1).baseOffset).isEqualTo(sequence);
    }
    for (int sequence = 3; sequence < 8; sequence++) {
      assertThat(append(connection, topic, id, 0, sequence, 1).baseOffset).isEqualTo(sequence);
    }
    assertThat(append(connection, topic, id, 0, 2, 1).errorCode)
        .isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER.code());
    assertThat(append(connection, topic, id, 0, 8, 1).baseOffset).isEqualTo(8);
  }

  @Test
  void batchThatLeavesAGapIsRefusedAndCanComeLater() {
    String topic = topic(1);
    RawConnection connection = connect();
    long id = newProducerId(connection);
    append(connection, topic, id, 0, 0, 1);
    PartitionProduceResponse gap = append(connection, topic, id, 0, 2, 1);
    assertThat(gap.errorCode).isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER.code());
    assertThat(gap.baseOffset).isEqualTo(-1);
    assertThat(append(connection, topic, id, 0, 1, 1).baseOffset).isEqualTo(1);
    assertThat(append(connection, topic, id, 0, 2, 1).baseOffset).isEqualTo(2);
  }

  @Test
  void laterEpochBeginsAtZeroAndFencesTheEarlierOne() {
    String topic = topic(1);
    RawConnection connection = connect();
    long id = newProducerId(connection);
    append(connection, topic, id, 0, 0, 4);
    assertThat(append(connection, topic, id, 1, 4, 1).errorCode)
        .isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER.code());
    assertThat(append(connection, topic, id, 1, 0, 1).baseOffset).isEqualTo(4);
    assertThat(append(connection, topic, id, 0, 4, 1).errorCode)
        .isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH.code());
  }

  @Test
  void partitionsAndProducersAreCountedApart() {
    String topic = topic(2);
    RawConnection connection = connect();
    long one = newProducerId(connection);
    long other = newProducerId(connection);
    assertThat(append(connection, topic, one, 0, 0, 2).baseOffset).isZero();
    assertThat(append(connection, topic, other, 0, 0, 2).baseOffset).isEqualTo(2);
    PartitionProduceResponse elsewhere = Requests.append(connection, topic, 1, batch(one, 0, 0, 2));
    assertThat(elsewhere.baseOffset).isZero();
    assertThat(elsewhere.errorCode).isZero();
  }

  @Test
  void whatWasKnownBeforeARestartIsKnownAfterIt() throws Exception {
    String topic = topic(1);
    RawConnection connection = connect();
    long id = newProducerId(connection);
    append(connection, topic, id, 3, 0, 3);
    append(connection, topic, id, 3, 3, 2);
    restart();
    connection = connect();
    assertThat(append(connection, topic, id, 3, 0, 3).baseOffset).isZero();
    assertThat(append(connection, topic, id, 3, 3, 2).baseOffset).isEqualTo(3);
    assertThat(append(connection, topic, id, 3, 6, 1).errorCode)
        .isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER.code());
    assertThat(append(connection, topic, id, 2, 5, 1).errorCode)
        .isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH.code());
    assertThat(append(connection, topic, id, 3, 5, 1).baseOffset).isEqualTo(5);
    restart();
    connection = connect();
    assertThat(append(connection, topic, id, 3, 5, 1).baseOffset).isEqualTo(5);
    assertThat(append(connection, topic, id, 4, 0, 1).baseOffset).isEqualTo(6);
  }

  @Test
  void producerIdIsGivenOnceForEver() throws Exception {
    Set<Long> ids = new HashSet<>();
    for (int run = 0; run < 3; run++) {
      RawConnection connection = connect();
      for (int i = 0; i < 50; i++) {
        assertThat(ids.add(newProducerId(connection))).isTrue();
      }
      restart();
    }
  }

  @Test
  void producerThatAsksForTheNextEpochGetsAnotherId() {
    RawConnection connection = connect();
    long id = newProducerId(connection);
    InitProducerIdRequest again = new InitProducerIdRequest();
    again.transactionalId = null;
    again.producerId = id;
    again.producerEpoch = 0;
    InitProducerIdResponse answer = connection.ask(again, 5, InitProducerIdResponse.class);
    assertThat(answer.errorCode).isZero();
    assertThat(answer.producerId).isNotEqualTo(id);
    assertThat(answer.producerEpoch).isZero();
  }

  private static long newProducerId(RawConnection connection) {
    InitProducerIdRequest request = new InitProducerIdRequest();
    request.transactionalId = null;
    InitProducerIdResponse answer = connection.ask(request, 5, InitProducerIdResponse.class);
    assertThat(answer.errorCode).isZero();
    return answer.producerId;
  }

  private static PartitionProduceResponse append(
      RawConnection connection, String topic, long id, int epoch, int sequence, int records) {
    return Requests.append(connection, topic, 0, batch(id, epoch, sequence, records));
  }

  private static ByteBuffer batch(long id, int epoch, int sequence, int records) {
    RecordBatchBuilder batch = Requests.batch(Compression.NONE, records);
    return batch.producer(id, (short) epoch, sequence).build();
  }
}
