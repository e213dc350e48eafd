package io.millrace.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Which part of a log is to be cleaned, and whether it is worth it.
 *
 * @param segments all rolled segments from the start of the log up to the first that must be left
 *     alone
 * @param from offset up to which the log was cleaned before
 * @param end end of the last of these segments
 * @param due whether there is enough to clean
 * @param waits whether there would be, were it not that a checkpoint must come first
 */
record CleaningPlan(List<Segment> segments, long from, long end, boolean due, boolean waits) {

  /** Looks at numbers in memory; at files only when the log is first looked at. */
  static CleaningPlan of(PartitionLog log, CleaningRules rules, long nowMs) throws IOException {
    Segment[] all = log.open();
    long from = Math.max(log.cleanerMark().cleanedTo(), log.startOffset());
    int old = 0;
    // What a transaction has written is not cleaned before it is decided.
    long firstOpen = log.stability().firstOpen();
    while (old + 1 < all.length
        && all[old + 1].baseOffset() <= firstOpen
        && isOld(all[old], rules, nowMs)) {
      old++;
    }
    int settled = 0;
    while (settled < old && all[settled].isBelowSnapshot()) {
      settled++;
    }
    boolean due = isDue(all, settled, from, rules, nowMs);
    return new CleaningPlan(
        List.of(all).subList(0, settled),
        from,
        settled == 0 ? from : all[settled].baseOffset(),
        due,
        !due && settled < old && isDue(all, old, from, rules, nowMs));
  }

  private static boolean isOld(Segment segment, CleaningRules rules, long nowMs)
      throws IOException {
    return rules.lagMsMin() <= 0 || segment.maxTimestamp() <= nowMs - rules.lagMsMin();
  }

  /**
   * @param count how many segments from the first on may be cleaned
   */
  private static boolean isDue(Segment[] all, int count, long from, CleaningRules rules, long nowMs)
      throws IOException {
    long bytes = 0;
    long dirtyBytes = 0;
    int firstDirty = count;
    for (int i = 0; i < count; i++) {
      bytes += all[i].bytes();
      if (all[i + 1].baseOffset() > from) {
        dirtyBytes += all[i].bytes();
        firstDirty = Math.min(firstDirty, i);
      }
    }
    if (dirtyBytes == 0) {
      return false;
    }
    if (dirtyBytes > rules.dirtyRatioMin() * bytes) {
      return true;
    }
    // The first batch of the first uncleaned segment stands for the oldest uncleaned record.
    return rules.lagMsMax() < nowMs && all[firstDirty].firstTimestamp() < nowMs - rules.lagMsMax();
  }

  /**
   * Neighbours that may become one segment: together no larger than a segment may be, and no offset
   * too far from the first.
   */
  List<List<Segment>> groups(long upTo, LogSettings settings) {
    List<List<Segment>> groups = new ArrayList<>();
    List<Segment> group = new ArrayList<>();
    long bytes = 0;
    for (int i = 0; i < segments.size() && segments.get(i).baseOffset() < upTo; i++) {
      Segment segment = segments.get(i);
      long segmentEnd = i + 1 < segments.size() ? segments.get(i + 1).baseOffset() : end;
      boolean fits =
          !group.isEmpty()
              && bytes + segment.bytes() <= settings.segmentBytesMax()
              && segmentEnd - group.get(0).baseOffset() <= Segment.OFFSET_SPAN_MAX
              && group.size() < Replacement.SEGMENTS_MAX;
      if (!fits && !group.isEmpty()) {
        groups.add(group);
        group = new ArrayList<>();
        bytes = 0;
      }
      group.add(segment);
      bytes += segment.bytes();
    }
    if (!group.isEmpty()) {
      groups.add(group);
    }
    return groups;
  }
}
