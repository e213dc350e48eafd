package io.millrace.log;

import java.io.IOException;
import java.util.Arrays;

/** Finds out which offsets are lost when the segments of a log do not hold what they must. */
final class Damage {

  private Damage() {}

  /**
   * Asks every segment how far it can be read: its indexes, if they are intact, else its headers.
   * Segments that were cleaned have gaps inside, but each reaches as far as it did before.
   *
   * @param known ranges already known to be lost: first and last in turn
   * @return those and the ranges that no readable batch covers
   */
  static long[] find(Segment[] segments, long startOffset, long endOffset, long[] known)
      throws IOException {
    long[] ranges = known;
    long next = startOffset;
    for (Segment segment : segments) {
      if (segment.baseOffset() > next) {
        ranges = add(ranges, next, segment.baseOffset() - 1);
        next = segment.baseOffset();
      }
      next = Math.max(next, segment.nextOffset());
    }
    return next < endOffset ? add(ranges, next, endOffset - 1) : ranges;
  }

  private static long[] add(long[] ranges, long first, long last) {
    long[] more = Arrays.copyOf(ranges, ranges.length + 2);
    more[ranges.length] = first;
    more[ranges.length + 1] = last;
    return more;
  }
}
