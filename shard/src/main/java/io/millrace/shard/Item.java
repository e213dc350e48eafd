package io.millrace.shard;

import java.util.List;
import java.util.UUID;

/** One thing that an entry holds. */
sealed interface Item
    permits BatchAppend,
        Item.Trim,
        Item.DropTopic,
        Item.ExpireProducers,
        Item.ForgetAborted,
        Item.Change {

  /** What the item is called in the journal. */
  int kind();

  int BATCH = 1;
  int TRIM = 2;
  int DROP_TOPIC = 3;
  int EXPIRE_PRODUCERS = 4;
  int TRANSACTIONAL_BATCH = 5;
  int COMMIT_MARKER = 6;
  int ABORT_MARKER = 7;
  int FORGET_ABORTED = 8;

  /** Kinds from here on belong to state machines. */
  int FIRST_MACHINE = 16;

  /** Records below {@code startOffset} are no longer to be read. */
  record Trim(ShardLog log, long startOffset, Runnable applied) implements Item {
    @Override
    public int kind() {
      return TRIM;
    }
  }

  /**
   * The logs of a topic, partitions 0 to {@code partitions - 1}, are no more.
   *
   * @param logs those that were there, once it is applied
   */
  record DropTopic(UUID topicId, int partitions, List<ShardLog> logs, Runnable applied)
      implements Item {
    @Override
    public int kind() {
      return DROP_TOPIC;
    }
  }

  /** Producers of a log that appended nothing since {@code beforeMs} are forgotten. */
  record ExpireProducers(ShardLog log, long beforeMs) implements Item {
    @Override
    public int kind() {
      return EXPIRE_PRODUCERS;
    }
  }

  /**
   * The aborted transactions of a log whose markers lie below {@code offset} are forgotten, since
   * compaction has left none of their records.
   */
  record ForgetAborted(ShardLog log, long offset) implements Item {
    @Override
    public int kind() {
      return FORGET_ABORTED;
    }
  }

  /** A change for a state machine. */
  record Change(int kind, byte[] body, Runnable applied) implements Item {}
}
