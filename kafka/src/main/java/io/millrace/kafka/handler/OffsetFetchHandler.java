package io.millrace.kafka.handler;

import io.millrace.broker.group.Standing;
import io.millrace.broker.topic.Topic;
import io.millrace.cursor.OffsetCursor;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.log.LogId;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.OffsetFetchRequest;
import io.millrace.wire.message.OffsetFetchRequest.OffsetFetchRequestGroup;
import io.millrace.wire.message.OffsetFetchRequest.OffsetFetchRequestTopics;
import io.millrace.wire.message.OffsetFetchResponse;
import io.millrace.wire.message.OffsetFetchResponse.OffsetFetchResponseGroup;
import io.millrace.wire.message.OffsetFetchResponse.OffsetFetchResponsePartitions;
import io.millrace.wire.message.OffsetFetchResponse.OffsetFetchResponseTopics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * OffsetFetch, key 9, versions 1 to 10: one group, from version 8 on several, from version 10 on by
 * topic id. An offset that was never committed is -1. Where an open transaction is about to move
 * one, a client that asks for stable offsets gets UNSTABLE_OFFSET_COMMIT.
 */
public final class OffsetFetchHandler implements Handler<OffsetFetchRequest> {

  private final Door door;

  public OffsetFetchHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(OffsetFetchRequest request, Exchange exchange) {
    List<OffsetFetchRequestGroup> wanted =
        exchange.version() >= 8 ? request.groups : List.of(onlyGroup(request));
    boolean byId = exchange.version() >= 10;
    List<CompletableFuture<OffsetFetchResponseGroup>> answers = new ArrayList<>();
    for (OffsetFetchRequestGroup group : wanted) {
      answers.add(
          door.broker()
              .groups()
              .of(group.groupId)
              .standing(group.groupId)
              .handle((standing, failure) ->
                  answer(group, settled(standing, request.requireStable), failure, byId)));
    }
    CompletableFuture.allOf(answers.toArray(CompletableFuture<?>[]::new))
        .whenComplete((all, failure) -> {
          OffsetFetchResponse response = new OffsetFetchResponse();
          for (CompletableFuture<OffsetFetchResponseGroup> answer : answers) {
            response.groups.add(answer.join());
          }
          exchange.reply(
              exchange.version() >= 8 ? response : withOnlyGroup(response.groups.get(0)));
        });
  }

  private static OffsetFetchRequestGroup onlyGroup(OffsetFetchRequest request) {
    OffsetFetchRequestGroup group = new OffsetFetchRequestGroup();
    group.groupId = request.groupId;
    group.topics = null;
    if (request.topics != null) {
      List<OffsetFetchRequestTopics> topics = new ArrayList<>();
      for (OffsetFetchRequest.OffsetFetchRequestTopic topic : request.topics) {
        OffsetFetchRequestTopics one = new OffsetFetchRequestTopics();
        one.name = topic.name;
        one.partitionIndexes = topic.partitionIndexes;
        topics.add(one);
      }
      group.topics = topics;
    }
    return group;
  }

  private static OffsetFetchResponse withOnlyGroup(OffsetFetchResponseGroup group) {
    OffsetFetchResponse response = new OffsetFetchResponse();
    response.errorCode = group.errorCode;
    for (OffsetFetchResponseTopics topic : group.topics) {
      OffsetFetchResponse.OffsetFetchResponseTopic answer =
          new OffsetFetchResponse.OffsetFetchResponseTopic();
      answer.name = topic.name;
      for (OffsetFetchResponsePartitions partition : topic.partitions) {
        OffsetFetchResponse.OffsetFetchResponsePartition one =
            new OffsetFetchResponse.OffsetFetchResponsePartition();
        one.partitionIndex = partition.partitionIndex;
        one.committedOffset = partition.committedOffset;
        one.committedLeaderEpoch = partition.committedLeaderEpoch;
        one.metadata = partition.metadata;
        one.errorCode = partition.errorCode;
        answer.partitions.add(one);
      }
      response.topics.add(answer);
    }
    return response;
  }

  private OffsetFetchResponseGroup answer(
      OffsetFetchRequestGroup wanted,
      @Nullable Standing standing,
      @Nullable Throwable failure,
      boolean byId) {
    OffsetFetchResponseGroup answer = new OffsetFetchResponseGroup();
    answer.groupId = wanted.groupId;
    if (standing == null) {
      answer.errorCode = Errors.codeOf(failure);
    } else if (wanted.topics == null) {
      addAll(standing, answer);
    } else {
      for (OffsetFetchRequestTopics topic : wanted.topics) {
        answer.topics.add(topic(topic, standing, byId));
      }
    }
    return answer;
  }

  /** What a client sees that does not ask for decided offsets only. */
  private static @Nullable Standing settled(@Nullable Standing standing, boolean requireStable) {
    return standing == null || requireStable
        ? standing
        : new Standing(standing.cursors(), Set.of());
  }

  private void addAll(Standing standing, OffsetFetchResponseGroup answer) {
    Map<UUID, OffsetFetchResponseTopics> topics = new LinkedHashMap<>();
    Set<LogId> logs = new LinkedHashSet<>(standing.cursors().keySet());
    logs.addAll(standing.undecided());
    logs.forEach(log -> {
      Topic topic = door.broker().topics().find(log.topicId());
      if (topic != null) {
        topics
            .computeIfAbsent(
                topic.id(),
                id -> {
                  OffsetFetchResponseTopics one = new OffsetFetchResponseTopics();
                  one.name = topic.name();
                  one.topicId = id;
                  return one;
                })
            .partitions
            .add(partition(log.partition(), log, standing));
      }
    });
    answer.topics.addAll(topics.values());
  }

  private OffsetFetchResponseTopics topic(
      OffsetFetchRequestTopics wanted, Standing standing, boolean byId) {
    OffsetFetchResponseTopics answer = new OffsetFetchResponseTopics();
    answer.name = wanted.name;
    answer.topicId = wanted.topicId;
    Topic topic =
        byId
            ? door.broker().topics().find(wanted.topicId)
            : door.broker().topics().find(wanted.name);
    for (int index : wanted.partitionIndexes) {
      LogId log = topic == null ? null : new LogId(topic.id(), index);
      OffsetFetchResponsePartitions one = partition(index, log, standing);
      if (topic == null && byId) {
        one.errorCode = ErrorCode.UNKNOWN_TOPIC_ID.code();
      }
      answer.partitions.add(one);
    }
    return answer;
  }

  private static OffsetFetchResponsePartitions partition(
      int index, @Nullable LogId log, Standing standing) {
    boolean undecided = log != null && standing.undecided().contains(log);
    OffsetCursor cursor = log == null || undecided ? null : standing.cursors().get(log);
    OffsetFetchResponsePartitions one = new OffsetFetchResponsePartitions();
    one.partitionIndex = index;
    one.errorCode = undecided ? ErrorCode.UNSTABLE_OFFSET_COMMIT.code() : ErrorCode.NONE.code();
    one.committedOffset = cursor == null ? -1 : cursor.offset();
    one.committedLeaderEpoch = cursor == null ? -1 : cursor.leaderEpoch();
    one.metadata = cursor == null ? "" : cursor.metadata();
    return one;
  }
}
