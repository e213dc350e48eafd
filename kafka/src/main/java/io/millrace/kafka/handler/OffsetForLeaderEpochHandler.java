package io.millrace.kafka.handler;

import io.millrace.broker.topic.Partition;
import io.millrace.broker.topic.Topic;
import io.millrace.kafka.Door;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.shard.EpochStarts;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.OffsetForLeaderEpochRequest;
import io.millrace.wire.message.OffsetForLeaderEpochRequest.OffsetForLeaderPartition;
import io.millrace.wire.message.OffsetForLeaderEpochRequest.OffsetForLeaderTopic;
import io.millrace.wire.message.OffsetForLeaderEpochResponse;
import io.millrace.wire.message.OffsetForLeaderEpochResponse.EpochEndOffset;
import io.millrace.wire.message.OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult;
import org.jspecify.annotations.Nullable;

/**
 * OffsetForLeaderEpoch, key 23, versions 2 to 4: where a leader epoch ended, so that a consumer can
 * tell whether what it has read is still there. It always is: only committed records can be read,
 * and the epoch counts the starts of this node. The replica id is not looked at.
 */
public final class OffsetForLeaderEpochHandler implements Handler<OffsetForLeaderEpochRequest> {

  private final Door door;

  public OffsetForLeaderEpochHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(OffsetForLeaderEpochRequest request, Exchange exchange) {
    OffsetForLeaderEpochResponse response = new OffsetForLeaderEpochResponse();
    for (OffsetForLeaderTopic wanted : request.topics) {
      OffsetForLeaderTopicResult answer = new OffsetForLeaderTopicResult();
      answer.topic = wanted.topic;
      response.topics.add(answer);
      Topic topic = door.broker().topics().find(wanted.topic);
      for (OffsetForLeaderPartition partition : wanted.partitions) {
        answer.partitions.add(find(topic, partition));
      }
    }
    exchange.reply(response);
  }

  private static EpochEndOffset find(@Nullable Topic topic, OffsetForLeaderPartition wanted) {
    EpochEndOffset answer = new EpochEndOffset();
    answer.partition = wanted.partition;
    Partition partition = topic == null ? null : topic.partition(wanted.partition);
    if (partition == null) {
      answer.errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code();
      return answer;
    }
    int now = partition.shard().leaderEpoch();
    ErrorCode problem = LeaderEpochs.check(wanted.currentLeaderEpoch, now);
    if (problem != ErrorCode.NONE) {
      answer.errorCode = problem.code();
      return answer;
    }
    EpochStarts.EpochEnd end =
        partition.log().epochs().endOf(wanted.leaderEpoch, now, partition.log().endOffset());
    answer.leaderEpoch = end.epoch();
    answer.endOffset = end.endOffset();
    return answer;
  }
}
