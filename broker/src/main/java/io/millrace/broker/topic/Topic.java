package io.millrace.broker.topic;

import io.millrace.log.LogId;
import io.millrace.shard.Shard;
import io.millrace.shard.SnapshotItem;
import io.millrace.shard.StateWriter;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A topic: its name, its id, its settings, its partitions. Changed by the metadata shard while
 * entries are applied, read by everyone. A partition is made when first asked for, so that one that
 * is never used costs four bytes.
 */
public final class Topic extends SnapshotItem {

  private final Shards shards;
  private final UUID id;
  private final String name;
  private volatile TopicSettings settings;
  private volatile @Nullable Partition[] partitions;
  private volatile boolean deleted;

  Topic(Shards shards, UUID id, String name, int partitions, TopicSettings settings) {
    this.shards = shards;
    this.id = id;
    this.name = name;
    this.settings = settings;
    this.partitions = new Partition[partitions];
  }

  public UUID id() {
    return id;
  }

  public String name() {
    return name;
  }

  public TopicSettings settings() {
    return settings;
  }

  public int partitionCount() {
    return partitions.length;
  }

  /** Whether the topic is gone; whoever still holds it must not write to it. */
  public boolean isDeleted() {
    return deleted;
  }

  /** A partition; null if the topic has none of that number, or is gone. */
  public @Nullable Partition partition(int index) {
    @Nullable Partition[] all = partitions;
    if (index < 0 || index >= all.length) {
      return null;
    }
    Partition partition = all[index];
    if (partition == null) {
      if (deleted) {
        return null;
      }
      // Two threads may make one each: they are equal and share the log.
      LogId log = new LogId(id, index);
      Shard shard = shards.of(log);
      partition = new Partition(this, index, shard, shard.log(log));
      all[index] = partition;
    }
    return partition;
  }

  void addPartitions(int count) {
    partitions = Arrays.copyOf(partitions, count);
  }

  void settings(TopicSettings newSettings) {
    settings = newSettings;
  }

  void markDeleted() {
    deleted = true;
  }

  @Override
  public String toString() {
    return name;
  }

  @Override
  protected int kind() {
    return Topics.KIND;
  }

  @Override
  protected void encode(StateWriter out) {
    out.uuid(id).text(name).varint(partitions.length);
    Topics.encode(settings.set(), out);
  }
}
