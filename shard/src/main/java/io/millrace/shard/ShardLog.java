package io.millrace.shard;

import io.millrace.log.LogId;
import io.millrace.log.LogSettings;
import io.millrace.log.LogStore;
import io.millrace.log.PartitionLog;
import io.millrace.log.SavedLog;
import io.millrace.log.Stability;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A log as its shard sees it: the stored records, the next offset to give out, the epochs and the
 * producers.
 *
 * <p>One exists for each partition that was used, and is some hundred bytes until something is
 * appended. Any thread may ask for offsets, the stored log and the epochs, and watch for appends;
 * the rest belongs to the shard's thread.
 */
public final class ShardLog extends SnapshotItem {

  /** Told when records were appended to a log. */
  @FunctionalInterface
  public interface Watcher {
    /**
     * New records can be read. Called by a thread of the shard: must be quick and must not block.
     */
    void appended();
  }

  /** The {@link #kind()} of logs in a snapshot. */
  static final int KIND = 1;

  private static final Watcher[] NO_WATCHERS = {};
  private static final VarHandle WATCHERS;

  static {
    try {
      WATCHERS = MethodHandles.lookup().findVarHandle(ShardLog.class, "watchers", Watcher[].class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final LogId id;
  private volatile LogSettings settings;
  private volatile @Nullable PartitionLog stored;
  private volatile EpochStarts epochs = EpochStarts.NONE;
  private volatile boolean dropped;

  @SuppressWarnings("FieldMayBeFinal") // changed through WATCHERS
  private volatile Watcher[] watchers = NO_WATCHERS;

  // The shard's thread.
  private final ProducerBound bound;
  private final TransactionBound transactions;
  private long nextOffset;
  private @Nullable Map<Long, ProducerState> producers;

  /** First offsets of the transactions that are open as far as is durable; null for none. */
  private @Nullable TreeSet<Long> open;

  ShardLog(LogId id, LogSettings settings, ProducerBound bound, TransactionBound transactions) {
    this.id = id;
    this.bound = bound;
    this.transactions = transactions;
    this.settings = settings;
  }

  // --- for everyone ---

  public LogId id() {
    return id;
  }

  /** First offset that may be read. */
  public long startOffset() {
    PartitionLog log = stored;
    return log == null ? 0 : log.startOffset();
  }

  /** Offset after the last record that may be read. */
  public long endOffset() {
    PartitionLog log = stored;
    return log == null ? 0 : log.endOffset();
  }

  /** The records; null if nothing was ever appended. */
  public @Nullable PartitionLog stored() {
    return stored;
  }

  public EpochStarts epochs() {
    return epochs;
  }

  public LogSettings settings() {
    return settings;
  }

  /** The topic's settings have changed. */
  public void settings(LogSettings newSettings) {
    settings = newSettings;
    PartitionLog log = stored;
    if (log != null) {
      log.settings(newSettings);
    }
  }

  /** Whether the topic was deleted. */
  public boolean isDropped() {
    return dropped;
  }

  @Override
  public String toString() {
    return id.toString();
  }

  /** Has a watcher told of every append from now on. */
  public void watch(Watcher watcher) {
    while (true) {
      Watcher[] now = watchers;
      Watcher[] more = Arrays.copyOf(now, now.length + 1);
      more[now.length] = watcher;
      if (WATCHERS.compareAndSet(this, now, more)) {
        return;
      }
    }
  }

  /** The reverse of {@link #watch}; a watcher that is unknown is no error. */
  public void unwatch(Watcher watcher) {
    while (true) {
      Watcher[] now = watchers;
      int at = Arrays.asList(now).indexOf(watcher);
      if (at < 0) {
        return;
      }
      Watcher[] fewer = now.length == 1 ? NO_WATCHERS : Arrays.copyOf(now, now.length - 1);
      System.arraycopy(now, at + 1, fewer, at, now.length - at - 1);
      if (WATCHERS.compareAndSet(this, now, fewer)) {
        return;
      }
    }
  }

  void tellWatchers() {
    for (Watcher watcher : watchers) {
      watcher.appended();
    }
  }

  // --- for the shard's thread ---

  /** The offset that the next batch gets. */
  long nextOffset() {
    return nextOffset;
  }

  void nextOffset(long offset) {
    nextOffset = offset;
  }

  /** Takes note of an idempotent batch that is durable, before it is written to the log. */
  void applied(BatchAppend batch, PartitionLog log, long timeMs) {
    ProducerState producer = producerOrNew(batch.producerId);
    long openedAt = producer.openFrom();
    producer.applied(batch, timeMs);
    if (openedAt < 0 && producer.openFrom() >= 0) {
      opened(producer.openFrom());
      log.stability(log.stability().firstOpen(firstOpen()));
    } else if (openedAt >= 0 && producer.openFrom() < 0) {
      closed(openedAt);
      long firstOpen = firstOpen();
      Stability now = log.stability();
      if (batch.role == BatchRole.ABORT) {
        long end = batch.lastOffset();
        now =
            now.with(
                new Stability.Aborted(
                    batch.producerId, openedAt, end, Math.min(firstOpen, end + 1)));
        transactions.added(1);
      }
      log.stability(now.firstOpen(firstOpen));
    }
  }

  private void opened(long firstOffset) {
    TreeSet<Long> all = open;
    if (all == null) {
      all = new TreeSet<>();
      open = all;
    }
    all.add(firstOffset);
    transactions.added(1);
  }

  private void closed(long firstOffset) {
    TreeSet<Long> all = open;
    if (all != null && all.remove(firstOffset)) {
      transactions.removed(1);
      if (all.isEmpty()) {
        open = null;
      }
    }
  }

  private long firstOpen() {
    TreeSet<Long> all = open;
    return all == null ? Long.MAX_VALUE : all.first();
  }

  /** Records below an offset go, and what is known of their transactions. */
  void trimmed(long startOffset) {
    PartitionLog log = stored;
    if (log != null) {
      stability(log, log.stability().trimmed(startOffset));
    }
  }

  /** Whether an aborted transaction is remembered whose marker lies below an offset. */
  boolean hasAbortedBelow(long offset) {
    PartitionLog log = stored;
    return log != null
        && log.stability().abortedCount() > 0
        && log.stability().aborted(0).lastOffset() < offset;
  }

  /** Compaction has left no record of the aborted transactions below an offset. */
  void forgetAbortedBelow(long offset) {
    PartitionLog log = stored;
    if (log != null) {
      stability(log, log.stability().forgotten(offset));
    }
  }

  private void stability(PartitionLog log, Stability fewer) {
    transactions.removed(log.stability().abortedCount() - fewer.abortedCount());
    log.stability(fewer);
  }

  /** The records, made if this is the first append. */
  PartitionLog open(LogStore store) {
    PartitionLog log = stored;
    if (log == null) {
      log = new PartitionLog(store, id, settings);
      stored = log;
    }
    return log;
  }

  void drop() {
    dropped = true;
    PartitionLog log = stored;
    transactions.removed(
        (open == null ? 0 : open.size()) + (log == null ? 0 : log.stability().abortedCount()));
    open = null;
    if (producers != null) {
      bound.removed(producers.size());
      producers = null;
    }
    tellWatchers();
  }

  void epochs(EpochStarts starts) {
    epochs = starts;
  }

  /** What is known of a producer; null if nothing. */
  @Nullable ProducerState producer(long producerId) {
    return producers == null ? null : producers.get(producerId);
  }

  ProducerState producerOrNew(long producerId) {
    if (producers == null) {
      producers = new HashMap<>(4);
    }
    ProducerState producer = producers.get(producerId);
    if (producer == null) {
      producer = new ProducerState(producerId);
      producers.put(producerId, producer);
      bound.added();
    }
    return producer;
  }

  /**
   * An idempotent producer as the log remembers it: what is durable.
   *
   * @param lastSequence producer sequence of the last record
   * @param lastMs time of the last append
   * @param transactionOffset first offset of its open transaction, -1 if it has none
   */
  public record KnownProducer(
      long id, int epoch, int lastSequence, long lastMs, long transactionOffset) {}

  /** Every producer of which something is durable. On the shard's thread. */
  public List<KnownProducer> knownProducers() {
    List<KnownProducer> known = new ArrayList<>();
    for (ProducerState p : producers()) {
      if (p.isApplied()) {
        known.add(
            new KnownProducer(p.producerId, p.epoch(), p.lastSequence(), p.lastMs(), p.openFrom()));
      }
    }
    return known;
  }

  Collection<ProducerState> producers() {
    return producers == null ? List.of() : producers.values();
  }

  /** Whether a producer has appended nothing since {@code beforeMs}. */
  boolean hasProducerOlderThan(long beforeMs) {
    for (ProducerState producer : producers()) {
      if (producer.isOlderThan(beforeMs)) {
        return true;
      }
    }
    return false;
  }

  void forgetProducersOlderThan(long beforeMs) {
    if (producers != null) {
      int before = producers.size();
      producers.values().removeIf(p -> p.isOlderThan(beforeMs) && p.forgetApplied());
      bound.removed(before - producers.size());
      if (producers.isEmpty()) {
        producers = null;
      }
    }
  }

  // --- snapshot ---

  @Override
  protected int kind() {
    return KIND;
  }

  @Override
  protected void encode(StateWriter out) {
    PartitionLog log = stored;
    SavedLog saved = log == null ? SavedLog.EMPTY : log.save();
    out.uuid(id.topicId()).varint(id.partition());
    out.varint(saved.startOffset()).varint(saved.endOffset()).varint(saved.bytes());
    out.int64(saved.oldestMs());
    out.int64(saved.activeBase()).varint(saved.activeBytes()).int64(saved.activeCreatedMs());
    long[] damaged = log == null ? new long[0] : log.damagedRanges();
    out.varint(damaged.length);
    for (long offset : damaged) {
      out.varint(offset);
    }
    epochs.encode(out);
    int applied = 0;
    for (ProducerState producer : producers()) {
      applied += producer.isApplied() ? 1 : 0;
    }
    out.varint(applied);
    for (ProducerState producer : producers()) {
      if (producer.isApplied()) {
        producer.encode(out);
      }
    }
    encodeTransactions(log == null ? Stability.STABLE : log.stability(), out);
  }

  private void encodeTransactions(Stability stability, StateWriter out) {
    out.varint(open == null ? 0 : open.size());
    for (ProducerState producer : producers()) {
      if (producer.openFrom() >= 0) {
        out.int64(producer.producerId).varint(producer.openFrom());
      }
    }
    out.varint(stability.abortedCount());
    for (int i = 0; i < stability.abortedCount(); i++) {
      Stability.Aborted one = stability.aborted(i);
      out.int64(one.producerId()).varint(one.firstOffset());
      out.varint(one.lastOffset() - one.firstOffset());
      // Below the first offset if an older transaction was open.
      out.varint(one.stableOffset());
    }
  }

  void restore(SnapshotLog.Stored from, LogStore store) {
    epochs = from.epochs();
    long[] damaged = from.damaged().stream().mapToLong(Long::longValue).toArray();
    PartitionLog log = new PartitionLog(store, id, settings, from.saved(), damaged);
    nextOffset = from.saved().endOffset();
    for (ProducerState producer : from.producers()) {
      if (producers == null) {
        producers = new HashMap<>(4);
      }
      producers.put(producer.producerId, producer);
      bound.added();
      if (producer.openFrom() >= 0) {
        opened(producer.openFrom());
      }
    }
    log.stability(Stability.of(firstOpen(), from.aborted()));
    transactions.added(from.aborted().size());
    stored = log;
  }
}
