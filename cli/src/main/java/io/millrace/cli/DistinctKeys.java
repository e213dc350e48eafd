package io.millrace.cli;

import java.util.TreeSet;

/**
 * About how many different keys there are, in bounded memory: keeps the smallest hashes, which lie
 * the closer to 0 the more keys there are. The error is {@link #ERROR} in two of three cases, three
 * times that hardly ever; up to {@value #KEPT} keys are counted exactly.
 *
 * @see <a href="https://doi.org/10.1007/3-540-45726-7_1">Bar-Yossef, Jayram, Kumar, Sivakumar,
 *     Trevisan: Counting distinct elements in a data stream</a>
 */
final class DistinctKeys {

  private static final int KEPT = 16_384;

  /** The standard error, as a share. */
  static final double ERROR = 1 / Math.sqrt(KEPT - 2);

  private static final double HASHES = 0x1p64;

  private final TreeSet<Long> smallest = new TreeSet<>(Long::compareUnsigned);

  /** Counts a key, if it is a new one. */
  void add(byte[] key) {
    long hash = hash(key);
    if (smallest.size() == KEPT && Long.compareUnsigned(hash, smallest.last()) >= 0) {
      return;
    }
    if (smallest.add(hash) && smallest.size() > KEPT) {
      smallest.pollLast();
    }
  }

  long estimate() {
    if (smallest.size() < KEPT) {
      return smallest.size();
    }
    double largest = Math.scalb((double) (smallest.last() >>> 1), 1);
    return Math.round((KEPT - 1) * (HASHES / largest));
  }

  /** FNV-1a of 64 bits, and what mixes its bits as SplitMix64 does. */
  private static long hash(byte[] key) {
    long h = 0xcbf29ce484222325L;
    for (byte b : key) {
      h = (h ^ (b & 0xff)) * 0x100000001b3L;
    }
    h = (h ^ h >>> 30) * 0xbf58476d1ce4e5b9L;
    h = (h ^ h >>> 27) * 0x94d049bb133111ebL;
    return h ^ h >>> 31;
  }
}
