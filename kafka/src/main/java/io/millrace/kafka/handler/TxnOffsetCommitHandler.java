package io.millrace.kafka.handler;

import io.millrace.broker.group.Commit;
import io.millrace.broker.group.Committer;
import io.millrace.broker.topic.Topic;
import io.millrace.kafka.Door;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.log.LogId;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.TxnOffsetCommitRequest;
import io.millrace.wire.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition;
import io.millrace.wire.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic;
import io.millrace.wire.message.TxnOffsetCommitResponse;
import io.millrace.wire.message.TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition;
import io.millrace.wire.message.TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic;
import java.util.ArrayList;
import java.util.List;

/**
 * TxnOffsetCommit, key 28, versions 0 to 6, from version 6 on by topic id. The offsets show when
 * the transaction is committed. From version 5 on the group is added to the transaction by this
 * (KIP-890); before, AddOffsetsToTxn must have done so.
 */
public final class TxnOffsetCommitHandler implements Handler<TxnOffsetCommitRequest> {

  private static final int REACHES_SINCE = 5;
  private static final int BY_ID_SINCE = 6;
  private static final int FENCED_SINCE = 5;

  private final Door door;

  public TxnOffsetCommitHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(TxnOffsetCommitRequest request, Exchange exchange) {
    TxnOffsetCommitResponse response = new TxnOffsetCommitResponse();
    List<Commit> commits = new ArrayList<>();
    List<TxnOffsetCommitResponsePartition> pending = new ArrayList<>();
    boolean byId = exchange.version() >= BY_ID_SINCE;
    for (TxnOffsetCommitRequestTopic wanted : request.topics) {
      TxnOffsetCommitResponseTopic answer = new TxnOffsetCommitResponseTopic();
      answer.name = wanted.name;
      answer.topicId = wanted.topicId;
      response.topics.add(answer);
      Topic topic =
          byId
              ? door.broker().topics().find(wanted.topicId)
              : door.broker().topics().find(wanted.name);
      for (TxnOffsetCommitRequestPartition partition : wanted.partitions) {
        TxnOffsetCommitResponsePartition one = new TxnOffsetCommitResponsePartition();
        one.partitionIndex = partition.partitionIndex;
        answer.partitions.add(one);
        String metadata = partition.committedMetadata;
        ErrorCode problem =
            Offsets.problem(
                door, topic, byId, partition.partitionIndex, partition.committedOffset, metadata);
        if (problem != ErrorCode.NONE || topic == null) {
          one.errorCode = problem.code();
        } else {
          pending.add(one);
          commits.add(
              new Commit(
                  new LogId(topic.id(), partition.partitionIndex),
                  partition.committedOffset,
                  partition.committedLeaderEpoch,
                  metadata == null ? "" : metadata));
        }
      }
    }
    Transactional.coordinator(door, request.transactionalId)
        .commitOffsets(
            Transactional.speaker(
                exchange, request.transactionalId, request.producerId, request.producerEpoch),
            exchange.version() >= REACHES_SINCE,
            request.groupId,
            new Committer(
                request.memberId, request.groupInstanceId, request.generationIdOrMemberEpoch),
            commits)
        .whenComplete((done, failure) -> {
          short code = Transactional.code(failure, exchange, FENCED_SINCE);
          pending.forEach(one -> one.errorCode = code);
          exchange.reply(response);
        });
  }
}
