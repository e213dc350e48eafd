package io.millrace.kafka;

import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.Message;
import io.millrace.wire.message.AddOffsetsToTxnResponse;
import io.millrace.wire.message.AddPartitionsToTxnRequest;
import io.millrace.wire.message.AddPartitionsToTxnResponse;
import io.millrace.wire.message.CreateTopicsRequest;
import io.millrace.wire.message.CreateTopicsResponse;
import io.millrace.wire.message.EndTxnResponse;
import io.millrace.wire.message.FetchRequest;
import io.millrace.wire.message.FetchResponse;
import io.millrace.wire.message.FindCoordinatorRequest;
import io.millrace.wire.message.FindCoordinatorResponse;
import io.millrace.wire.message.HeartbeatResponse;
import io.millrace.wire.message.InitProducerIdResponse;
import io.millrace.wire.message.JoinGroupResponse;
import io.millrace.wire.message.LeaveGroupResponse;
import io.millrace.wire.message.ListOffsetsRequest;
import io.millrace.wire.message.ListOffsetsResponse;
import io.millrace.wire.message.MetadataRequest;
import io.millrace.wire.message.MetadataResponse;
import io.millrace.wire.message.OffsetCommitRequest;
import io.millrace.wire.message.OffsetCommitResponse;
import io.millrace.wire.message.OffsetFetchRequest;
import io.millrace.wire.message.OffsetFetchResponse;
import io.millrace.wire.message.ProduceRequest;
import io.millrace.wire.message.ProduceResponse;
import io.millrace.wire.message.SyncGroupResponse;
import io.millrace.wire.message.TxnOffsetCommitRequest;
import io.millrace.wire.message.TxnOffsetCommitResponse;
import java.util.Set;

/**
 * The answer to a request that is not served and answered with an error: in the shape of its API,
 * with the error wherever that API has a place for one.
 */
public final class FailedAnswer {

  /** APIs that can be answered like this. */
  public static final Set<ApiKey> APIS =
      Set.of(
          ApiKey.PRODUCE,
          ApiKey.FETCH,
          ApiKey.LIST_OFFSETS,
          ApiKey.METADATA,
          ApiKey.OFFSET_COMMIT,
          ApiKey.OFFSET_FETCH,
          ApiKey.FIND_COORDINATOR,
          ApiKey.JOIN_GROUP,
          ApiKey.SYNC_GROUP,
          ApiKey.HEARTBEAT,
          ApiKey.LEAVE_GROUP,
          ApiKey.INIT_PRODUCER_ID,
          ApiKey.ADD_PARTITIONS_TO_TXN,
          ApiKey.ADD_OFFSETS_TO_TXN,
          ApiKey.TXN_OFFSET_COMMIT,
          ApiKey.END_TXN,
          ApiKey.CREATE_TOPICS);

  private FailedAnswer() {}

  static Message to(Message request, Exchange exchange, Node node, ErrorCode error) {
    short code = error.code();
    return switch (exchange.key()) {
      case PRODUCE -> produce((ProduceRequest) request, code);
      case FETCH -> fetch((FetchRequest) request, exchange, code);
      case LIST_OFFSETS -> listOffsets((ListOffsetsRequest) request, code);
      case METADATA -> metadata((MetadataRequest) request, exchange, node, code);
      case OFFSET_COMMIT -> offsetCommit((OffsetCommitRequest) request, code);
      case OFFSET_FETCH -> offsetFetch((OffsetFetchRequest) request, exchange, code);
      case FIND_COORDINATOR -> coordinator((FindCoordinatorRequest) request, exchange, code);
      case JOIN_GROUP -> {
        JoinGroupResponse join = new JoinGroupResponse();
        join.errorCode = code;
        yield join;
      }
      case SYNC_GROUP -> {
        SyncGroupResponse sync = new SyncGroupResponse();
        sync.errorCode = code;
        yield sync;
      }
      case HEARTBEAT -> {
        HeartbeatResponse heartbeat = new HeartbeatResponse();
        heartbeat.errorCode = code;
        yield heartbeat;
      }
      case LEAVE_GROUP -> {
        LeaveGroupResponse leave = new LeaveGroupResponse();
        leave.errorCode = code;
        yield leave;
      }
      case INIT_PRODUCER_ID -> {
        InitProducerIdResponse init = new InitProducerIdResponse();
        init.errorCode = code;
        yield init;
      }
      case ADD_PARTITIONS_TO_TXN -> addPartitions((AddPartitionsToTxnRequest) request, code);
      case ADD_OFFSETS_TO_TXN -> {
        AddOffsetsToTxnResponse add = new AddOffsetsToTxnResponse();
        add.errorCode = code;
        yield add;
      }
      case TXN_OFFSET_COMMIT -> txnOffsetCommit((TxnOffsetCommitRequest) request, code);
      case END_TXN -> {
        EndTxnResponse end = new EndTxnResponse();
        end.errorCode = code;
        yield end;
      }
      case CREATE_TOPICS -> createTopics((CreateTopicsRequest) request, code);
      default ->
          throw new IllegalArgumentException(exchange.key() + " cannot be answered with an error");
    };
  }

  private static ProduceResponse produce(ProduceRequest request, short code) {
    ProduceResponse response = new ProduceResponse();
    for (ProduceRequest.TopicProduceData data : request.topicData) {
      ProduceResponse.TopicProduceResponse topic = new ProduceResponse.TopicProduceResponse();
      topic.name = data.name;
      topic.topicId = data.topicId;
      for (ProduceRequest.PartitionProduceData partition : data.partitionData) {
        ProduceResponse.PartitionProduceResponse one =
            new ProduceResponse.PartitionProduceResponse();
        one.index = partition.index;
        one.errorCode = code;
        one.baseOffset = -1;
        topic.partitionResponses.add(one);
      }
      response.responses.add(topic);
    }
    return response;
  }

  private static FetchResponse fetch(FetchRequest request, Exchange exchange, short code) {
    FetchResponse response = new FetchResponse();
    if (exchange.version() >= 7) {
      response.errorCode = code;
      return response;
    }
    for (FetchRequest.FetchTopic wanted : request.topics) {
      FetchResponse.FetchableTopicResponse topic = new FetchResponse.FetchableTopicResponse();
      topic.topic = wanted.topic;
      for (FetchRequest.FetchPartition partition : wanted.partitions) {
        FetchResponse.PartitionData one = new FetchResponse.PartitionData();
        one.partitionIndex = partition.partition;
        one.errorCode = code;
        one.highWatermark = -1;
        topic.partitions.add(one);
      }
      response.responses.add(topic);
    }
    return response;
  }

  private static ListOffsetsResponse listOffsets(ListOffsetsRequest request, short code) {
    ListOffsetsResponse response = new ListOffsetsResponse();
    for (ListOffsetsRequest.ListOffsetsTopic wanted : request.topics) {
      ListOffsetsResponse.ListOffsetsTopicResponse topic =
          new ListOffsetsResponse.ListOffsetsTopicResponse();
      topic.name = wanted.name;
      for (ListOffsetsRequest.ListOffsetsPartition partition : wanted.partitions) {
        ListOffsetsResponse.ListOffsetsPartitionResponse one =
            new ListOffsetsResponse.ListOffsetsPartitionResponse();
        one.partitionIndex = partition.partitionIndex;
        one.errorCode = code;
        topic.partitions.add(one);
      }
      response.topics.add(topic);
    }
    return response;
  }

  /** The broker is named all the same: without it a client would know nobody to ask again. */
  private static MetadataResponse metadata(
      MetadataRequest request, Exchange exchange, Node node, short code) {
    MetadataResponse response = new MetadataResponse();
    MetadataResponse.MetadataResponseBroker self = new MetadataResponse.MetadataResponseBroker();
    self.nodeId = node.id();
    self.host = exchange.connection().listener().advertisedHost();
    self.port = exchange.connection().listener().advertisedPort();
    response.brokers.add(self);
    response.clusterId = node.clusterId();
    response.controllerId = node.id();
    if (request.topics != null) {
      for (MetadataRequest.MetadataRequestTopic wanted : request.topics) {
        MetadataResponse.MetadataResponseTopic topic = new MetadataResponse.MetadataResponseTopic();
        topic.name = wanted.name;
        topic.topicId = wanted.topicId;
        topic.errorCode = code;
        response.topics.add(topic);
      }
    }
    return response;
  }

  private static OffsetCommitResponse offsetCommit(OffsetCommitRequest request, short code) {
    OffsetCommitResponse response = new OffsetCommitResponse();
    for (OffsetCommitRequest.OffsetCommitRequestTopic wanted : request.topics) {
      OffsetCommitResponse.OffsetCommitResponseTopic topic =
          new OffsetCommitResponse.OffsetCommitResponseTopic();
      topic.name = wanted.name;
      topic.topicId = wanted.topicId;
      for (OffsetCommitRequest.OffsetCommitRequestPartition partition : wanted.partitions) {
        OffsetCommitResponse.OffsetCommitResponsePartition one =
            new OffsetCommitResponse.OffsetCommitResponsePartition();
        one.partitionIndex = partition.partitionIndex;
        one.errorCode = code;
        topic.partitions.add(one);
      }
      response.topics.add(topic);
    }
    return response;
  }

  private static AddPartitionsToTxnResponse addPartitions(
      AddPartitionsToTxnRequest request, short code) {
    AddPartitionsToTxnResponse response = new AddPartitionsToTxnResponse();
    for (AddPartitionsToTxnRequest.AddPartitionsToTxnTopic wanted : request.v3AndBelowTopics) {
      AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult topic =
          new AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult();
      topic.name = wanted.name;
      for (int partition : wanted.partitions) {
        AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult one =
            new AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult();
        one.partitionIndex = partition;
        one.partitionErrorCode = code;
        topic.resultsByPartition.add(one);
      }
      response.resultsByTopicV3AndBelow.add(topic);
    }
    return response;
  }

  private static TxnOffsetCommitResponse txnOffsetCommit(
      TxnOffsetCommitRequest request, short code) {
    TxnOffsetCommitResponse response = new TxnOffsetCommitResponse();
    for (TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic wanted : request.topics) {
      TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic topic =
          new TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic();
      topic.name = wanted.name;
      topic.topicId = wanted.topicId;
      for (TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition partition : wanted.partitions) {
        TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition one =
            new TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition();
        one.partitionIndex = partition.partitionIndex;
        one.errorCode = code;
        topic.partitions.add(one);
      }
      response.topics.add(topic);
    }
    return response;
  }

  private static OffsetFetchResponse offsetFetch(
      OffsetFetchRequest request, Exchange exchange, short code) {
    OffsetFetchResponse response = new OffsetFetchResponse();
    if (exchange.version() < 8) {
      response.errorCode = code;
      return response;
    }
    for (OffsetFetchRequest.OffsetFetchRequestGroup wanted : request.groups) {
      OffsetFetchResponse.OffsetFetchResponseGroup group =
          new OffsetFetchResponse.OffsetFetchResponseGroup();
      group.groupId = wanted.groupId;
      group.errorCode = code;
      response.groups.add(group);
    }
    return response;
  }

  private static FindCoordinatorResponse coordinator(
      FindCoordinatorRequest request, Exchange exchange, short code) {
    FindCoordinatorResponse response = new FindCoordinatorResponse();
    if (exchange.version() < 4) {
      response.errorCode = code;
      response.nodeId = -1;
      response.port = -1;
      return response;
    }
    for (String key : request.coordinatorKeys) {
      FindCoordinatorResponse.Coordinator one = new FindCoordinatorResponse.Coordinator();
      one.key = key;
      one.errorCode = code;
      one.nodeId = -1;
      one.port = -1;
      response.coordinators.add(one);
    }
    return response;
  }

  private static CreateTopicsResponse createTopics(CreateTopicsRequest request, short code) {
    CreateTopicsResponse response = new CreateTopicsResponse();
    for (CreateTopicsRequest.CreatableTopic wanted : request.topics) {
      CreateTopicsResponse.CreatableTopicResult one =
          new CreateTopicsResponse.CreatableTopicResult();
      one.name = wanted.name;
      one.errorCode = code;
      response.topics.add(one);
    }
    return response;
  }
}
