package io.millrace.shard;

import io.millrace.shard.ProducerState.Verdict;
import java.util.ArrayList;
import java.util.Collection;
import java.util.UUID;

/**
 * Turns what arrives into the entry that is open: checks producers, gives out offsets, takes
 * changes. Everything that applying an entry may not look at (the clock, free disk space, whether a
 * topic still exists) is looked at here.
 *
 * <p>Belongs to the shard's thread; a {@link Task} gets it handed.
 */
public final class Sequencer {

  private final Clock clock;
  private final DiskReserve reserve;
  private final ProducerBound producers;
  private final TransactionBound transactions;
  private final Collection<ShardLog> logs;
  private int leaderEpoch;
  private Entry open;
  private long openedNanos;

  /**
   * @param logs all that there are, whenever one looks
   */
  Sequencer(
      Clock clock,
      DiskReserve reserve,
      ProducerBound producers,
      TransactionBound transactions,
      Collection<ShardLog> logs,
      int leaderEpoch) {
    this.clock = clock;
    this.reserve = reserve;
    this.producers = producers;
    this.transactions = transactions;
    this.logs = logs;
    this.leaderEpoch = leaderEpoch;
    this.open = new Entry(clock.millis(), leaderEpoch);
  }

  // --- for tasks ---

  /**
   * The time that applying the open entry will see, in ms; now, if nothing is in it yet. An empty
   * entry is not opened by this: what comes later must not get the time of a look at the clock.
   */
  public long timeMs() {
    return open.isEmpty() ? clock.millis() : open.timeMs;
  }

  public int leaderEpoch() {
    return leaderEpoch;
  }

  /**
   * Proposes a change of a state machine.
   *
   * @param kind the machine's {@link StateMachine#kind()}
   * @param applied runs on the shard's thread once the change is durable and applied
   */
  public void change(int kind, StateWriter body, Runnable applied) {
    entry().add(new Item.Change(kind, body.toBytes(), applied));
  }

  /** A change that nobody waits for: it may wait some ms for company. */
  public void changeUnawaited(int kind, StateWriter body) {
    entry().addUnawaited(new Item.Change(kind, body.toBytes(), () -> {}));
  }

  /**
   * Proposes that records below an offset be no longer readable.
   *
   * @param startOffset at most the log's end
   * @param applied runs on a thread of the shard once that is so
   */
  public void trim(ShardLog log, long startOffset, Runnable applied) {
    entry().add(new Item.Trim(log, startOffset, applied));
  }

  /**
   * Proposes that the logs of a topic go.
   *
   * @param applied runs on the shard's thread once they have
   */
  public void dropTopic(UUID topicId, int partitions, Runnable applied) {
    entry().add(new Item.DropTopic(topicId, partitions, new ArrayList<>(), applied));
  }

  /**
   * Proposes that the producers of some logs be forgotten which appended nothing there since {@code
   * beforeMs}. The caller slices: a thousand logs at a time.
   */
  public void expireProducers(Iterable<ShardLog> logs, long beforeMs) {
    for (ShardLog log : logs) {
      if (log.hasProducerOlderThan(beforeMs)) {
        entry().addUnawaited(new Item.ExpireProducers(log, beforeMs));
      }
    }
  }

  /**
   * Proposes that a log forget its aborted transactions whose markers lie below an offset. It has
   * been compacted up to there: none of their records is left, and that is durable.
   */
  public void forgetAborted(ShardLog log, long offset) {
    if (!log.isDropped() && log.hasAbortedBelow(offset)) {
      entry().addUnawaited(new Item.ForgetAborted(log, offset));
    }
  }

  // --- for the shard ---

  /**
   * Gives offsets to the batches of an append, or says why not.
   *
   * @return whether the answer has to wait for an entry; if not, every batch has its outcome
   */
  boolean sequence(Append append) {
    boolean waits = false;
    boolean full = reserve.refuses(append.bytes());
    for (BatchAppend batch : append.batches()) {
      waits |= batch.role.isMarker() ? sequenceMarker(batch) : sequence(batch, append, full);
    }
    if (waits) {
      entry().add(append);
    }
    return waits;
  }

  /** Ends a transaction in its log; where it is not open there is nothing to end. */
  private boolean sequenceMarker(BatchAppend marker) {
    ShardLog log = marker.log;
    if (log.isDropped()) {
      marker.refuse(AppendRefusal.NO_SUCH_LOG);
      return false;
    }
    ProducerState producer = log.producer(marker.producerId);
    if (producer == null || !producer.isOpen()) {
      return producer != null && producer.isUnderWay();
    }
    take(marker);
    return true;
  }

  private boolean sequence(BatchAppend batch, Append append, boolean full) {
    ShardLog log = batch.log;
    if (log.isDropped()) {
      batch.refuse(AppendRefusal.NO_SUCH_LOG);
      return false;
    }
    if (batch.role == BatchRole.IN_TRANSACTION && !append.hasPassed()) {
      batch.refuse(AppendRefusal.NO_OPEN_TRANSACTION);
      return false;
    }
    ProducerState producer = batch.isIdempotent() ? log.producer(batch.producerId) : null;
    if (producer != null) {
      switch (producer.check(batch)) {
        case Verdict.Append next -> {}
        case Verdict.Duplicate first -> {
          batch.duplicateOf(first.baseOffset());
          return !first.durable();
        }
        case Verdict.Refuse refuse -> {
          batch.refuse(refuse.refusal());
          return false;
        }
      }
    }
    boolean isOpen = producer != null && producer.isOpen();
    if (batch.role == BatchRole.PLAIN && isOpen) {
      batch.refuse(AppendRefusal.OUTSIDE_ITS_TRANSACTION);
      return false;
    }
    if (full) {
      batch.refuse(AppendRefusal.DISK_NEARLY_FULL);
      return false;
    }
    if (batch.role == BatchRole.IN_TRANSACTION && !isOpen && transactions.isReached()) {
      batch.refuse(AppendRefusal.TOO_MANY_ABORTED);
      return false;
    }
    if (batch.isIdempotent() && producer == null && producers.isReached()) {
      expireProducers(logs, producers.forgetBefore(logs));
    }
    take(batch);
    return true;
  }

  private void take(BatchAppend batch) {
    ShardLog log = batch.log;
    long offset = log.nextOffset();
    batch.sequence(offset, leaderEpoch);
    log.nextOffset(offset + batch.lastOffsetDelta + 1);
    if (batch.isIdempotent()) {
      log.producerOrNew(batch.producerId).sequenced(batch);
    }
    reserve.accept(batch.size);
    entry().add(batch);
  }

  private Entry entry() {
    if (open.isEmpty()) {
      openedNanos = clock.nanos() | 1;
      open = new Entry(clock.millis(), leaderEpoch);
    }
    return open;
  }

  /** Whether there is anything in the open entry. */
  boolean hasOpen() {
    return !open.isEmpty();
  }

  /** The open entry, for a look. */
  Entry open() {
    return open;
  }

  /** ns since the open entry got its first item. */
  long openNanos() {
    return openedNanos == 0 ? 0 : clock.nanos() - openedNanos;
  }

  /** Closes the open entry and opens another. */
  Entry close() {
    Entry closed = entry();
    open = new Entry(0, leaderEpoch);
    openedNanos = 0;
    return closed;
  }
}
