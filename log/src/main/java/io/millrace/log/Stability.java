package io.millrace.log;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which records of a log belong to transactions that are open or were aborted. A reader that wants
 * committed records only reads up to {@link #lastStableOffset}, and leaves out what lies in {@link
 * #abortedIn}.
 *
 * <p>A value: each change makes another. It is kept with the log's shard, in snapshot and journal,
 * and so is never rebuilt from the records. 32 bytes an aborted transaction; those that retention
 * or a trim has passed are forgotten, and those of which compaction has left no record. See
 * decision 8.
 *
 * <p><b>What is forgotten</b> and what is on disk change one after the other, and a reader looks at
 * both. So a value says from where on it is complete ({@link #knownFrom}), for records whose trim
 * is decided and which are still there; and a reader who has found records looks again whether
 * something was forgotten meanwhile ({@link #hasForgottenSince}), for markers that compaction takes
 * once their transactions are forgotten.
 */
public final class Stability {

  /** A log without transactions. */
  public static final Stability STABLE = new Stability(Long.MAX_VALUE, new long[0], 0, 0, 0);

  /** Numbers that are kept of an aborted transaction, in the order of {@link Aborted}. */
  private static final int WIDTH = 4;

  private static final int FIRST_CAPACITY = 4;

  private final long firstOpen;

  /** Shared with later values, which write behind {@link #used} only. */
  private final long[] aborted;

  private final int used;
  private final long knownFrom;

  /** How often something was forgotten, in this run. */
  private final int losses;

  /**
   * A transaction that was aborted.
   *
   * @param firstOffset of its first record
   * @param lastOffset of its marker
   * @param stableOffset first offset of the oldest transaction that was open when the marker came,
   *     or the offset behind the marker: what was aborted later begins no earlier
   */
  public record Aborted(long producerId, long firstOffset, long lastOffset, long stableOffset) {}

  private Stability(long firstOpen, long[] aborted, int used, long knownFrom, int losses) {
    this.firstOpen = firstOpen;
    this.aborted = aborted;
    this.used = used;
    this.knownFrom = knownFrom;
    this.losses = losses;
  }

  /**
   * Restores one.
   *
   * @param firstOpen see {@link #firstOpen}
   * @param all in the order of their markers
   */
  public static Stability of(long firstOpen, List<Aborted> all) {
    Stability made = STABLE;
    for (Aborted one : all) {
      made = made.with(one);
    }
    return made.firstOpen(firstOpen);
  }

  /** First offset of the oldest open transaction, {@code Long.MAX_VALUE} if none is open. */
  public long firstOpen() {
    return firstOpen;
  }

  public Stability firstOpen(long offset) {
    return new Stability(offset, aborted, used, knownFrom, losses);
  }

  /**
   * Offset up to which every transaction is decided.
   *
   * @param endOffset end of the log, looked up before this value was: what comes later may be open
   */
  public long lastStableOffset(long startOffset, long endOffset) {
    return Math.max(Math.min(startOffset, endOffset), Math.min(firstOpen, endOffset));
  }

  /**
   * Adds an aborted transaction, whose marker comes after all others. To be called on the latest
   * value only.
   */
  public Stability with(Aborted one) {
    int needed = (used + 1) * WIDTH;
    long[] all = aborted;
    if (needed > all.length) {
      all = Arrays.copyOf(all, Math.max(FIRST_CAPACITY * WIDTH, used * WIDTH * 2));
    }
    int at = used * WIDTH;
    all[at] = one.producerId;
    all[at + 1] = one.firstOffset;
    all[at + 2] = one.lastOffset;
    all[at + 3] = one.stableOffset;
    return new Stability(firstOpen, all, used + 1, knownFrom, losses);
  }

  /** Without those whose marker lies below the new start of the log. */
  public Stability trimmed(long startOffset) {
    return without(firstEndingAtOrAfter(startOffset), startOffset);
  }

  /** Without those whose marker lies below an offset before which no record of them is left. */
  public Stability forgotten(long offset) {
    return without(firstEndingAtOrAfter(offset), knownFrom);
  }

  private Stability without(int gone, long knownFromNow) {
    if (gone == 0) {
      return this;
    }
    long[] left = Arrays.copyOfRange(aborted, gone * WIDTH, used * WIDTH);
    return new Stability(firstOpen, left, used - gone, knownFromNow, losses + 1);
  }

  /**
   * Records below this offset are trimmed, though perhaps still there: it is no longer known which
   * of them were aborted.
   */
  public long knownFrom() {
    return knownFrom;
  }

  /** Whether this value of a log knows less than an earlier one did. */
  public boolean hasForgottenSince(Stability earlier) {
    return losses != earlier.losses;
  }

  /** How many aborted transactions are known. */
  public int abortedCount() {
    return used;
  }

  /** One of them, in the order of their markers. */
  public Aborted aborted(int index) {
    int at = index * WIDTH;
    return new Aborted(aborted[at], aborted[at + 1], aborted[at + 2], aborted[at + 3]);
  }

  /**
   * The aborted transactions that have records or markers from {@code from} to before {@code to}.
   */
  public List<Aborted> abortedIn(long from, long to) {
    List<Aborted> found = new ArrayList<>();
    for (int i = firstEndingAtOrAfter(from); i < used; i++) {
      Aborted one = aborted(i);
      if (one.firstOffset < to) {
        found.add(one);
      }
      if (one.stableOffset >= to) {
        break;
      }
    }
    return found;
  }

  /** The aborted transaction that a record belongs to; null if it belongs to none. */
  public @Nullable Aborted abortedAt(long producerId, long offset) {
    for (int i = firstEndingAtOrAfter(offset); i < used; i++) {
      Aborted one = aborted(i);
      if (one.producerId == producerId) {
        // A producer's transactions follow one another: the first that ends here decides.
        return one.firstOffset <= offset ? one : null;
      }
      if (one.stableOffset > offset) {
        break;
      }
    }
    return null;
  }

  private int firstEndingAtOrAfter(long offset) {
    int low = 0;
    int high = used - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (aborted[middle * WIDTH + 2] < offset) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }
}
