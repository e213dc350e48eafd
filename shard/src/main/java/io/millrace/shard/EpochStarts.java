package io.millrace.shard;

import java.util.Arrays;

/**
 * At which offset each leader epoch of a log began. Immutable, so that any thread may look
 * something up in the one it got. An epoch in which nothing was appended has no entry.
 */
public final class EpochStarts {

  static final EpochStarts NONE = new EpochStarts(new int[0], new long[0]);

  private final int[] epochs;
  private final long[] starts;

  private EpochStarts(int[] epochs, long[] starts) {
    this.epochs = epochs;
    this.starts = starts;
  }

  /**
   * With a batch appended at {@code offset} in {@code epoch}, which is never below the last one.
   */
  EpochStarts appended(int epoch, long offset) {
    int n = epochs.length;
    if (n > 0 && epochs[n - 1] >= epoch) {
      return this;
    }
    int[] moreEpochs = Arrays.copyOf(epochs, n + 1);
    long[] moreStarts = Arrays.copyOf(starts, n + 1);
    moreEpochs[n] = epoch;
    moreStarts[n] = offset;
    return new EpochStarts(moreEpochs, moreStarts);
  }

  /**
   * Without the epochs that lie wholly below {@code startOffset}; the one that holds it now begins
   * there.
   */
  EpochStarts trimmed(long startOffset) {
    int first = 0;
    while (first + 1 < epochs.length && starts[first + 1] <= startOffset) {
      first++;
    }
    if (epochs.length == 0 || first == 0 && starts[0] >= startOffset) {
      return this;
    }
    long[] left = Arrays.copyOfRange(starts, first, starts.length);
    left[0] = Math.max(left[0], startOffset);
    return new EpochStarts(Arrays.copyOfRange(epochs, first, epochs.length), left);
  }

  /**
   * Where an epoch ends, as OffsetForLeaderEpoch wants it.
   *
   * @param epoch the epoch asked for
   * @param current the log's epoch now
   * @param endOffset offset after the last record
   * @return the largest epoch at or below the one asked for, and the offset at which the next one
   *     began; for an epoch before all that are known, that epoch and where the first known one
   *     begins, so that whoever stands there stays; (-1, -1) for an epoch that is yet to come
   */
  public EpochEnd endOf(int epoch, int current, long endOffset) {
    if (epoch == current) {
      return new EpochEnd(epoch, endOffset);
    }
    int i = Arrays.binarySearch(epochs, epoch);
    int floor = i >= 0 ? i : -i - 2;
    if (epoch < 0 || epoch > current) {
      return EpochEnd.UNKNOWN;
    }
    if (floor < 0) {
      return new EpochEnd(epoch, starts.length > 0 ? starts[0] : endOffset);
    }
    return new EpochEnd(epochs[floor], floor + 1 < starts.length ? starts[floor + 1] : endOffset);
  }

  /** The epoch of the record at {@code offset}, -1 if not known. */
  public int epochAt(long offset) {
    int found = -1;
    for (int i = 0; i < epochs.length && starts[i] <= offset; i++) {
      found = epochs[i];
    }
    return found;
  }

  /** The epoch of the last append, -1 if there was none. */
  public int last() {
    return epochs.length == 0 ? -1 : epochs[epochs.length - 1];
  }

  /** An epoch and the offset after its last record. */
  public record EpochEnd(int epoch, long endOffset) {
    public static final EpochEnd UNKNOWN = new EpochEnd(-1, -1);
  }

  void encode(StateWriter out) {
    out.varint(epochs.length);
    for (int i = 0; i < epochs.length; i++) {
      out.varint(epochs[i]).varint(starts[i]);
    }
  }

  static EpochStarts decode(StateReader in) {
    int n = in.count();
    int[] epochs = new int[n];
    long[] starts = new long[n];
    for (int i = 0; i < n; i++) {
      epochs[i] = (int) in.varint();
      starts[i] = in.varint();
    }
    return new EpochStarts(epochs, starts);
  }
}
