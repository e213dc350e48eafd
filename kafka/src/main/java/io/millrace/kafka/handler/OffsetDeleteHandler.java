package io.millrace.kafka.handler;

import io.millrace.broker.group.GroupView;
import io.millrace.broker.topic.Topic;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.log.LogId;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.OffsetDeleteRequest;
import io.millrace.wire.message.OffsetDeleteRequest.OffsetDeleteRequestPartition;
import io.millrace.wire.message.OffsetDeleteRequest.OffsetDeleteRequestTopic;
import io.millrace.wire.message.OffsetDeleteResponse;
import io.millrace.wire.message.OffsetDeleteResponse.OffsetDeleteResponsePartition;
import io.millrace.wire.message.OffsetDeleteResponse.OffsetDeleteResponseTopic;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * OffsetDelete, key 47, version 0 (KIP-496): has a group forget where it stands in some partitions.
 * Those of a topic that its members are subscribed to are kept, with GROUP_SUBSCRIBED_TO_TOPIC; a
 * group whose members are no consumers is refused as a whole.
 */
public final class OffsetDeleteHandler implements Handler<OffsetDeleteRequest> {

  private final Door door;

  public OffsetDeleteHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(OffsetDeleteRequest request, Exchange exchange) {
    OffsetDeleteResponse response = new OffsetDeleteResponse();
    Map<LogId, OffsetDeleteResponsePartition> asked = new LinkedHashMap<>();
    for (OffsetDeleteRequestTopic wanted : request.topics) {
      OffsetDeleteResponseTopic answer = new OffsetDeleteResponseTopic();
      answer.name = wanted.name;
      response.topics.add(answer);
      Topic topic = door.broker().topics().find(wanted.name);
      for (OffsetDeleteRequestPartition partition : wanted.partitions) {
        OffsetDeleteResponsePartition one = new OffsetDeleteResponsePartition();
        one.partitionIndex = partition.partitionIndex;
        answer.partitions.add(one);
        int index = partition.partitionIndex;
        if (topic == null || index < 0 || index >= topic.partitionCount()) {
          one.errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code();
        } else {
          asked.put(new LogId(topic.id(), index), one);
        }
      }
    }
    door.broker()
        .groups()
        .of(request.groupId)
        .deleteCursors(
            request.groupId,
            List.copyOf(asked.keySet()),
            group -> !Subscriptions.isOfConsumers(group),
            (group, log) -> isSubscribed(group, log))
        .whenComplete((kept, failure) -> {
          if (failure == null) {
            for (LogId log : kept) {
              OffsetDeleteResponsePartition one = asked.get(log);
              if (one != null) {
                one.errorCode = ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC.code();
              }
            }
            exchange.reply(response);
          } else {
            OffsetDeleteResponse refused = new OffsetDeleteResponse();
            refused.errorCode = Errors.codeOf(failure);
            exchange.reply(refused);
          }
        });
  }

  private boolean isSubscribed(GroupView group, LogId log) {
    Topic topic = door.broker().topics().find(log.topicId());
    return topic != null && Subscriptions.isSubscribed(group, topic.name());
  }
}
