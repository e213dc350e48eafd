package io.millrace.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which retention rule removes records of a topic first, told from what is stored: a partition that
 * goes on filling as it did since its oldest record reaches the limit by size at some age; if that
 * is younger than the limit by time, size bites first.
 *
 * @param rule "time", "size" or "none"
 * @param sentence the same for people, with the figures
 */
record RetentionForecast(String rule, String sentence) {

  /**
   * What limits a topic.
   *
   * @param policy the words of cleanup.policy
   * @param ms retention.ms, -1 for no limit
   * @param bytes retention.bytes, -1 for no limit
   */
  record Limits(List<String> policy, long ms, long bytes) {}

  /**
   * What a partition holds.
   *
   * @param bytes null if the broker does not say
   * @param oldestMs time of its oldest record in ms, -1 if it has none
   */
  record Stored(int partition, @Nullable Long bytes, long oldestMs) {}

  /** A partition and the age at which its records go by size, in ms; 0 if that is now. */
  private record BySize(Stored stored, double ageMs) {}

  static RetentionForecast of(Limits limits, List<Stored> partitions, long nowMs) {
    if (limits.policy.stream().allMatch(String::isBlank)) {
      return new RetentionForecast(
          "none", "nothing is removed: cleanup.policy is empty, neither delete nor compact");
    }
    if (!limits.policy.contains("delete")) {
      return new RetentionForecast(
          "none", "compacted: the last record of each key stays, whatever its age");
    }
    String time = "retention.ms (" + Amounts.duration(limits.ms) + ")";
    String size = "retention.bytes (" + Amounts.bytes(limits.bytes) + " a partition)";
    if (limits.ms < 0 && limits.bytes < 0) {
      return new RetentionForecast("none", "nothing is removed: neither time nor size is limited");
    }
    if (limits.bytes < 0) {
      return new RetentionForecast(
          "time", "time: records go after " + time + "; size is not limited");
    }
    BySize soonest = soonest(limits, partitions, nowMs);
    if (soonest != null && soonest.ageMs == 0) {
      return new RetentionForecast(
          "size",
          "size bites first: partition "
              + soonest.stored.partition
              + " holds as much as "
              + size
              + " allows");
    }
    if (limits.ms < 0) {
      return new RetentionForecast(
          "size", "size: the oldest records go beyond " + size + "; time is not limited");
    }
    if (soonest == null) {
      return new RetentionForecast(
          "time",
          "time bites first unless much comes: "
              + time
              + " or "
              + size
              + ", whichever is reached first");
    }
    String reached =
        "at the rate so far partition "
            + soonest.stored.partition
            + " reaches "
            + size
            + " after "
            + Amounts.duration((long) Math.min(soonest.ageMs, Long.MAX_VALUE));
    return soonest.ageMs < limits.ms
        ? new RetentionForecast("size", "size bites first: " + reached + ", before " + time)
        : new RetentionForecast(
            "time", "time bites first: records go after " + time + "; " + reached);
  }

  private static @Nullable BySize soonest(Limits limits, List<Stored> partitions, long nowMs) {
    BySize soonest = null;
    for (Stored stored : partitions) {
      if (stored.bytes == null || stored.bytes == 0 || stored.oldestMs < 0) {
        continue;
      }
      double filledMs = Math.max(1, nowMs - stored.oldestMs);
      double age =
          stored.bytes >= limits.bytes ? 0 : filledMs * ((double) limits.bytes / stored.bytes);
      if (soonest == null || age < soonest.ageMs) {
        soonest = new BySize(stored, age);
      }
    }
    return soonest;
  }
}
