package io.millrace.systemtests.mainjob;

import io.millrace.systemtests.mainjob.AccessLog.Line;
import io.millrace.systemtests.mainjob.MemberProcess.Reading;
import io.millrace.systemtests.mainjob.StoredLines.Stored;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/** Compares what came out with what went in. */
final class Verdict {

  private final AccessLog log;
  private final Checks checks;
  private final List<String> summary;

  Verdict(AccessLog log, Checks checks, List<String> summary) {
    this.log = log;
    this.checks = checks;
    this.summary = summary;
  }

  /** The topic holds each line once, where the producer was told, each address's in order. */
  void log(List<Stored> stored, Optional<Map<Integer, JavaLoad.Place>> places) {
    Map<Integer, Stored> byNumber = new HashMap<>();
    int twice = 0;
    for (Stored one : stored) {
      if (byNumber.put(one.number(), one) != null) {
        twice++;
      }
    }
    int missing = 0;
    int altered = 0;
    int elsewhere = 0;
    for (Line line : log.lines()) {
      Stored one = byNumber.get(line.number());
      if (one == null) {
        missing++;
        continue;
      }
      altered += one.key().equals(line.address()) && one.value().equals(line.value()) ? 0 : 1;
      if (places.isPresent()) {
        JavaLoad.Place told = places.get().get(line.number());
        TopicPartition partition = told == null ? null : told.partition();
        boolean there =
            partition != null
                && partition.partition() == one.partition()
                && told.offset() == one.offset();
        elsewhere += there ? 0 : 1;
      }
    }
    checks.equal("records in the topic", log.lines().size(), stored.size());
    checks.equal("lines missing in the topic", 0, missing);
    checks.equal("lines twice in the topic", 0, twice);
    checks.equal("lines altered in the topic", 0, altered);
    checks.equal("lines at another offset than the producer was told", 0, elsewhere);
    checks.equal("lines out of their address's order in the topic", 0, outOfOrder(keyed(stored)));
    summary.add(
        stored.size() + " records in the topic: " + missing + " missing, " + twice + " twice");
  }

  /**
   * The members read each line, and each address's in order. What they read again after a death is
   * counted; it is the first reading that has to be in order.
   */
  void readings(List<Reading> readings) {
    List<Reading> ordered = new ArrayList<>(readings);
    ordered.sort(Comparator.comparingLong(Reading::clock));
    Set<List<Long>> seen = new HashSet<>();
    List<Reading> first = new ArrayList<>();
    for (Reading one : ordered) {
      if (seen.add(List.of((long) one.partition(), one.offset()))) {
        first.add(one);
      }
    }
    Set<Integer> numbers =
        first.stream()
            .map(one -> Line.number(one.value()))
            .collect(Collectors.toCollection(TreeSet::new));
    checks.equal("lines read by the group", log.lines().size(), numbers.size());
    checks.equal("first readings", log.lines().size(), first.size());
    Map<Integer, String> sent =
        log.lines().stream().collect(Collectors.toMap(Line::number, Line::value));
    long altered =
        first.stream()
            .filter(one -> !one.value().equals(sent.get(Line.number(one.value()))))
            .count();
    checks.equal("lines altered on the way to the group", 0, altered);
    List<Keyed> keyed =
        first.stream().map(one -> new Keyed(one.key(), Line.number(one.value()))).toList();
    checks.equal("lines read out of their address's order", 0, outOfOrder(keyed));
    long addresses = keyed.stream().map(Keyed::key).distinct().count();
    summary.add(
        String.format(
            "%d of %d lines read by the group, in order for each of %d addresses; %d read again",
            numbers.size(), log.lines().size(), addresses, ordered.size() - first.size()));
  }

  /** A second group reads everything once. */
  void replay(List<Stored> read) {
    checks.equal("lines read by the second group", log.lines().size(), read.size());
    Set<Integer> numbers = read.stream().map(Stored::number).collect(Collectors.toSet());
    checks.equal("different lines read by the second group", log.lines().size(), numbers.size());
    checks.equal("lines replayed out of their address's order", 0, outOfOrder(keyed(read)));
    summary.add("replay by a second group: " + read.size() + " lines");
  }

  /** A group that was reset to a time reads exactly the lines from that time on. */
  void fromTime(long timeMs, List<Stored> all, List<Stored> read) {
    Set<Integer> expected =
        all.stream()
            .filter(one -> one.timestamp() >= timeMs)
            .map(Stored::number)
            .collect(Collectors.toSet());
    Set<Integer> got = read.stream().map(Stored::number).collect(Collectors.toSet());
    checks.isTrue(
        !expected.isEmpty() && expected.size() < all.size(),
        "the time chosen leaves out nothing, or everything");
    checks.equal("lines from that time on", expected.size(), read.size());
    checks.isTrue(expected.equals(got), "the lines read from a time on are others than those sent");
    summary.add("reset to a time: " + read.size() + " of " + expected.size() + " lines from it on");
  }

  /** A line by its address and number. */
  private record Keyed(String key, int number) {}

  private static List<Keyed> keyed(List<Stored> stored) {
    return stored.stream().map(one -> new Keyed(one.key(), one.number())).toList();
  }

  private static int outOfOrder(List<Keyed> lines) {
    Map<String, Integer> last = new HashMap<>();
    int out = 0;
    for (Keyed line : lines) {
      Integer before = last.put(line.key(), line.number());
      out += before != null && before > line.number() ? 1 : 0;
    }
    return out;
  }
}
