package io.millrace.broker.topic;

import io.millrace.broker.Decision;
import io.millrace.broker.Refusal.Reason;
import io.millrace.broker.RefusedException;
import io.millrace.shard.Shard;
import io.millrace.shard.ShardLog;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * One partition seen from above: the topic it belongs to, the shard that writes it, its log.
 *
 * @param index number within the topic, from 0
 */
public record Partition(Topic topic, int index, Shard shard, ShardLog log) {

  /**
   * Deletes the records below an offset: they can no longer be read, and their segments go with the
   * next checkpoint.
   *
   * @param before first offset to keep, at most the end of the log; one below the start changes
   *     nothing
   * @return the first offset that can be read, once the deletion is durable; fails with a {@link
   *     RefusedException}
   */
  public CompletableFuture<Long> deleteRecords(long before) {
    return Decision.on(
        shard,
        (sequencer, answer) -> {
          if (topic.isDeleted()) {
            throw new RefusedException(Reason.UNKNOWN_TOPIC, "topic " + topic + " was deleted");
          }
          if (topic.settings().isCompacted() && !topic.settings().isDeleted()) {
            throw new RefusedException(
                Reason.POLICY_VIOLATION,
                "records of topic " + topic + " cannot be deleted: its cleanup.policy is compact");
          }
          long end = log.endOffset();
          if (before < 0 || before > end) {
            throw new RefusedException(
                Reason.OFFSET_OUT_OF_RANGE,
                this + " ends at offset " + end + ", so nothing before " + before + " can be cut");
          }
          if (before <= log.startOffset()) {
            answer.complete(log.startOffset());
          } else {
            sequencer.trim(log, before, () -> answer.complete(log.startOffset()));
          }
        });
  }

  /** The idempotent producers that the log remembers. */
  public CompletableFuture<List<ShardLog.KnownProducer>> producers() {
    return Decision.on(shard, (sequencer, answer) -> answer.complete(log.knownProducers()));
  }

  @Override
  public String toString() {
    return topic.name() + "-" + index;
  }
}
