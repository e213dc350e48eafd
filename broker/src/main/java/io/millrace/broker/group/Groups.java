package io.millrace.broker.group;

import io.millrace.broker.setting.SettingValues;
import io.millrace.broker.topic.Shards;
import io.millrace.shard.Shard;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** All consumer groups of the broker: each lives on the shard that its name hashes to. */
public final class Groups {

  private final Shards shards;
  private final Map<Shard, ConsumerGroups> byShard = new LinkedHashMap<>();

  /** Adds the state machine of groups to each shard. Before they recover. */
  public Groups(Shards shards, SettingValues settings, Supplier<UUID> newIds) {
    this.shards = shards;
    for (Shard shard : shards.all()) {
      ConsumerGroups groups = new ConsumerGroups(shard, settings, newIds);
      shard.add(groups);
      byShard.put(shard, groups);
    }
  }

  /** The groups of the shard that has, or would have, a group. */
  public ConsumerGroups of(String groupId) {
    ConsumerGroups groups = byShard.get(shards.of(groupId));
    if (groups == null) {
      throw new IllegalStateException("no shard for group " + groupId);
    }
    return groups;
  }

  public Collection<ConsumerGroups> all() {
    return byShard.values();
  }

  /** Begins to forget old offsets now and then. */
  public void start(Predicate<UUID> topicExists) {
    byShard.values().forEach(groups -> groups.forgetOldRegularly(topicExists));
  }
}
