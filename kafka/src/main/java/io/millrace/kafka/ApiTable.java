package io.millrace.kafka;

import io.millrace.kafka.handler.ApiVersionsHandler;
import io.millrace.kafka.handler.CreateTopicsHandler;
import io.millrace.kafka.handler.FetchHandler;
import io.millrace.kafka.handler.FindCoordinatorHandler;
import io.millrace.kafka.handler.HeartbeatHandler;
import io.millrace.kafka.handler.InitProducerIdHandler;
import io.millrace.kafka.handler.JoinGroupHandler;
import io.millrace.kafka.handler.LeaveGroupHandler;
import io.millrace.kafka.handler.ListOffsetsHandler;
import io.millrace.kafka.handler.MetadataHandler;
import io.millrace.kafka.handler.OffsetCommitHandler;
import io.millrace.kafka.handler.OffsetFetchHandler;
import io.millrace.kafka.handler.ProduceHandler;
import io.millrace.kafka.handler.SyncGroupHandler;
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
        Api.of(ApiKey.API_VERSIONS, 0, 4, new ApiVersionsHandler(this)),
        Api.of(ApiKey.CREATE_TOPICS, 2, 7, new CreateTopicsHandler(door)),
        Api.of(ApiKey.INIT_PRODUCER_ID, 0, 5, new InitProducerIdHandler(door)));
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
