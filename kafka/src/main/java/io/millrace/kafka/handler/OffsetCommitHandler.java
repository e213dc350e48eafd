package io.millrace.kafka.handler;

import io.millrace.broker.group.Commit;
import io.millrace.broker.topic.Topic;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.log.LogId;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.OffsetCommitRequest;
import io.millrace.wire.message.OffsetCommitResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * OffsetCommit, key 8, versions 2 to 10.
 *
 * <p>Offsets are kept for the topic's id: a topic made again under the same name has none. The
 * retention time that old clients send is not looked at.
 */
public final class OffsetCommitHandler implements Handler<OffsetCommitRequest> {

  private final Door door;

  public OffsetCommitHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(OffsetCommitRequest request, Exchange exchange) {
    OffsetCommitResponse response = new OffsetCommitResponse();
    List<Commit> commits = new ArrayList<>();
    List<OffsetCommitResponse.OffsetCommitResponsePartition> pending = new ArrayList<>();
    for (OffsetCommitRequest.OffsetCommitRequestTopic wanted : request.topics) {
      OffsetCommitResponse.OffsetCommitResponseTopic answer =
          new OffsetCommitResponse.OffsetCommitResponseTopic();
      answer.name = wanted.name;
      answer.topicId = wanted.topicId;
      response.topics.add(answer);
      boolean byId = exchange.version() >= 10;
      Topic topic =
          byId
              ? door.broker().topics().find(wanted.topicId)
              : door.broker().topics().find(wanted.name);
      for (OffsetCommitRequest.OffsetCommitRequestPartition partition : wanted.partitions) {
        OffsetCommitResponse.OffsetCommitResponsePartition one =
            new OffsetCommitResponse.OffsetCommitResponsePartition();
        one.partitionIndex = partition.partitionIndex;
        answer.partitions.add(one);
        ErrorCode problem =
            Offsets.problem(
                door,
                topic,
                byId,
                partition.partitionIndex,
                partition.committedOffset,
                partition.committedMetadata);
        if (problem != ErrorCode.NONE || topic == null) {
          one.errorCode = problem.code();
        } else {
          pending.add(one);
          commits.add(
              new Commit(
                  new LogId(topic.id(), partition.partitionIndex),
                  partition.committedOffset,
                  partition.committedLeaderEpoch,
                  partition.committedMetadata == null ? "" : partition.committedMetadata));
        }
      }
    }
    door.broker()
        .groups()
        .of(request.groupId)
        .commit(
            request.groupId,
            request.memberId,
            request.groupInstanceId,
            request.generationIdOrMemberEpoch,
            commits)
        .whenComplete((done, failure) -> {
          short code = Errors.codeOf(failure);
          pending.forEach(one -> one.errorCode = code);
          exchange.reply(response);
        });
  }
}
