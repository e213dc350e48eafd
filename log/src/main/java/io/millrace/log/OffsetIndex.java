package io.millrace.log;

import java.util.Arrays;

/**
 * Where some batches of a segment begin: a sorted list of (offset, position), one entry for each
 * {@code index.interval.bytes} of log. One thread adds, any thread looks up at the same time.
 *
 * <p>An entry is one long: the offset less the segment's base offset in the upper half, the
 * position in the lower, both unsigned.
 */
final class OffsetIndex {

  private static final int FIRST_CAPACITY = 8;

  private volatile long[] entries = new long[FIRST_CAPACITY];
  private volatile int count;

  /** Adds the batch that begins at {@code position}; both arguments grow from call to call. */
  void add(long relativeOffset, long position) {
    int n = count;
    if (n == entries.length) {
      entries = Arrays.copyOf(entries, n * 2);
    }
    entries[n] = relativeOffset << 32 | position;
    count = n + 1;
  }

  int count() {
    return count;
  }

  long relativeOffset(int entry) {
    return entries[entry] >>> 32;
  }

  long position(int entry) {
    return entries[entry] & 0xffff_ffffL;
  }

  /** The last entry whose offset is at most {@code relativeOffset}, or -1. */
  int floorOfOffset(long relativeOffset) {
    int n = count;
    long[] sorted = entries;
    int low = 0;
    int high = n - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] >>> 32 <= relativeOffset) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high;
  }

  /** The last entry whose position is at most {@code position}, or -1. */
  int floorOfPosition(long position) {
    int n = count;
    long[] sorted = entries;
    int low = 0;
    int high = n - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if ((sorted[middle] & 0xffff_ffffL) <= position) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high;
  }
}
