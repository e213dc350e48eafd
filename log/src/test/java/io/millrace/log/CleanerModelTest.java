package io.millrace.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.TestBatches.TextRecord;
import io.millrace.record.Compression;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A log that is cleaned against a list from which superseded records are taken, tombstones and
 * their horizon included; and the same with a crash at every write.
 */
class CleanerModelTest {

  private static final int STEPS = 160;
  private static final long DELETE_RETENTION_MS = 30_000;
  private static final Compression[] CODECS = {Compression.NONE, Compression.LZ4, Compression.GZIP};

  /** A batch as a naive cleaner would leave it; -1 for no delete horizon. */
  private record ModelBatch(long base, List<TextRecord> records, long horizonMs) {}

  private List<ModelBatch> batches = new ArrayList<>();

  /** As they were before the cleaning that is under way. */
  private List<ModelBatch> batchesBefore = batches;

  private long start;
  private long end;
  private long nowMs = 1_000_000;
  private long lastCleanedMs;
  private int cleanings;
  private int dropped;

  @Test
  void whatIsLeftIsWhatANaiveCleanerLeaves() throws IOException {
    int cleanings = 0;
    int dropped = 0;
    for (long seed = 1; seed <= 60; seed++) {
      CleanerModelTest run = new CleanerModelTest();
      run.run(seed, Long.MAX_VALUE, new SimulatedDisk(), true);
      cleanings += run.cleanings;
      dropped += run.dropped;
    }
    System.out.printf("cleaner: %d cleanings dropped %d records%n", cleanings, dropped);
    assertThat(cleanings).isGreaterThan(200);
    assertThat(dropped).isGreaterThan(5000);
  }

  @Test
  void everyWriteOfARunMayBeTheLast() throws IOException {
    for (long seed = 1; seed <= 3; seed++) {
      crashEverywhere(seed, 3);
    }
  }

  @Test
  @Tag("long")
  void everyWriteOfManyRunsMayBeTheLast() throws IOException {
    for (long seed = 100; seed < 140; seed++) {
      crashEverywhere(seed, 6);
    }
  }

  private static void crashEverywhere(long seed, int images) throws IOException {
    SimulatedDisk whole = new SimulatedDisk();
    CleanerModelTest first = new CleanerModelTest();
    first.run(seed, Long.MAX_VALUE, whole, false);
    System.out.printf(
        "cleaner: seed %d, %d cleanings, %d changes of the disk, %d states after each%n",
        seed, first.cleanings, whole.changes(), images);
    for (long crashAt = 1; crashAt <= whole.changes(); crashAt++) {
      CleanerModelTest run = new CleanerModelTest();
      LogUnderTest it = run.run(seed, crashAt, new SimulatedDisk(), false);
      for (int image = 0; image < images; image++) {
        Random random = new Random(seed * 31 + crashAt * 1009 + image);
        String at = "seed " + seed + ", crash at change " + crashAt + ", image " + image;
        run.checkAfterCrash(it, random, at);
      }
    }
  }

  /** Runs until the disk fails or all is done. */
  private LogUnderTest run(long seed, long crashAt, SimulatedDisk disk, boolean restarts) {
    Random random = new Random(seed);
    disk.crashAt(crashAt);
    LogSettings settings =
        new LogSettings(
            300 + random.nextInt(1200), Long.MAX_VALUE / 2, 0, random.nextInt(400), true);
    LogUnderTest it = new LogUnderTest(disk, settings);
    int keys = 2 + random.nextInt(20);
    int keyBytesMax = random.nextInt(3) == 0 ? 24 * 64 : 1 << 20;
    Cleaner cleaner = new Cleaner(keyBytesMax, 1 << 20, 0, () -> {});
    int step = 0;
    try {
      for (; step < STEPS; step++) {
        switch (random.nextInt(14)) {
          case 0, 1 -> it.checkpoint();
          case 2, 12, 13 -> clean(it, cleaner, random);
          case 3 -> nowMs += random.nextInt(20_000);
          case 4 -> {
            if (random.nextInt(4) == 0) {
              trim(it, random);
            }
          }
          case 5 -> {
            if (restarts && random.nextInt(4) == 0) {
              it = it.afterCrash(random);
              check(it, "after a restart");
            }
          }
          default -> append(it, keys, random);
        }
      }
      check(it, "at the end");
    } catch (IOException e) {
      assertThat(disk.hasCrashed()).as("seed %d, step %d: %s", seed, step, e).isTrue();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed + ", step " + step, e);
    }
    return it;
  }

  private void append(LogUnderTest it, int keys, Random random) throws IOException {
    List<TextRecord> records = new ArrayList<>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      String key = random.nextInt(30) == 0 ? null : "key-" + random.nextInt(keys);
      String value =
          random.nextInt(5) == 0 && key != null ? null : end + "-" + "v".repeat(random.nextInt(90));
      records.add(new TextRecord(end + records.size(), nowMs - random.nextInt(100), key, value));
    }
    batches = new ArrayList<>(batches);
    batches.add(new ModelBatch(end, records, -1));
    batchesBefore = batches;
    end += records.size();
    it.append(TestBatches.batch(records, CODECS[random.nextInt(CODECS.length)]), nowMs);
  }

  private void trim(LogUnderTest it, Random random) throws IOException {
    long to = start + random.nextInt((int) (end - start) / 3 + 1);
    start = to;
    it.trim(to);
  }

  private void clean(LogUnderTest it, Cleaner cleaner, Random random) throws IOException {
    double ratio = random.nextInt(3) == 0 ? 0.5 : 0;
    long lagMsMin = random.nextInt(4) == 0 ? 10_000 : 0;
    CleaningRules rules = new CleaningRules(ratio, lagMsMin, Long.MAX_VALUE, DELETE_RETENTION_MS);
    Segment[] segments = it.log.open();
    long from = Math.max(it.log.cleanerMark().cleanedTo(), start);
    CleaningPlan plan = CleaningPlan.of(it.log, rules, nowMs);
    List<ModelBatch> before = batches;
    lastCleanedMs = nowMs;
    if (plan.due()) {
      // In case the disk fails on the way: the least that may be left.
      batchesBefore = before;
      batches = cleanNaively(before, from, plan.end(), plan.end());
    }
    Cleaner.Outcome outcome = cleaner.clean(it.log, rules, nowMs);
    batches = before;
    if (outcome instanceof Cleaner.Outcome.Cleaned cleaned) {
      long to = cleaned.cleanedTo();
      assertThat(plan.due()).isTrue();
      assertThat(to).isGreaterThan(from).isLessThanOrEqualTo(plan.end());
      batches = cleanNaively(before, from, to, endOfSegmentWith(segments, to - 1));
      cleanings++;
      dropped += count(before) - count(batches);
    } else {
      assertThat(plan.due()).isFalse();
    }
    batchesBefore = batches;
    check(it, "after cleaning");
  }

  private static int count(List<ModelBatch> some) {
    return some.stream().mapToInt(batch -> batch.records.size()).sum();
  }

  private static long endOfSegmentWith(Segment[] segments, long offset) {
    for (int i = 0; i + 1 < segments.length; i++) {
      if (segments[i + 1].baseOffset() > offset) {
        return segments[i + 1].baseOffset();
      }
    }
    throw new AssertionError("offset " + offset + " lies in the segment that is appended to");
  }

  /** The batches without what a cleaner may take from those below {@code rewrittenTo}. */
  private List<ModelBatch> cleanNaively(
      List<ModelBatch> batches, long from, long to, long rewrittenTo) {
    Map<String, Long> last = new HashMap<>();
    for (ModelBatch batch : batches) {
      for (TextRecord record : batch.records) {
        if (record.offset() >= from && record.offset() < to && record.key() != null) {
          last.put(record.key(), record.offset());
        }
      }
    }
    List<ModelBatch> left = new ArrayList<>();
    for (ModelBatch batch : batches) {
      if (batch.base >= rewrittenTo) {
        left.add(batch);
        continue;
      }
      boolean overdue = batch.horizonMs >= 0 && nowMs >= batch.horizonMs;
      List<TextRecord> kept =
          batch.records.stream()
              .filter(record ->
                  record.key() == null
                      || record.offset() >= last.getOrDefault(record.key(), -1L)
                          && !(overdue && record.value() == null))
              .toList();
      boolean sets = batch.horizonMs < 0 && kept.stream().anyMatch(r -> r.value() == null);
      left.add(
          new ModelBatch(batch.base, kept, sets ? nowMs + DELETE_RETENTION_MS : batch.horizonMs));
    }
    return left;
  }

  private List<TextRecord> readable(List<ModelBatch> some) {
    return some.stream()
        .flatMap(batch -> batch.records.stream())
        .filter(record -> record.offset() >= start)
        .toList();
  }

  private void check(LogUnderTest it, String when) throws IOException {
    assertThat(it.log.startOffset()).as(when).isEqualTo(start);
    assertThat(it.log.endOffset()).as(when).isEqualTo(end);
    // Segments below the start may or may not be there when a later one is cleaned: the naive
    // cleaner keeps what it has for them, so only what can be read is compared.
    assertThat(TestBatches.readRecords(it.log)).as(when).isEqualTo(readable(batches));
    assertThat(it.log.damagedRanges()).as(when).isEmpty();
    long bytes = Arrays.stream(it.log.open()).mapToLong(Segment::bytes).sum();
    assertThat(it.log.sizeInBytes()).as(when).isEqualTo(bytes);
  }

  /**
   * Whatever the crash cut off, what is there lies between what was before the cleaning and what
   * would be after it, nothing acknowledged is missing, and the log can be cleaned on.
   */
  private void checkAfterCrash(LogUnderTest it, Random random, String at) throws IOException {
    LogUnderTest next;
    try {
      next = it.afterCrash(random);
    } catch (IOException e) {
      throw new AssertionError(at + ": the log does not open", e);
    }
    List<TextRecord> found = TestBatches.readRecords(next.log);
    long from = next.log.startOffset();
    Set<TextRecord> most = new HashSet<>();
    batchesBefore.forEach(batch -> most.addAll(batch.records));
    batches.forEach(batch -> most.addAll(batch.records));
    assertThat(most).as(at).containsAll(found);
    Set<TextRecord> there = new HashSet<>(found);
    for (ModelBatch batch : batches) {
      for (TextRecord record : batch.records) {
        if (record.offset() >= from && record.offset() < next.log.endOffset()) {
          assertThat(there).as(at).contains(record);
        }
      }
    }
    assertThat(next.log.damagedRanges()).as(at).isEmpty();
    checkSegments(next, found, at);
    cleanAgain(next, at);
  }

  /** No segment reaches into the next, and each record is found by its offset. */
  private static void checkSegments(LogUnderTest it, List<TextRecord> found, String at)
      throws IOException {
    Segment[] all = it.log.open();
    for (int i = 0; i + 1 < all.length; i++) {
      assertThat(all[i].nextOffset()).as(at).isLessThanOrEqualTo(all[i + 1].baseOffset());
    }
    for (TextRecord record : found) {
      LogRead.Found read = (LogRead.Found) it.log.read(record.offset(), 1, true);
      assertThat(TestBatches.records(TestBatches.batches(read).get(0))).as(at).contains(record);
    }
  }

  /** Afterwards each key has one record below the mark, its last. */
  private void cleanAgain(LogUnderTest it, String at) throws IOException {
    it.checkpoint();
    Cleaner cleaner = new Cleaner(1 << 20, 1 << 20, 0, () -> {});
    CleaningRules rules = new CleaningRules(0, 0, Long.MAX_VALUE, DELETE_RETENTION_MS);
    List<TextRecord> before = TestBatches.readRecords(it.log);
    cleaner.clean(it.log, rules, lastCleanedMs);
    long to = it.log.cleanerMark().cleanedTo();
    Map<String, TextRecord> last = new HashMap<>();
    for (TextRecord record : before) {
      if (record.offset() < to && record.key() != null) {
        last.put(record.key(), record);
      }
    }
    Map<String, Integer> times = new HashMap<>();
    List<TextRecord> after = TestBatches.readRecords(it.log);
    for (TextRecord record : after) {
      if (record.offset() < to && record.key() != null) {
        times.merge(record.key(), 1, Integer::sum);
        assertThat(record).as(at).isEqualTo(last.get(record.key()));
      }
    }
    last.forEach((key, record) ->
        assertThat(record.value() == null || times.getOrDefault(key, 0) == 1)
            .as("%s: %s", at, record)
            .isTrue());
    assertThat(before).as(at).containsAll(after);
  }
}
