package io.millrace.kafka.handler;

import io.millrace.broker.topic.Shards;
import io.millrace.broker.topic.Topic;
import io.millrace.broker.topic.TopicName;
import io.millrace.kafka.Door;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.log.LogId;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.DescribeTopicPartitionsRequest;
import io.millrace.wire.message.DescribeTopicPartitionsResponse;
import io.millrace.wire.message.DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition;
import io.millrace.wire.message.DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic;
import java.util.Collection;
import java.util.Iterator;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * DescribeTopicPartitions, key 75, version 0 (KIP-966).
 *
 * <p>Topics come by name, all of them if none is named, a page at a time: no more than {@value
 * #PARTITIONS_MAX} partitions, and a cursor for what is left. A cursor at a topic that is gone goes
 * on with the next one. The one replica leads, so there are no others that might.
 */
public final class DescribeTopicPartitionsHandler
    implements Handler<DescribeTopicPartitionsRequest> {

  /** Kafka's default of {@code max.request.partition.size.limit}. */
  private static final int PARTITIONS_MAX = 2000;

  private static final int[] NOBODY = {};

  private final Door door;

  public DescribeTopicPartitionsHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(DescribeTopicPartitionsRequest request, Exchange exchange) {
    DescribeTopicPartitionsRequest.Cursor cursor = request.cursor;
    DescribeTopicPartitionsResponse response = new DescribeTopicPartitionsResponse();
    if (cursor != null && cursor.partitionIndex < 0) {
      response.topics.add(failed(cursor.topicName, ErrorCode.INVALID_REQUEST));
      exchange.reply(response);
      return;
    }
    int room = Math.max(1, Math.min(PARTITIONS_MAX, request.responsePartitionLimit));
    Iterator<String> names = names(request, cursor);
    while (names.hasNext()) {
      String name = names.next();
      int first = cursor != null && cursor.topicName.equals(name) ? cursor.partitionIndex : 0;
      if (room == 0) {
        response.nextCursor = cursorAt(name, first);
        break;
      }
      Topic topic = door.broker().topics().find(name);
      if (topic == null) {
        response.topics.add(
            failed(
                name,
                TopicName.problem(name) == null
                    ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
                    : ErrorCode.INVALID_TOPIC_EXCEPTION));
        continue;
      }
      int end = (int) Math.min(topic.partitionCount(), (long) first + room);
      response.topics.add(found(topic, first, end));
      room -= Math.max(0, end - first);
      if (end < topic.partitionCount()) {
        response.nextCursor = cursorAt(name, end);
        break;
      }
    }
    exchange.reply(response);
  }

  /** The topics that are asked for, by name, from the cursor on. */
  private Iterator<String> names(
      DescribeTopicPartitionsRequest request,
      DescribeTopicPartitionsRequest.@Nullable Cursor cursor) {
    String from = cursor == null ? "" : cursor.topicName;
    if (request.topics.isEmpty()) {
      Collection<Topic> all = door.broker().topics().from(from);
      return all.stream().map(Topic::name).iterator();
    }
    TreeSet<String> asked = new TreeSet<>();
    request.topics.forEach(topic -> asked.add(topic.name));
    return asked.tailSet(from, true).iterator();
  }

  private static DescribeTopicPartitionsResponse.Cursor cursorAt(String name, int partition) {
    DescribeTopicPartitionsResponse.Cursor cursor = new DescribeTopicPartitionsResponse.Cursor();
    cursor.topicName = name;
    cursor.partitionIndex = partition;
    return cursor;
  }

  private static DescribeTopicPartitionsResponseTopic failed(String name, ErrorCode code) {
    DescribeTopicPartitionsResponseTopic answer = new DescribeTopicPartitionsResponseTopic();
    answer.name = name;
    answer.errorCode = code.code();
    return answer;
  }

  private DescribeTopicPartitionsResponseTopic found(Topic topic, int first, int end) {
    DescribeTopicPartitionsResponseTopic answer = new DescribeTopicPartitionsResponseTopic();
    answer.name = topic.name();
    answer.topicId = topic.id();
    answer.topicAuthorizedOperations = AuthorizedOperations.TOPIC;
    int[] self = {door.node().id()};
    Shards shards = door.broker().shards();
    for (int i = first; i < end; i++) {
      DescribeTopicPartitionsResponsePartition partition =
          new DescribeTopicPartitionsResponsePartition();
      partition.partitionIndex = i;
      partition.leaderId = door.node().id();
      partition.leaderEpoch = shards.of(new LogId(topic.id(), i)).leaderEpoch();
      partition.replicaNodes = self;
      partition.isrNodes = self;
      partition.eligibleLeaderReplicas = NOBODY;
      partition.lastKnownElr = NOBODY;
      answer.partitions.add(partition);
    }
    return answer;
  }
}
