package io.millrace.kafka.handler;

import io.millrace.broker.topic.NewTopic;
import io.millrace.broker.topic.Shards;
import io.millrace.broker.topic.Topic;
import io.millrace.broker.topic.TopicName;
import io.millrace.broker.topic.Topics;
import io.millrace.kafka.Door;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.log.LogId;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.MetadataRequest;
import io.millrace.wire.message.MetadataResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Metadata, key 3, versions 0 to 13.
 *
 * <p>This node leads everything and is the controller. A topic that does not exist is made if both
 * the request and {@code auto.create.topics.enable} allow it; unlike Kafka, the answer waits for
 * that, so the client need not ask again. The address told is that of the listener it asked on.
 */
public final class MetadataHandler implements Handler<MetadataRequest> {

  private final Door door;

  public MetadataHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(MetadataRequest request, Exchange exchange) {
    List<CompletableFuture<?>> beingMade = new ArrayList<>();
    if (mayCreate(request, exchange)) {
      Topics topics = door.broker().topics();
      for (MetadataRequest.MetadataRequestTopic wanted : asked(request)) {
        if (wanted.name != null
            && isNoId(wanted)
            && topics.find(wanted.name) == null
            && TopicName.problem(wanted.name) == null
            && !TopicName.isReserved(wanted.name)) {
          beingMade.add(topics.create(new NewTopic(wanted.name, -1, -1, Map.of()), false));
        }
      }
    }
    if (beingMade.isEmpty()) {
      exchange.reply(response(request, exchange));
    } else {
      CompletableFuture.allOf(beingMade.toArray(CompletableFuture<?>[]::new))
          .whenCompleteAsync(
              // One that could not be made is answered as one that is not there.
              (nothing, failure) -> exchange.reply(response(request, exchange)), exchange.loop());
    }
  }

  private boolean mayCreate(MetadataRequest request, Exchange exchange) {
    return door.broker().settings().flag("auto.create.topics.enable")
        && (exchange.version() < 4 || request.allowAutoTopicCreation);
  }

  private static List<MetadataRequest.MetadataRequestTopic> asked(MetadataRequest request) {
    return request.topics == null ? List.of() : request.topics;
  }

  private static boolean isNoId(MetadataRequest.MetadataRequestTopic topic) {
    return topic.topicId.getMostSignificantBits() == 0
        && topic.topicId.getLeastSignificantBits() == 0;
  }

  private MetadataResponse response(MetadataRequest request, Exchange exchange) {
    MetadataResponse response = new MetadataResponse();
    MetadataResponse.MetadataResponseBroker self = new MetadataResponse.MetadataResponseBroker();
    self.nodeId = door.node().id();
    self.host = exchange.connection().listener().advertisedHost();
    self.port = exchange.connection().listener().advertisedPort();
    response.brokers.add(self);
    response.clusterId = door.node().clusterId();
    response.controllerId = door.node().id();
    boolean all = request.topics == null || exchange.version() == 0 && request.topics.isEmpty();
    if (all) {
      for (Topic topic : door.broker().topics().all()) {
        response.topics.add(found(topic));
      }
    } else {
      for (MetadataRequest.MetadataRequestTopic wanted : asked(request)) {
        response.topics.add(answer(wanted));
      }
    }
    if (exchange.version() >= 8) {
      addAuthorizedOperations(request, response, exchange.version());
    }
    return response;
  }

  private static void addAuthorizedOperations(
      MetadataRequest request, MetadataResponse response, short version) {
    // Of the cluster only up to version 10: DescribeCluster took that over.
    if (version <= 10 && request.includeClusterAuthorizedOperations) {
      response.clusterAuthorizedOperations = AuthorizedOperations.CLUSTER;
    }
    if (request.includeTopicAuthorizedOperations) {
      for (MetadataResponse.MetadataResponseTopic topic : response.topics) {
        if (topic.errorCode == 0) {
          topic.topicAuthorizedOperations = AuthorizedOperations.TOPIC;
        }
      }
    }
  }

  private MetadataResponse.MetadataResponseTopic answer(
      MetadataRequest.MetadataRequestTopic wanted) {
    Topics topics = door.broker().topics();
    if (!isNoId(wanted)) {
      Topic topic = topics.find(wanted.topicId);
      if (topic != null) {
        return found(topic);
      }
      MetadataResponse.MetadataResponseTopic unknown = unknown(ErrorCode.UNKNOWN_TOPIC_ID, null);
      unknown.topicId = wanted.topicId;
      return unknown;
    }
    String name = wanted.name == null ? "" : wanted.name;
    Topic topic = topics.find(name);
    if (topic != null) {
      return found(topic);
    }
    return unknown(
        TopicName.problem(name) == null
            ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
            : ErrorCode.INVALID_TOPIC_EXCEPTION,
        name);
  }

  private static MetadataResponse.MetadataResponseTopic unknown(
      ErrorCode code, @Nullable String name) {
    MetadataResponse.MetadataResponseTopic topic = new MetadataResponse.MetadataResponseTopic();
    topic.errorCode = code.code();
    topic.name = name;
    return topic;
  }

  private MetadataResponse.MetadataResponseTopic found(Topic topic) {
    MetadataResponse.MetadataResponseTopic answer = new MetadataResponse.MetadataResponseTopic();
    answer.name = topic.name();
    answer.topicId = topic.id();
    int[] self = {door.node().id()};
    int count = topic.partitionCount();
    List<MetadataResponse.MetadataResponsePartition> partitions = new ArrayList<>(count);
    Shards shards = door.broker().shards();
    for (int i = 0; i < count; i++) {
      MetadataResponse.MetadataResponsePartition partition =
          new MetadataResponse.MetadataResponsePartition();
      partition.partitionIndex = i;
      partition.leaderId = door.node().id();
      partition.leaderEpoch = shards.of(new LogId(topic.id(), i)).leaderEpoch();
      partition.replicaNodes = self;
      partition.isrNodes = self;
      partitions.add(partition);
    }
    answer.partitions = partitions;
    return answer;
  }
}
