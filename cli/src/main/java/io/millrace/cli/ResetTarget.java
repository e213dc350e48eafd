package io.millrace.cli;

import org.jspecify.annotations.Nullable;

/**
 * Where a group may go in one partition.
 *
 * @param start first offset that can be read
 * @param end offset after the last record
 * @param committed where the group stands; null if it has committed nothing
 */
record ResetTarget(long start, long end, @Nullable Long committed) {

  /**
   * The offset that a place means here. A move by some records stops at the start and at the end.
   *
   * @param byTime the offset that the broker found for a time, -1 if there is none that late
   * @param partition what to name in a refusal
   * @throws CommandFailure if there is no such offset
   */
  long of(Position position, long byTime, String partition) {
    return switch (position) {
      case Position.Earliest earliest -> start;
      case Position.Latest latest -> end;
      case Position.Time time -> byTime < 0 ? end : byTime;
      case Position.Offset offset -> {
        if (offset.offset() < start || offset.offset() > end) {
          throw CommandFailure.refused(
              "OFFSET_OUT_OF_RANGE",
              partition
                  + " has no offset "
                  + offset.offset()
                  + ": it begins at "
                  + start
                  + " and ends at "
                  + end,
              null);
        }
        yield offset.offset();
      }
      case Position.By by -> {
        if (committed == null) {
          throw CommandFailure.refused(
              "NO_COMMITTED_OFFSET",
              "the group has committed nothing in " + partition + " to go on from",
              "--to earliest, latest, offset:N or time:ISO need no such place");
        }
        yield Math.clamp(saturatedAdd(committed, by.records()), start, end);
      }
    };
  }

  private static long saturatedAdd(long a, long b) {
    long sum = a + b;
    return ((a ^ sum) & (b ^ sum)) < 0 ? (a < 0 ? Long.MIN_VALUE : Long.MAX_VALUE) : sum;
  }
}
