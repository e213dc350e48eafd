package io.millrace.systemtests.kafka;

import io.millrace.record.Compression;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.AddOffsetsToTxnRequest;
import io.millrace.wire.message.AddOffsetsToTxnResponse;
import io.millrace.wire.message.AddPartitionsToTxnRequest;
import io.millrace.wire.message.AddPartitionsToTxnResponse;
import io.millrace.wire.message.EndTxnRequest;
import io.millrace.wire.message.EndTxnResponse;
import io.millrace.wire.message.InitProducerIdRequest;
import io.millrace.wire.message.InitProducerIdResponse;
import io.millrace.wire.message.ProduceRequest;
import io.millrace.wire.message.ProduceResponse;
import io.millrace.wire.message.TxnOffsetCommitRequest;
import io.millrace.wire.message.TxnOffsetCommitResponse;

/** A transactional producer that says exactly what it is told to, over any connection. */
final class TransactionProducer {

  static final int OLDER_FLOW = 3;
  static final int NEWER_FLOW = 5;

  final String id;
  long producerId = -1;
  short epoch = -1;
  int timeoutMs = 60_000;

  TransactionProducer(String id) {
    this.id = id;
  }

  /** Becomes the producer of its id, whoever was. */
  ErrorCode init(RawConnection connection) {
    return init(connection, -1, (short) -1);
  }

  ErrorCode init(RawConnection connection, long knownId, short knownEpoch) {
    InitProducerIdRequest request = new InitProducerIdRequest();
    request.transactionalId = id;
    request.transactionTimeoutMs = timeoutMs;
    request.producerId = knownId;
    request.producerEpoch = knownEpoch;
    InitProducerIdResponse answer = connection.ask(request, 5, InitProducerIdResponse.class);
    if (answer.errorCode == 0) {
      producerId = answer.producerId;
      epoch = answer.producerEpoch;
    }
    return ErrorCode.forCode(answer.errorCode);
  }

  ErrorCode add(RawConnection connection, String topic, int... partitions) {
    AddPartitionsToTxnRequest request = new AddPartitionsToTxnRequest();
    request.v3AndBelowTransactionalId = id;
    request.v3AndBelowProducerId = producerId;
    request.v3AndBelowProducerEpoch = epoch;
    AddPartitionsToTxnRequest.AddPartitionsToTxnTopic one =
        new AddPartitionsToTxnRequest.AddPartitionsToTxnTopic();
    one.name = topic;
    one.partitions = partitions;
    request.v3AndBelowTopics.add(one);
    AddPartitionsToTxnResponse answer =
        connection.ask(request, 3, AddPartitionsToTxnResponse.class);
    return ErrorCode.forCode(
        answer.resultsByTopicV3AndBelow.get(0).resultsByPartition.get(0).partitionErrorCode);
  }

  ErrorCode addGroup(RawConnection connection, String group) {
    AddOffsetsToTxnRequest request = new AddOffsetsToTxnRequest();
    request.transactionalId = id;
    request.producerId = producerId;
    request.producerEpoch = epoch;
    request.groupId = group;
    return ErrorCode.forCode(connection.ask(request, 3, AddOffsetsToTxnResponse.class).errorCode);
  }

  ErrorCode commitOffset(
      RawConnection connection, int version, String group, String topic, long offset) {
    TxnOffsetCommitRequest request = new TxnOffsetCommitRequest();
    request.transactionalId = id;
    request.producerId = producerId;
    request.producerEpoch = epoch;
    request.groupId = group;
    TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic one =
        new TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic();
    one.name = topic;
    TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition partition =
        new TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition();
    partition.committedOffset = offset;
    one.partitions.add(partition);
    request.topics.add(one);
    TxnOffsetCommitResponse answer =
        connection.ask(request, version, TxnOffsetCommitResponse.class);
    return ErrorCode.forCode(answer.topics.get(0).partitions.get(0).errorCode);
  }

  ErrorCode append(
      RawConnection connection, int version, String topic, int partition, int sequence) {
    ProduceRequest request =
        Requests.produce(
            topic,
            partition,
            -1,
            Requests.batch(Compression.NONE, 1)
                .producer(producerId, epoch, sequence)
                .transactional()
                .build());
    request.transactionalId = id;
    return ErrorCode.forCode(
        Requests.only(connection.ask(request, version, ProduceResponse.class)).errorCode);
  }

  ErrorCode end(RawConnection connection, int version, boolean commit) {
    connection.send(endRequest(commit), version);
    return ended(connection, version);
  }

  EndTxnRequest endRequest(boolean commit) {
    EndTxnRequest request = new EndTxnRequest();
    request.transactionalId = id;
    request.producerId = producerId;
    request.producerEpoch = epoch;
    request.committed = commit;
    return request;
  }

  /** Takes the answer to an end, and goes on as it says. */
  ErrorCode ended(RawConnection connection, int version) {
    EndTxnResponse answer = (EndTxnResponse) connection.receive();
    if (answer.errorCode == 0 && version >= NEWER_FLOW) {
      producerId = answer.producerId;
      epoch = answer.producerEpoch;
    }
    return ErrorCode.forCode(answer.errorCode);
  }
}
