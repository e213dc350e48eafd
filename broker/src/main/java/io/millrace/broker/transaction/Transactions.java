package io.millrace.broker.transaction;

import io.millrace.broker.group.Groups;
import io.millrace.broker.setting.SettingValues;
import io.millrace.broker.topic.Shards;
import io.millrace.shard.Shard;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/** All transactions of the broker: each is coordinated by the shard of its transactional id. */
public final class Transactions {

  private final Shards shards;
  private final Map<Shard, TransactionCoordinator> byShard = new LinkedHashMap<>();

  /** Adds the state machine of transactions to each shard. Before they recover. */
  public Transactions(
      Shards shards, Groups groups, ProducerIds producerIds, SettingValues settings) {
    this.shards = shards;
    for (Shard shard : shards.all()) {
      TransactionCoordinator coordinator =
          new TransactionCoordinator(shard, shards, groups, producerIds, settings);
      shard.add(coordinator);
      byShard.put(shard, coordinator);
    }
  }

  /** The coordinator that has, or would have, a transactional id. */
  public TransactionCoordinator of(String transactionalId) {
    TransactionCoordinator coordinator = byShard.get(shards.of(transactionalId));
    if (coordinator == null) {
      throw new IllegalStateException("no shard for transactional id " + transactionalId);
    }
    return coordinator;
  }

  public Collection<TransactionCoordinator> all() {
    return byShard.values();
  }

  /** Goes on with what a stop or a crash cut short. Once all shards have recovered. */
  public void start() {
    byShard.values().forEach(TransactionCoordinator::start);
  }
}
