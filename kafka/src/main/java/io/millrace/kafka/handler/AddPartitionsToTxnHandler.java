package io.millrace.kafka.handler;

import io.millrace.broker.topic.Topic;
import io.millrace.kafka.Door;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.log.LogId;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.AddPartitionsToTxnRequest;
import io.millrace.wire.message.AddPartitionsToTxnRequest.AddPartitionsToTxnTopic;
import io.millrace.wire.message.AddPartitionsToTxnResponse;
import io.millrace.wire.message.AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult;
import io.millrace.wire.message.AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * AddPartitionsToTxn, key 24, versions 0 to 3: clients of the older flow say where their
 * transaction is about to reach. If one of the partitions does not exist, none is added. Later
 * versions are spoken between brokers, and there is one.
 */
public final class AddPartitionsToTxnHandler implements Handler<AddPartitionsToTxnRequest> {

  private static final int FENCED_SINCE = 2;

  private final Door door;

  public AddPartitionsToTxnHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(AddPartitionsToTxnRequest request, Exchange exchange) {
    AddPartitionsToTxnResponse response = new AddPartitionsToTxnResponse();
    List<AddPartitionsToTxnPartitionResult> known = new ArrayList<>();
    Set<LogId> logs = new LinkedHashSet<>();
    boolean complete = true;
    for (AddPartitionsToTxnTopic wanted : request.v3AndBelowTopics) {
      AddPartitionsToTxnTopicResult answer = new AddPartitionsToTxnTopicResult();
      answer.name = wanted.name;
      response.resultsByTopicV3AndBelow.add(answer);
      Topic topic = door.broker().topics().find(wanted.name);
      for (int partition : wanted.partitions) {
        AddPartitionsToTxnPartitionResult one = new AddPartitionsToTxnPartitionResult();
        one.partitionIndex = partition;
        answer.resultsByPartition.add(one);
        if (topic == null || topic.partition(partition) == null) {
          one.partitionErrorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code();
          complete = false;
        } else {
          known.add(one);
          logs.add(new LogId(topic.id(), partition));
        }
      }
    }
    if (!complete) {
      known.forEach(one -> one.partitionErrorCode = ErrorCode.OPERATION_NOT_ATTEMPTED.code());
      exchange.reply(response);
      return;
    }
    Transactional.coordinator(door, request.v3AndBelowTransactionalId)
        .extend(
            Transactional.speaker(
                exchange,
                request.v3AndBelowTransactionalId,
                request.v3AndBelowProducerId,
                request.v3AndBelowProducerEpoch),
            logs,
            Set.of())
        .whenComplete((done, failure) -> {
          short code = Transactional.code(failure, exchange, FENCED_SINCE);
          known.forEach(one -> one.partitionErrorCode = code);
          exchange.reply(response);
        });
  }
}
