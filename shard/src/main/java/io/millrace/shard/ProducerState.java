package io.millrace.shard;

import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * What a log remembers of one idempotent producer: its epoch and its last batches, so that a batch
 * sent twice is appended once and gaps are noticed.
 *
 * <p>There are two views. The applied one is durable and goes into snapshots. The sequenced one
 * runs ahead of it by the batches that are on their way to the journal; it decides, because the
 * next batch may come before the last is durable. See KIP-98 and KIP-360 for the rules, and {@code
 * org.apache.kafka...ProducerAppendInfo}'s behaviour as seen by clients: a producer of which
 * nothing is known may begin with any producer sequence.
 *
 * <p>Belongs to the shard's thread.
 */
final class ProducerState {

  /** As many as a client may have in flight with idempotence. */
  static final int REMEMBERED = 5;

  final long producerId;

  // Applied.
  private int epoch = -1;
  private long lastMs = -1;
  private final int[] firstSequences = new int[REMEMBERED];
  private final int[] lastSequences = new int[REMEMBERED];
  private final long[] baseOffsets = new long[REMEMBERED];
  private int count;

  /** First offset of its open transaction, -1 if it has none. */
  private long openFrom = -1;

  /** Batches on their way to the journal, oldest first; null when there are none. */
  private @Nullable ArrayDeque<BatchAppend> underWay;

  ProducerState(long producerId) {
    this.producerId = producerId;
  }

  /** What is to be done with a batch. */
  sealed interface Verdict {
    /** It is the next one. */
    record Append() implements Verdict {}

    /**
     * It came before.
     *
     * @param baseOffset the offset that it got then
     * @param durable whether it is in the log already, rather than on its way to the journal
     */
    record Duplicate(long baseOffset, boolean durable) implements Verdict {}

    record Refuse(AppendRefusal refusal) implements Verdict {}

    Verdict APPEND = new Append();
    Verdict OUT_OF_ORDER = new Refuse(AppendRefusal.OUT_OF_ORDER_SEQUENCE);
    Verdict OLD_EPOCH = new Refuse(AppendRefusal.OLD_PRODUCER_EPOCH);
  }

  Verdict check(BatchAppend batch) {
    BatchAppend latest = underWay == null ? null : underWay.peekLast();
    int epochNow = latest == null ? epoch : latest.producerEpoch;
    if (epochNow < 0) {
      return Verdict.APPEND;
    }
    if (batch.producerEpoch < epochNow) {
      return Verdict.OLD_EPOCH;
    }
    if (batch.producerEpoch > epochNow) {
      return batch.firstSequence == 0 ? Verdict.APPEND : Verdict.OUT_OF_ORDER;
    }
    if (underWay != null) {
      for (BatchAppend earlier : underWay) {
        if (earlier.producerEpoch == batch.producerEpoch
            && earlier.firstSequence == batch.firstSequence
            && earlier.lastSequence == batch.lastSequence) {
          return new Verdict.Duplicate(earlier.baseOffset(), false);
        }
      }
    }
    for (int i = 0; epoch == batch.producerEpoch && i < count; i++) {
      if (firstSequences[i] == batch.firstSequence && lastSequences[i] == batch.lastSequence) {
        return new Verdict.Duplicate(baseOffsets[i], true);
      }
    }
    // With a marker alone nothing was appended in this epoch, and -1 + 1 is where it begins.
    int last = lastSequenceOf(epochNow);
    boolean next =
        last == Integer.MAX_VALUE ? batch.firstSequence == 0 : batch.firstSequence == last + 1;
    return next ? Verdict.APPEND : Verdict.OUT_OF_ORDER;
  }

  private int lastSequenceOf(int epochNow) {
    if (underWay != null) {
      for (Iterator<BatchAppend> newest = underWay.descendingIterator(); newest.hasNext(); ) {
        BatchAppend earlier = newest.next();
        if (earlier.producerEpoch != epochNow) {
          return -1;
        } else if (!earlier.role.isMarker()) {
          return earlier.lastSequence;
        }
      }
    }
    return epoch == epochNow ? lastSequence() : -1;
  }

  /** Whether a transaction of it will be open once everything under way is applied. */
  boolean isOpen() {
    if (underWay != null) {
      for (Iterator<BatchAppend> newest = underWay.descendingIterator(); newest.hasNext(); ) {
        BatchRole role = newest.next().role;
        if (role != BatchRole.PLAIN) {
          return role == BatchRole.IN_TRANSACTION;
        }
      }
    }
    return openFrom >= 0;
  }

  /** Whether batches are on their way to the journal. */
  boolean isUnderWay() {
    return underWay != null;
  }

  /** Takes note of a batch that was given an offset. */
  void sequenced(BatchAppend batch) {
    if (underWay == null) {
      underWay = new ArrayDeque<>(REMEMBERED);
    }
    underWay.add(batch);
  }

  /** Takes note of a batch that is durable. */
  void applied(BatchAppend batch, long timeMs) {
    if (underWay != null) {
      underWay.remove(batch);
      if (underWay.isEmpty()) {
        underWay = null;
      }
    }
    if (batch.producerEpoch != epoch) {
      epoch = batch.producerEpoch;
      count = 0;
    }
    lastMs = timeMs;
    if (batch.role.isMarker()) {
      openFrom = -1;
      return;
    }
    if (batch.role == BatchRole.IN_TRANSACTION && openFrom < 0) {
      openFrom = batch.baseOffset();
    }
    if (count == REMEMBERED) {
      System.arraycopy(firstSequences, 1, firstSequences, 0, REMEMBERED - 1);
      System.arraycopy(lastSequences, 1, lastSequences, 0, REMEMBERED - 1);
      System.arraycopy(baseOffsets, 1, baseOffsets, 0, REMEMBERED - 1);
      count--;
    }
    firstSequences[count] = batch.firstSequence;
    lastSequences[count] = batch.lastSequence;
    baseOffsets[count] = batch.baseOffset();
    count++;
  }

  /** Whether anything of it is durable. */
  boolean isApplied() {
    return epoch >= 0;
  }

  /**
   * Forgets what is durable.
   *
   * @return whether nothing is left, not even batches under way
   */
  boolean forgetApplied() {
    epoch = -1;
    count = 0;
    return underWay == null;
  }

  int epoch() {
    return epoch;
  }

  /** First offset of the transaction that is open as far as is durable, -1 if none is. */
  long openFrom() {
    return openFrom;
  }

  void openFrom(long offset) {
    openFrom = offset;
  }

  /** Whether it may be forgotten, having appended nothing since {@code beforeMs}. */
  boolean isOlderThan(long beforeMs) {
    return isApplied() && openFrom < 0 && lastMs < beforeMs;
  }

  /** The last producer sequence that is durable, -1 if there is none. */
  int lastSequence() {
    return count == 0 ? -1 : lastSequences[count - 1];
  }

  /** Time of the last append, by the sequencer's clock in ms. */
  long lastMs() {
    return lastMs;
  }

  void encode(StateWriter out) {
    out.int64(producerId).int16(epoch).int64(lastMs).varint(count);
    for (int i = 0; i < count; i++) {
      out.int32(firstSequences[i]).int32(lastSequences[i]).varint(baseOffsets[i]);
    }
  }

  static ProducerState decode(StateReader in) {
    ProducerState state = new ProducerState(in.int64());
    state.epoch = in.int16();
    state.lastMs = in.int64();
    state.count = in.count();
    if (state.count > REMEMBERED) {
      throw new IllegalStateException("a producer remembers " + state.count + " batches");
    }
    for (int i = 0; i < state.count; i++) {
      state.firstSequences[i] = in.int32();
      state.lastSequences[i] = in.int32();
      state.baseOffsets[i] = in.varint();
    }
    return state;
  }
}
