package io.millrace.broker.transaction;

import io.millrace.log.LogId;
import io.millrace.shard.SnapshotItem;
import io.millrace.shard.StateReader;
import io.millrace.shard.StateWriter;
import io.millrace.shard.Timers;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A transactional id with its state, twice: as it is durable, and as it will be once every change
 * that was decided is. Decisions look at the second. Belongs to the shard's thread.
 */
final class TransactionalId extends SnapshotItem {

  private static final int BYTES = 700;
  private static final int BYTES_A_PART = 120;

  final String id;
  private TransactionState durable;

  /** Ahead of {@link #durable} by the changes under way; null while there are none. */
  private @Nullable TransactionState decided;

  private int changesUnderWay;

  /** Counts transactions of this run, so that a timer knows whether its own is still open. */
  private long transactions;

  private Timers.@Nullable Timer timer;

  /** The latest connection that spoke for the producer in the older flow. */
  long connection;

  /** What waits until the transaction is extended as far as the journal is concerned. */
  final Queue<Passing> passing = new ArrayDeque<>();

  private List<Runnable> whenEnded = new ArrayList<>(1);

  /** Bytes that it was last counted with. */
  long countedBytes;

  /**
   * Something that belongs to the transaction and must not be handed to another shard before it is
   * durable that the transaction reaches there.
   */
  record Passing(
      ProducerIdentity producer,
      Collection<LogId> logs,
      Collection<String> groups,
      Runnable forward,
      Runnable refuse) {}

  TransactionalId(String id) {
    this(id, new TransactionState());
  }

  private TransactionalId(String id, TransactionState durable) {
    this.id = id;
    this.durable = durable;
  }

  /** The state to decide by. */
  TransactionState now() {
    TransactionState ahead = decided;
    return ahead == null ? durable : ahead;
  }

  boolean isUnderWay() {
    return changesUnderWay > 0;
  }

  boolean isForgotten() {
    return durable.phase() == TransactionPhase.DEAD;
  }

  /** Whether there is anything that a snapshot must hold. */
  boolean isDurable() {
    return durable.producer().id() >= 0;
  }

  /** Takes note of a change that was proposed. */
  void decide(byte[] change, long timeMs) {
    if (decided == null) {
      decided = durable.copy();
    }
    changesUnderWay++;
    StateReader in = new StateReader(ByteBuffer.wrap(change));
    in.text();
    decided.apply(in, timeMs);
  }

  /** Applies a change behind its name; in a replay it was decided in another life. */
  void apply(StateReader change, long timeMs) {
    durable.apply(change, timeMs);
    if (changesUnderWay > 0 && --changesUnderWay == 0) {
      decided = null;
    }
  }

  /** Whether it is durable that the transaction of {@code passing} reaches where it goes. */
  boolean isOpenFor(Passing one) {
    return durable.phase() == TransactionPhase.ONGOING
        && durable.producer().equals(one.producer)
        && durable.logs().containsAll(one.logs)
        && durable.groups().containsAll(one.groups);
  }

  /** The transaction is being ended: what has not been handed on by now comes too late. */
  void refusePassing() {
    for (Passing late; (late = passing.poll()) != null; ) {
      late.refuse.run();
    }
  }

  // --- the transaction of now ---

  /** A transaction has begun. */
  long began() {
    return ++transactions;
  }

  long transaction() {
    return transactions;
  }

  void timer(Timers.Timer newTimer) {
    stopTimer();
    timer = newTimer;
  }

  void stopTimer() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  /** Has something done once the transaction that is being ended has ended. */
  void whenEnded(Runnable action) {
    whenEnded.add(action);
  }

  void ended() {
    List<Runnable> actions = whenEnded;
    whenEnded = new ArrayList<>(1);
    actions.forEach(Runnable::run);
  }

  /** Bytes that it takes in memory, roughly; none if it is about to be forgotten. */
  long bytes() {
    TransactionState state = now();
    return state.phase() == TransactionPhase.DEAD
        ? 0
        : bytes(id) + bytesOfParts(state.logs(), state.groups());
  }

  static long bytes(String newId) {
    return BYTES + newId.length();
  }

  static long bytesOfParts(Collection<LogId> logs, Collection<String> groups) {
    long bytes = (long) BYTES_A_PART * (logs.size() + groups.size());
    for (String group : groups) {
      bytes += group.length();
    }
    return bytes;
  }

  /** Whether it may be forgotten, because nobody has used it since then, in ms. */
  boolean isIdleSince(long beforeMs) {
    TransactionState state = now();
    return !isUnderWay()
        && state.phase() != TransactionPhase.ONGOING
        && !state.phase().isEnding()
        && state.changedMs() < beforeMs;
  }

  TransactionView view() {
    TransactionState state = now();
    return new TransactionView(
        id,
        state.producer(),
        state.phase(),
        state.timeoutMs(),
        state.startedMs(),
        List.copyOf(state.logs()));
  }

  // --- snapshot ---

  @Override
  protected int kind() {
    return TransactionCoordinator.KIND;
  }

  @Override
  protected void encode(StateWriter out) {
    durable.encode(out.text(id));
  }

  static TransactionalId decode(StateReader in) {
    String id = in.text();
    return new TransactionalId(id, TransactionState.decode(in));
  }

  @Override
  public String toString() {
    TransactionState state = now();
    return id
        + " "
        + state.producer()
        + " "
        + state.phase()
        + " logs="
        + state.logs()
        + " groups="
        + state.groups();
  }
}
