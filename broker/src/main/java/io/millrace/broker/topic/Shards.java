package io.millrace.broker.topic;

import io.millrace.log.LogId;
import io.millrace.shard.Shard;
import java.util.List;

/**
 * The shards of this node, and which of them has what. A log's place follows from its id, so it
 * never moves; partitions of a topic go round the shards. Groups and transactional ids hash to
 * {@value #SLOTS} slots.
 */
public final class Shards {

  /** Fixed for ever: a slot's number decides where a group's offsets are. */
  private static final int SLOTS = 1024;

  private final List<Shard> shards;

  public Shards(List<Shard> shards) {
    this.shards = List.copyOf(shards);
  }

  /** The shard that holds topics, settings and producer ids. */
  public Shard metadata() {
    return shards.get(0);
  }

  public Shard of(LogId log) {
    long topic = log.topicId().getMostSignificantBits() ^ log.topicId().getLeastSignificantBits();
    return shards.get(Math.floorMod((int) (topic ^ topic >>> 32) + log.partition(), shards.size()));
  }

  /** The shard of a group or a transactional id. */
  public Shard of(String groupOrTransactionalId) {
    int slot = Math.floorMod(spread(groupOrTransactionalId.hashCode()), SLOTS);
    return shards.get(slot % shards.size());
  }

  private static int spread(int hash) {
    int mixed = hash * 0x9e3779b9;
    return mixed ^ mixed >>> 16;
  }

  public List<Shard> all() {
    return shards;
  }
}
