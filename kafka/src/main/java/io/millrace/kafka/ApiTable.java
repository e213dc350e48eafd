package io.millrace.kafka;

import io.millrace.kafka.handler.AddOffsetsToTxnHandler;
import io.millrace.kafka.handler.AddPartitionsToTxnHandler;
import io.millrace.kafka.handler.AlterConfigsHandler;
import io.millrace.kafka.handler.AlterPartitionReassignmentsHandler;
import io.millrace.kafka.handler.ApiVersionsHandler;
import io.millrace.kafka.handler.CreatePartitionsHandler;
import io.millrace.kafka.handler.CreateTopicsHandler;
import io.millrace.kafka.handler.DeleteGroupsHandler;
import io.millrace.kafka.handler.DeleteRecordsHandler;
import io.millrace.kafka.handler.DeleteTopicsHandler;
import io.millrace.kafka.handler.DescribeClusterHandler;
import io.millrace.kafka.handler.DescribeConfigsHandler;
import io.millrace.kafka.handler.DescribeGroupsHandler;
import io.millrace.kafka.handler.DescribeLogDirsHandler;
import io.millrace.kafka.handler.DescribeProducersHandler;
import io.millrace.kafka.handler.DescribeTopicPartitionsHandler;
import io.millrace.kafka.handler.DescribeTransactionsHandler;
import io.millrace.kafka.handler.ElectLeadersHandler;
import io.millrace.kafka.handler.EndTxnHandler;
import io.millrace.kafka.handler.FetchHandler;
import io.millrace.kafka.handler.FindCoordinatorHandler;
import io.millrace.kafka.handler.HeartbeatHandler;
import io.millrace.kafka.handler.IncrementalAlterConfigsHandler;
import io.millrace.kafka.handler.InitProducerIdHandler;
import io.millrace.kafka.handler.JoinGroupHandler;
import io.millrace.kafka.handler.LeaveGroupHandler;
import io.millrace.kafka.handler.ListConfigResourcesHandler;
import io.millrace.kafka.handler.ListGroupsHandler;
import io.millrace.kafka.handler.ListOffsetsHandler;
import io.millrace.kafka.handler.ListPartitionReassignmentsHandler;
import io.millrace.kafka.handler.ListTransactionsHandler;
import io.millrace.kafka.handler.MetadataHandler;
import io.millrace.kafka.handler.OffsetCommitHandler;
import io.millrace.kafka.handler.OffsetDeleteHandler;
import io.millrace.kafka.handler.OffsetFetchHandler;
import io.millrace.kafka.handler.OffsetForLeaderEpochHandler;
import io.millrace.kafka.handler.ProduceHandler;
import io.millrace.kafka.handler.SyncGroupHandler;
import io.millrace.kafka.handler.TxnOffsetCommitHandler;
import io.millrace.shard.Shard;
import io.millrace.wire.ApiKey;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The APIs that are served: one row each. What is not here is not announced, and refused. */
public final class ApiTable {

  private final Map<ApiKey, Api> rows = new EnumMap<>(ApiKey.class);
  private final Door door;

  public ApiTable(Door door) {
    this.door = door;
    for (Api api : rows(door)) {
      rows.put(api.key(), api);
    }
  }

  private List<Api> rows(Door door) {
    return List.of(
        Api.of(ApiKey.PRODUCE, 3, 13, new ProduceHandler(door)),
        Api.of(ApiKey.FETCH, 4, 18, new FetchHandler(door)),
        Api.of(ApiKey.LIST_OFFSETS, 1, 11, new ListOffsetsHandler(door)),
        Api.of(ApiKey.METADATA, 0, 13, new MetadataHandler(door)),
        Api.of(ApiKey.OFFSET_COMMIT, 2, 10, new OffsetCommitHandler(door)),
        Api.of(ApiKey.OFFSET_FETCH, 1, 10, new OffsetFetchHandler(door)),
        Api.of(ApiKey.FIND_COORDINATOR, 0, 6, new FindCoordinatorHandler(door)),
        Api.of(ApiKey.JOIN_GROUP, 0, 9, new JoinGroupHandler(door)),
        Api.of(ApiKey.HEARTBEAT, 0, 4, new HeartbeatHandler(door)),
        Api.of(ApiKey.LEAVE_GROUP, 0, 5, new LeaveGroupHandler(door)),
        Api.of(ApiKey.SYNC_GROUP, 0, 5, new SyncGroupHandler(door)),
        Api.of(ApiKey.DESCRIBE_GROUPS, 0, 6, new DescribeGroupsHandler(door)),
        Api.of(ApiKey.LIST_GROUPS, 0, 5, new ListGroupsHandler(door)),
        Api.of(ApiKey.API_VERSIONS, 0, 5, new ApiVersionsHandler(this, door.node())),
        Api.of(ApiKey.CREATE_TOPICS, 2, 7, new CreateTopicsHandler(door)),
        Api.of(ApiKey.DELETE_TOPICS, 1, 6, new DeleteTopicsHandler(door)),
        Api.of(ApiKey.DELETE_RECORDS, 0, 2, new DeleteRecordsHandler(door)),
        Api.of(ApiKey.INIT_PRODUCER_ID, 0, 5, new InitProducerIdHandler(door)),
        Api.of(ApiKey.OFFSET_FOR_LEADER_EPOCH, 2, 4, new OffsetForLeaderEpochHandler(door)),
        Api.of(ApiKey.ADD_PARTITIONS_TO_TXN, 0, 3, new AddPartitionsToTxnHandler(door)),
        Api.of(ApiKey.ADD_OFFSETS_TO_TXN, 0, 4, new AddOffsetsToTxnHandler(door)),
        Api.of(ApiKey.END_TXN, 0, 5, new EndTxnHandler(door)),
        Api.of(ApiKey.TXN_OFFSET_COMMIT, 0, 6, new TxnOffsetCommitHandler(door)),
        Api.of(ApiKey.DESCRIBE_CONFIGS, 1, 4, new DescribeConfigsHandler(door)),
        Api.of(ApiKey.ALTER_CONFIGS, 0, 2, new AlterConfigsHandler(door)),
        Api.of(ApiKey.DESCRIBE_LOG_DIRS, 1, 5, new DescribeLogDirsHandler(door)),
        Api.of(ApiKey.CREATE_PARTITIONS, 0, 3, new CreatePartitionsHandler(door)),
        Api.of(ApiKey.DELETE_GROUPS, 0, 3, new DeleteGroupsHandler(door)),
        Api.of(ApiKey.ELECT_LEADERS, 0, 2, new ElectLeadersHandler(door)),
        Api.of(ApiKey.INCREMENTAL_ALTER_CONFIGS, 0, 1, new IncrementalAlterConfigsHandler(door)),
        Api.of(
            ApiKey.ALTER_PARTITION_REASSIGNMENTS,
            0,
            1,
            new AlterPartitionReassignmentsHandler(door)),
        Api.of(ApiKey.LIST_PARTITION_REASSIGNMENTS, 0, 0, new ListPartitionReassignmentsHandler()),
        Api.of(ApiKey.OFFSET_DELETE, 0, 0, new OffsetDeleteHandler(door)),
        Api.of(ApiKey.DESCRIBE_CLUSTER, 0, 2, new DescribeClusterHandler(door)),
        Api.of(ApiKey.DESCRIBE_PRODUCERS, 0, 0, new DescribeProducersHandler(door)),
        Api.of(ApiKey.DESCRIBE_TRANSACTIONS, 0, 0, new DescribeTransactionsHandler(door)),
        Api.of(ApiKey.LIST_TRANSACTIONS, 0, 1, new ListTransactionsHandler(door)),
        Api.of(ApiKey.LIST_CONFIG_RESOURCES, 0, 1, new ListConfigResourcesHandler(door)),
        Api.of(ApiKey.DESCRIBE_TOPIC_PARTITIONS, 0, 0, new DescribeTopicPartitionsHandler(door)));
  }

  Door door() {
    return door;
  }

  @Nullable Api find(ApiKey key) {
    return rows.get(key);
  }

  /** An API that is served and its versions, for ApiVersions. */
  public record Served(ApiKey key, short lowest, short highest) {}

  public List<Served> served() {
    return rows.values().stream()
        .map(api -> new Served(api.key(), api.lowest(), api.highest()))
        .toList();
  }

  /**
   * Answers a request of a version that is not served, as the protocol has it: ApiVersions in
   * version 0 with what there is, so that the client can choose again (KIP-511); anything else ends
   * the connection.
   */
  void answerUnsupportedVersion(Exchange exchange) {
    if (exchange.key() == ApiKey.API_VERSIONS) {
      exchange.replyInVersion((short) 0, ApiVersionsHandler.unsupportedVersion(this));
    } else {
      exchange.close(
          "it asks for version "
              + exchange.version()
              + " of "
              + exchange.key()
              + ", which is not served");
    }
  }

  /** Whether so much is under way that produce requests should wait. */
  boolean isCrowded() {
    for (Shard shard : shards()) {
      if (shard.isCrowded()) {
        return true;
      }
    }
    return false;
  }

  /** Wakes the shards that were given something to append. */
  void ring() {
    for (Shard shard : shards()) {
      shard.ring();
    }
  }

  /** Has an action run when a shard that was crowded has room again. */
  void whenRoom(Runnable action) {
    for (Shard shard : shards()) {
      if (shard.isCrowded()) {
        shard.whenRoom(action);
        return;
      }
    }
    action.run();
  }

  private Collection<Shard> shards() {
    return door.broker().shards().all();
  }
}
