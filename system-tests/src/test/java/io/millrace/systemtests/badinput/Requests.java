package io.millrace.systemtests.badinput;

import io.millrace.record.Compression;
import io.millrace.record.Record;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.wire.ApiKey;
import io.millrace.wire.BufferPayload;
import io.millrace.wire.Message;
import io.millrace.wire.message.ApiVersionsRequest;
import io.millrace.wire.message.CreateTopicsRequest;
import io.millrace.wire.message.FetchRequest;
import io.millrace.wire.message.FindCoordinatorRequest;
import io.millrace.wire.message.HeartbeatRequest;
import io.millrace.wire.message.InitProducerIdRequest;
import io.millrace.wire.message.JoinGroupRequest;
import io.millrace.wire.message.ListOffsetsRequest;
import io.millrace.wire.message.MetadataRequest;
import io.millrace.wire.message.OffsetCommitRequest;
import io.millrace.wire.message.OffsetFetchRequest;
import io.millrace.wire.message.ProduceRequest;
import io.millrace.wire.message.SyncGroupRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Requests that are valid, to be spoiled; every array in them has an element. */
final class Requests {

  static final String TOPIC = "spoiled";

  /** A request of one version. */
  record Valid(ApiKey key, int version, Message body) {
    byte[] bytes() {
      return RawConnection.withoutSize(RawConnection.frame(key, version, 7, body));
    }

    @Override
    public String toString() {
      return key + " version " + version;
    }
  }

  private Requests() {}

  /** One of an old and one of a new encoding for each API. */
  static List<Valid> all() {
    return List.of(
        new Valid(ApiKey.PRODUCE, 7, produce(TOPIC, batch())),
        new Valid(ApiKey.PRODUCE, 9, produce(TOPIC, batch())),
        new Valid(ApiKey.FETCH, 11, fetch(TOPIC)),
        new Valid(ApiKey.FETCH, 12, fetch(TOPIC)),
        new Valid(ApiKey.LIST_OFFSETS, 4, listOffsets()),
        new Valid(ApiKey.LIST_OFFSETS, 7, listOffsets()),
        new Valid(ApiKey.METADATA, 8, metadata()),
        new Valid(ApiKey.METADATA, 12, metadata()),
        new Valid(ApiKey.OFFSET_COMMIT, 7, offsetCommit("spoilers", TOPIC, 5)),
        new Valid(ApiKey.OFFSET_COMMIT, 9, offsetCommit("spoilers", TOPIC, 5)),
        new Valid(ApiKey.OFFSET_FETCH, 5, offsetFetch()),
        new Valid(ApiKey.OFFSET_FETCH, 8, offsetFetchOfGroups()),
        new Valid(ApiKey.FIND_COORDINATOR, 2, findCoordinator()),
        new Valid(ApiKey.FIND_COORDINATOR, 4, findCoordinators()),
        new Valid(ApiKey.JOIN_GROUP, 5, joinGroup()),
        new Valid(ApiKey.JOIN_GROUP, 9, joinGroup()),
        new Valid(ApiKey.SYNC_GROUP, 3, syncGroup()),
        new Valid(ApiKey.SYNC_GROUP, 5, syncGroup()),
        new Valid(ApiKey.HEARTBEAT, 3, heartbeat()),
        new Valid(ApiKey.HEARTBEAT, 4, heartbeat()),
        new Valid(ApiKey.API_VERSIONS, 0, new ApiVersionsRequest()),
        new Valid(ApiKey.API_VERSIONS, 3, new ApiVersionsRequest()),
        new Valid(ApiKey.CREATE_TOPICS, 4, createTopic(TOPIC, 1)),
        new Valid(ApiKey.CREATE_TOPICS, 7, createTopic(TOPIC, 1)),
        new Valid(ApiKey.INIT_PRODUCER_ID, 1, initProducerId()),
        new Valid(ApiKey.INIT_PRODUCER_ID, 4, initProducerId()));
  }

  static ByteBuffer batch() {
    return batch(Compression.NONE, "one", "two", "three");
  }

  static ByteBuffer batch(Compression codec, String... values) {
    RecordBatchBuilder builder = new RecordBatchBuilder().compression(codec);
    for (int i = 0; i < values.length; i++) {
      builder.append(
          new Record(
              i,
              System.currentTimeMillis(),
              ByteBuffer.wrap("key".getBytes(StandardCharsets.UTF_8)),
              ByteBuffer.wrap(values[i].getBytes(StandardCharsets.UTF_8)),
              List.of()));
    }
    return builder.build();
  }

  static ProduceRequest produce(String name, ByteBuffer batch) {
    return produce(name, 0, -1, batch);
  }

  static ProduceRequest produce(String name, int index, int acks, ByteBuffer batch) {
    ProduceRequest request = new ProduceRequest();
    request.acks = (short) acks;
    request.timeoutMs = 1000;
    ProduceRequest.TopicProduceData topic = new ProduceRequest.TopicProduceData();
    topic.name = name;
    ProduceRequest.PartitionProduceData partition = new ProduceRequest.PartitionProduceData();
    partition.index = index;
    partition.records = new BufferPayload(batch);
    topic.partitionData.add(partition);
    request.topicData.add(topic);
    return request;
  }

  static FetchRequest fetch(String name) {
    FetchRequest request = new FetchRequest();
    request.maxWaitMs = 1;
    request.minBytes = 1;
    FetchRequest.FetchTopic topic = new FetchRequest.FetchTopic();
    topic.topic = name;
    FetchRequest.FetchPartition partition = new FetchRequest.FetchPartition();
    partition.partitionMaxBytes = 1 << 20;
    topic.partitions.add(partition);
    request.topics.add(topic);
    return request;
  }

  static ListOffsetsRequest listOffsets() {
    ListOffsetsRequest request = new ListOffsetsRequest();
    ListOffsetsRequest.ListOffsetsTopic topic = new ListOffsetsRequest.ListOffsetsTopic();
    topic.name = TOPIC;
    ListOffsetsRequest.ListOffsetsPartition partition =
        new ListOffsetsRequest.ListOffsetsPartition();
    partition.timestamp = -1;
    topic.partitions.add(partition);
    request.topics.add(topic);
    return request;
  }

  static MetadataRequest metadata() {
    MetadataRequest request = new MetadataRequest();
    MetadataRequest.MetadataRequestTopic topic = new MetadataRequest.MetadataRequestTopic();
    topic.name = TOPIC;
    request.topics = new ArrayList<>(List.of(topic));
    request.allowAutoTopicCreation = false;
    return request;
  }

  static OffsetCommitRequest offsetCommit(String group, String name, long offset) {
    OffsetCommitRequest request = new OffsetCommitRequest();
    request.groupId = group;
    OffsetCommitRequest.OffsetCommitRequestTopic topic =
        new OffsetCommitRequest.OffsetCommitRequestTopic();
    topic.name = name;
    OffsetCommitRequest.OffsetCommitRequestPartition partition =
        new OffsetCommitRequest.OffsetCommitRequestPartition();
    partition.committedOffset = offset;
    partition.committedMetadata = "where we stand";
    topic.partitions.add(partition);
    request.topics.add(topic);
    return request;
  }

  private static OffsetFetchRequest offsetFetch() {
    OffsetFetchRequest request = new OffsetFetchRequest();
    request.groupId = "spoilers";
    OffsetFetchRequest.OffsetFetchRequestTopic topic =
        new OffsetFetchRequest.OffsetFetchRequestTopic();
    topic.name = TOPIC;
    topic.partitionIndexes = new int[] {0};
    request.topics = new ArrayList<>(List.of(topic));
    return request;
  }

  private static OffsetFetchRequest offsetFetchOfGroups() {
    OffsetFetchRequest request = new OffsetFetchRequest();
    OffsetFetchRequest.OffsetFetchRequestGroup group =
        new OffsetFetchRequest.OffsetFetchRequestGroup();
    group.groupId = "spoilers";
    OffsetFetchRequest.OffsetFetchRequestTopics topic =
        new OffsetFetchRequest.OffsetFetchRequestTopics();
    topic.name = TOPIC;
    topic.partitionIndexes = new int[] {0};
    group.topics = new ArrayList<>(List.of(topic));
    request.groups.add(group);
    return request;
  }

  private static FindCoordinatorRequest findCoordinator() {
    FindCoordinatorRequest request = new FindCoordinatorRequest();
    request.key = "spoilers";
    return request;
  }

  private static FindCoordinatorRequest findCoordinators() {
    FindCoordinatorRequest request = new FindCoordinatorRequest();
    request.coordinatorKeys.add("spoilers");
    return request;
  }

  static JoinGroupRequest joinGroup() {
    JoinGroupRequest request = new JoinGroupRequest();
    request.groupId = "spoilers";
    request.sessionTimeoutMs = 6000;
    request.rebalanceTimeoutMs = 6000;
    request.protocolType = "consumer";
    JoinGroupRequest.JoinGroupRequestProtocol protocol =
        new JoinGroupRequest.JoinGroupRequestProtocol();
    protocol.name = "range";
    protocol.metadata = ByteBuffer.wrap(new byte[10]);
    request.protocols.add(protocol);
    return request;
  }

  private static SyncGroupRequest syncGroup() {
    SyncGroupRequest request = new SyncGroupRequest();
    request.groupId = "spoilers";
    request.memberId = "member";
    request.protocolType = "consumer";
    request.protocolName = "range";
    SyncGroupRequest.SyncGroupRequestAssignment assignment =
        new SyncGroupRequest.SyncGroupRequestAssignment();
    assignment.memberId = "member";
    assignment.assignment = ByteBuffer.wrap(new byte[10]);
    request.assignments.add(assignment);
    return request;
  }

  private static HeartbeatRequest heartbeat() {
    HeartbeatRequest request = new HeartbeatRequest();
    request.groupId = "spoilers";
    request.memberId = "member";
    return request;
  }

  static CreateTopicsRequest createTopic(String name, int partitions) {
    CreateTopicsRequest request = new CreateTopicsRequest();
    request.timeoutMs = 1000;
    CreateTopicsRequest.CreatableTopic topic = new CreateTopicsRequest.CreatableTopic();
    topic.name = name;
    topic.numPartitions = partitions;
    topic.replicationFactor = 1;
    CreateTopicsRequest.CreatableTopicConfig setting =
        new CreateTopicsRequest.CreatableTopicConfig();
    setting.name = "retention.ms";
    setting.value = "60000";
    topic.configs.add(setting);
    request.topics.add(topic);
    return request;
  }

  static InitProducerIdRequest initProducerId() {
    InitProducerIdRequest request = new InitProducerIdRequest();
    request.transactionalId = null;
    request.transactionTimeoutMs = 1000;
    return request;
  }
}
