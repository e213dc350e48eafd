package io.millrace.shard;

import io.millrace.record.EndMarker;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What one request appends to the logs of one shard: batches, how long to wait, and whom to tell.
 * Its batches stand in one entry, so they become durable together.
 *
 * <p>Made and filled by one thread, then given to {@link Shard#append}, which calls {@link
 * #answered} and {@link #released} once each, in any order, from its own thread or one of its
 * writers.
 */
public abstract class Append {

  /** What must have happened before the append is answered. */
  public enum Acks {
    /** Nothing. */
    NONE,
    /** The operating system has the journal's bytes. */
    WRITTEN,
    /** The journal is synced and the batches can be read. */
    APPLIED
  }

  private final Acks acks;
  private final List<BatchAppend> batches = new ArrayList<>(4);
  private int bytes;
  private int besidesBytes;
  private boolean transactional;
  private boolean answered;
  private boolean released;

  protected Append(Acks acks) {
    this.acks = acks;
  }

  /**
   * Adds a batch.
   *
   * @param batch exactly one checked batch between position and limit; kept until {@link
   *     #released}, and its base offset and leader epoch are overwritten
   */
  public final BatchAppend add(ShardLog log, ByteBuffer batch) {
    BatchAppend append = new BatchAppend(log, batch);
    batches.add(append);
    bytes += append.size;
    return append;
  }

  /**
   * Adds the batch that ends a transaction. It is passed over where the transaction is not open: it
   * may have come before, or nothing of the transaction may ever have.
   */
  public final void addMarker(
      ShardLog log,
      long producerId,
      short producerEpoch,
      boolean commit,
      int coordinatorEpoch,
      long timeMs) {
    ByteBuffer batch = EndMarker.batch(producerId, producerEpoch, commit, coordinatorEpoch, timeMs);
    BatchAppend append = new BatchAppend(log, batch, commit ? BatchRole.COMMIT : BatchRole.ABORT);
    batches.add(append);
    bytes += append.size;
  }

  /** Says that the coordinator of the transaction has let the batches pass. */
  public final void passed() {
    transactional = true;
  }

  final boolean hasPassed() {
    return transactional;
  }

  public final List<BatchAppend> batches() {
    return batches;
  }

  public final Acks acks() {
    return acks;
  }

  /** Bytes of all batches. */
  public final int bytes() {
    return bytes;
  }

  /**
   * Says that bytes which are no batch of this append are kept in memory until {@link #released}:
   * what else came in the same request. They count against what a shard may hold.
   */
  public final void keepsBesides(int kept) {
    besidesBytes = kept;
  }

  /** Bytes that are kept in memory until {@link #released}. */
  final long keptBytes() {
    return (long) bytes + besidesBytes;
  }

  /** Says once that every batch has its outcome. */
  final void answer() {
    if (!answered) {
      answered = true;
      answered();
    }
  }

  /**
   * Says once that the bytes of the batches are no longer needed.
   *
   * @return whether it had not been said before
   */
  final boolean release() {
    boolean first = !released;
    released = true;
    if (first) {
      released();
    }
    return first;
  }

  /** Every batch has its outcome. Must not block or throw. */
  protected abstract void answered();

  /** The bytes of the batches may be used again. Must not block or throw. */
  protected abstract void released();
}
