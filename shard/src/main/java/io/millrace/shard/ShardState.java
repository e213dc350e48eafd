package io.millrace.shard;

import io.millrace.log.LogId;
import io.millrace.log.LogSettings;
import io.millrace.log.LogStore;
import io.millrace.log.PartitionLog;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * All state that rides on a shard: its logs and its state machines. Entries change it in one order,
 * whether they come from the sequencer or from a replay, and a snapshot holds all of it.
 *
 * <p>Belongs to the shard's thread, except that any thread may look for a log.
 */
final class ShardState {

  private final LogStore store;
  private final Function<LogId, LogSettings> settings;
  private final ConcurrentHashMap<LogId, ShardLog> logs = new ConcurrentHashMap<>();
  private final DroppedTopics dropped = new DroppedTopics();
  private final ProducerBound producers;
  private final TransactionBound transactions;
  private final Map<Integer, StateMachine> machines = new HashMap<>();
  private final Capture capture = new Capture();

  /**
   * @param settings what to use for a log that an entry names before anyone asked for it
   */
  ShardState(
      ShardFiles files,
      Function<LogId, LogSettings> settings,
      ProducerBound producers,
      TransactionBound transactions) {
    this.store = new LogStore(files.disk(), files.logs(), files.openFiles());
    this.settings = settings;
    this.producers = producers;
    this.transactions = transactions;
  }

  void add(StateMachine machine) {
    if (machine.kind() < Item.FIRST_MACHINE || machine.kind() > Byte.MAX_VALUE) {
      throw new IllegalArgumentException("a state machine cannot have kind " + machine.kind());
    }
    if (machines.put(machine.kind(), machine) != null) {
      throw new IllegalArgumentException("two state machines have kind " + machine.kind());
    }
  }

  LogStore store() {
    return store;
  }

  Capture capture() {
    return capture;
  }

  Collection<ShardLog> logs() {
    return logs.values();
  }

  @Nullable ShardLog find(LogId id) {
    return logs.get(id);
  }

  /**
   * The log of a partition, made if it was never used. Whoever asks for one whose topic was just
   * dropped gets a dropped one: what he has for it came too late.
   */
  ShardLog log(LogId id) {
    ShardLog log = logs.get(id);
    if (log != null) {
      return log;
    }
    log =
        logs.computeIfAbsent(id, i -> new ShardLog(i, settings.apply(i), producers, transactions));
    // The drop is noted before its logs are removed: either it removes this one, or it shows here.
    if (dropped.contains(id.topicId())) {
      logs.remove(id);
      log.drop();
    }
    return log;
  }

  // --- applying ---

  /**
   * Applies everything of an entry but the bytes of its batches, which the {@link LogWriter}
   * writes.
   */
  void apply(Entry entry) {
    for (Item item : entry.items()) {
      switch (item) {
        case BatchAppend batch -> applyBatch(batch, entry);
        case Item.Trim trim -> applyTrim(trim);
        case Item.DropTopic drop -> applyDrop(drop, entry.timeMs);
        case Item.ExpireProducers expire -> applyExpiry(expire);
        case Item.ForgetAborted forget -> applyForget(forget);
        case Item.Change change ->
            machine(change.kind())
                .apply(new StateReader(java.nio.ByteBuffer.wrap(change.body())), entry.timeMs);
      }
    }
  }

  private void applyBatch(BatchAppend batch, Entry entry) {
    ShardLog log = batch.log;
    if (log.isDropped()) {
      return;
    }
    capture.keep(log);
    PartitionLog stored = log.open(store);
    log.epochs(log.epochs().appended(entry.leaderEpoch, batch.baseOffset()));
    if (batch.isIdempotent()) {
      log.applied(batch, stored, entry.timeMs);
    }
  }

  private void applyTrim(Item.Trim trim) {
    ShardLog log = trim.log();
    if (!log.isDropped()) {
      capture.keep(log);
      log.epochs(log.epochs().trimmed(trim.startOffset()));
      log.trimmed(trim.startOffset());
    }
  }

  private void applyDrop(Item.DropTopic drop, long timeMs) {
    dropped.add(drop.topicId(), timeMs);
    for (int partition = 0; partition < drop.partitions(); partition++) {
      ShardLog log = logs.remove(new LogId(drop.topicId(), partition));
      if (log != null) {
        capture.keep(log);
        log.drop();
        drop.logs().add(log);
      }
    }
  }

  private void applyExpiry(Item.ExpireProducers expire) {
    producers.applied();
    if (expire.log().hasProducerOlderThan(expire.beforeMs())) {
      capture.keep(expire.log());
      expire.log().forgetProducersOlderThan(expire.beforeMs());
    }
  }

  private void applyForget(Item.ForgetAborted forget) {
    ShardLog log = forget.log();
    if (!log.isDropped() && log.hasAbortedBelow(forget.offset())) {
      capture.keep(log);
      log.forgetAbortedBelow(forget.offset());
    }
  }

  private StateMachine machine(int kind) {
    StateMachine machine = machines.get(kind);
    if (machine == null) {
      throw new IllegalStateException("nothing here knows state of kind " + kind);
    }
    return machine;
  }

  // --- snapshots ---

  List<SnapshotItem> snapshotItems() {
    List<SnapshotItem> items = new ArrayList<>();
    for (ShardLog log : logs.values()) {
      if (log.stored() != null) {
        items.add(log);
      }
    }
    machines.values().forEach(machine -> items.addAll(machine.snapshotItems()));
    return items;
  }

  void restore(Snapshot.Part part) {
    StateReader in = new StateReader(part.bytes().duplicate());
    if (part.kind() == ShardLog.KIND) {
      SnapshotLog.Stored log = SnapshotLog.Stored.decode(in);
      log(log.id()).restore(log, store);
    } else {
      machine(part.kind()).restore(in);
    }
  }

  void recovered() {
    for (ShardLog log : logs.values()) {
      log.nextOffset(log.endOffset());
    }
    machines.values().forEach(StateMachine::recovered);
  }
}
