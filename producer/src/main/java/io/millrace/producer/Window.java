package io.millrace.producer;

/**
 * What values came since the last look: how many, their mean and spread, and percentiles to within
 * 1.6 %. Not thread safe.
 *
 * <p>Values below 64 have a counter each; above, each power of two is divided in 64. Values of 2^40
 * and more count as out of range and, in the percentiles, as the largest that is not.
 */
final class Window {

  private static final int LINEAR_BITS = 6;
  private static final int LINEAR = 1 << LINEAR_BITS;
  private static final int BITS_MAX = 40;
  private static final long VALUE_MAX = (1L << BITS_MAX) - 1;

  /** Counters: allocated when the first value comes. */
  private int[] counts = {};

  private long count;
  private long sum;
  private double squares;
  private long min = Long.MAX_VALUE;
  private long max;
  private long outOfRange;

  void add(long value) {
    long one = Math.max(0, value);
    if (one > VALUE_MAX) {
      outOfRange++;
      one = VALUE_MAX;
    }
    if (counts.length == 0) {
      counts = new int[place(VALUE_MAX) + 1];
    }
    counts[place(one)]++;
    count++;
    sum += one;
    squares += (double) one * one;
    min = Math.min(min, one);
    max = Math.max(max, one);
  }

  private static int place(long value) {
    if (value < LINEAR) {
      return (int) value;
    }
    int power = 63 - Long.numberOfLeadingZeros(value);
    int within = (int) (value >>> (power - LINEAR_BITS)) & (LINEAR - 1);
    return LINEAR + (power - LINEAR_BITS) * LINEAR + within;
  }

  /** The largest value that is counted at a place. */
  private static long valueAt(int place) {
    if (place < LINEAR) {
      return place;
    }
    int shift = (place - LINEAR) / LINEAR;
    long within = LINEAR + (place - LINEAR) % LINEAR;
    return (within + 1 << shift) - 1;
  }

  long count() {
    return count;
  }

  long sum() {
    return sum;
  }

  long min() {
    return count == 0 ? 0 : min;
  }

  long max() {
    return max;
  }

  long mean() {
    return count == 0 ? 0 : sum / count;
  }

  long deviation() {
    if (count == 0) {
      return 0;
    }
    double mean = (double) sum / count;
    return Math.round(Math.sqrt(Math.max(0, squares / count - mean * mean)));
  }

  long outOfRange() {
    return outOfRange;
  }

  /** The value that so many percent do not exceed; 0 if there is none. */
  long percentile(double percent) {
    long wanted = Math.max(1, (long) Math.ceil(count * percent / 100));
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (seen >= wanted) {
        return Math.max(min(), Math.min(max, valueAt(i)));
      }
    }
    return 0;
  }

  /** Bytes of the counters. */
  int sizeInBytes() {
    return 4 * counts.length;
  }

  /** Forgets everything; the counters' memory stays. */
  void clear() {
    java.util.Arrays.fill(counts, 0);
    count = 0;
    sum = 0;
    squares = 0;
    min = Long.MAX_VALUE;
    max = 0;
    outOfRange = 0;
  }
}
