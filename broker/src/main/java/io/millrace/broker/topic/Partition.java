package io.millrace.broker.topic;

import io.millrace.shard.Shard;
import io.millrace.shard.ShardLog;

/**
 * One partition seen from above: the topic it belongs to, the shard that writes it, its log.
 *
 * @param index number within the topic, from 0
 */
public record Partition(Topic topic, int index, Shard shard, ShardLog log) {

  @Override
  public String toString() {
    return topic.name() + "-" + index;
  }
}
