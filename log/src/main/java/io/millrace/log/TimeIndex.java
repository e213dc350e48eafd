package io.millrace.log;

import java.util.Arrays;

/**
 * How far the clock of a segment's records had come at some offsets: pairs (largest timestamp up to
 * and including a batch, that batch's base offset), both growing. One thread adds, any thread looks
 * up at the same time.
 */
final class TimeIndex {

  private static final int FIRST_CAPACITY = 8;

  /** Timestamp and relative offset in turn. */
  private volatile long[] entries = new long[FIRST_CAPACITY];

  private volatile int count;

  /** Adds an entry unless the time has not moved on since the last one. */
  void add(long timestamp, long relativeOffset) {
    int n = count;
    if (n > 0 && entries[2 * n - 2] >= timestamp) {
      return;
    }
    if (2 * n == entries.length) {
      entries = Arrays.copyOf(entries, 4 * n);
    }
    entries[2 * n] = timestamp;
    entries[2 * n + 1] = relativeOffset;
    count = n + 1;
  }

  int count() {
    return count;
  }

  long timestamp(int entry) {
    return entries[2 * entry];
  }

  long relativeOffset(int entry) {
    return entries[2 * entry + 1];
  }

  /**
   * The last entry whose timestamp is below {@code timestamp}, or -1: records before it are all
   * older.
   */
  int lastBelow(long timestamp) {
    int n = count;
    long[] sorted = entries;
    int low = 0;
    int high = n - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (sorted[2 * middle] < timestamp) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high;
  }
}
