package io.millrace.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.Cleaner;
import io.millrace.log.CleaningRules;
import io.millrace.log.LogId;
import io.millrace.log.PartitionLog;
import io.millrace.log.SimulatedDisk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A run on a disk that loses unsynced bytes is cut at every one of its writes; then what was
 * acknowledged must be there, in order, once, and nothing else; and a crash in the recovery changes
 * nothing of that. Records are produced, trimmed, cleaned; topics are dropped; the run begins with
 * what another left when it crashed.
 */
class ShardCrashTest {

  private static final int STEPS_BEFORE = 30;
  private static final int STEPS = 60;
  private static final CleaningRules ALWAYS =
      new CleaningRules(0, 0, Long.MAX_VALUE, Long.MAX_VALUE / 4);

  /** Has {@link SimulatedDisk#afterCrash} keep all unsynced writes, as if there was no crash. */
  private static final RandomGenerator NOTHING_IS_LOST = () -> 0x4000_0000L << 32;

  /** What the client knows. */
  private static final class Ledger {
    final List<Line> lines = new ArrayList<>();
    final Map<String, List<String>> proposed = new HashMap<>();
    final Map<String, Integer> acknowledgedValues = new HashMap<>();
    int dropped;

    Ledger() {
      lines.add(new Line(new LogId(ShardUnderTest.TOPIC, 0)));
      lines.add(new Line(new LogId(ShardUnderTest.TOPIC, 1)));
      lines.add(new Line(new LogId(ShardUnderTest.TOPIC, ShardUnderTest.COMPACTED)));
      lines.add(droppable(0));
    }

    private static Line droppable(int generation) {
      return new Line(new LogId(new UUID(8, generation), 0));
    }

    /** One of the lines that have not been dropped. */
    Line pick(Random random) {
      List<Line> there = lines.stream().filter(line -> !line.dropProposed).toList();
      // Every other time the one that is cleaned, which needs more to be interesting.
      return random.nextBoolean() ? lines.get(2) : there.get(random.nextInt(there.size()));
    }

    /** The line that may be dropped; there is another afterwards. */
    Line drop() {
      Line last = lines.getLast();
      last.dropProposed = true;
      lines.add(droppable(++dropped));
      return last;
    }
  }

  /** What the client knows of one log: everything sent in order, one offset each. */
  private static final class Line {
    final LogId id;
    final List<Sent> sent = new ArrayList<>();
    long trimmedTo;
    long trimProposed;
    boolean dropProposed;
    boolean dropAcknowledged;

    Line(LogId id) {
      this.id = id;
    }

    boolean isCompacted() {
      return id.partition() >= ShardUnderTest.COMPACTED;
    }

    long producerId() {
      return 100 + id.topicId().getLeastSignificantBits() * 1000 + id.partition();
    }
  }

  private static final class Sent {
    final String key;
    final String text;
    final int sequence;
    ShardUnderTest.TestAppend append;
    BatchAppend batch;

    Sent(String key, String text, int sequence) {
      this.key = key;
      this.text = text;
      this.sequence = sequence;
    }

    boolean acknowledged() {
      return append.answered && batch.refusal() == null;
    }
  }

  @Test
  void everyWriteOfARunMayBeTheLast() throws IOException {
    run(1, 1, 3);
    run(2, 2, 3);
  }

  @Test
  @Tag("long")
  void everyWriteOfManyRunsMayBeTheLast() throws IOException {
    for (long seed = 1; seed <= 40; seed++) {
      run(seed, 1 + (int) seed % 2, 8);
    }
  }

  private static void run(long seed, int lives, int images) throws IOException {
    Play whole = new Play(seed, lives, Long.MAX_VALUE);
    System.out.printf(
        "crash test: seed %d, life %d, %d changes of the disk, %d states after each; %d cleanings,"
            + " %d topics dropped%n",
        seed, lives, whole.disk.changes(), images, whole.cleanings, whole.ledger.dropped);
    assertThat(whole.cleanings).isPositive();
    for (long crashAt = 1; crashAt <= whole.disk.changes(); crashAt++) {
      Play play = new Play(seed, lives, crashAt);
      for (int image = 0; image < images; image++) {
        Random random = new Random(seed * 31 + crashAt * 1009 + image);
        String at = "seed " + seed + ", crash at change " + crashAt + ", image " + image;
        SimulatedDisk after = play.disk.afterCrash(random);
        if (image % 2 == 1) {
          after = crashWhileRecovering(after, random);
        }
        checkAll(after, play.ledger, at);
      }
      Random random = new Random(seed * 31 + crashAt * 1009 + images);
      SimulatedDisk after = crashWhileRecovering(play.disk, random);
      checkAll(after, play.ledger, "seed " + seed + ", killed at change " + crashAt);
    }
  }

  /**
   * The power goes in the recovery. If the disk has just been through a crash, nothing is unsynced
   * but what the recovery writes; if only the process was killed, what it had not synced still is.
   */
  private static SimulatedDisk crashWhileRecovering(SimulatedDisk disk, Random random) {
    disk.crashAt(1 + random.nextInt(20));
    try {
      ShardUnderTest.recovered(disk);
    } catch (IOException e) {
      assertThat(disk.hasCrashed()).as("%s", e).isTrue();
    }
    return disk.afterCrash(random);
  }

  /**
   * One or two lives of a shard: the last ends at a given change of the disk, one before it in a
   * crash somewhere.
   */
  private static final class Play {
    final Ledger ledger = new Ledger();
    final SimulatedDisk disk;
    int cleanings;

    Play(long seed, int lives, long crashAt) throws IOException {
      Random random = new Random(seed);
      SimulatedDisk first = new SimulatedDisk();
      if (lives == 2) {
        boolean killed = random.nextBoolean();
        if (killed) {
          first.crashAt(200 + random.nextInt(600));
        }
        live(first, random, STEPS_BEFORE);
        // A process that is killed leaves its unsynced writes to the next one.
        disk = killed ? first : first.afterCrash(random);
        disk.crashAt(Long.MAX_VALUE);
        forgetWhatIsLost();
      } else {
        disk = first;
      }
      disk.crashAt(crashAt);
      live(disk, random, STEPS);
    }

    private void live(SimulatedDisk on, Random random, int steps) {
      boolean inline = random.nextBoolean();
      try {
        ShardUnderTest it = new ShardUnderTest(on, inline ? 64 * 1024 : 0);
        it.shard.recover();
        for (int step = 0; step < steps && it.failure == null; step++) {
          step(it, step, random);
          if (random.nextInt(3) > 0) {
            it.turnUntilIdle();
          }
          if (random.nextInt(10) == 0) {
            it.shard.execute(s -> it.shard.checkpointSoon());
          }
          if (random.nextInt(10) == 0) {
            it.clock.advanceMs(1500);
            it.turnUntilIdle();
          }
        }
        it.turnUntilIdle();
        if (it.failure == null && random.nextBoolean()) {
          it.shard.close();
        }
      } catch (IOException e) {
        assertThat(on.hasCrashed()).as("%s", e).isTrue();
      }
    }

    private void step(ShardUnderTest it, int step, Random random) throws IOException {
      Line line = ledger.pick(random);
      ShardLog log = it.shard.log(line.id);
      switch (random.nextInt(10)) {
        case 0 -> {
          String name = "name-" + random.nextInt(4);
          String value = "value-" + step + "-" + random.nextInt(1000);
          List<String> proposed = ledger.proposed.computeIfAbsent(name, n -> new ArrayList<>());
          proposed.add(value);
          int place = proposed.size();
          it.shard.execute(s ->
              it.register.set(s, name, value, () -> ledger.acknowledgedValues.put(name, place)));
        }
        case 1 -> {
          long to = random.nextInt(5) == 0 ? log.endOffset() : log.startOffset() + 2;
          if (to <= log.endOffset()) {
            line.trimProposed = Math.max(line.trimProposed, to);
            it.shard.execute(
                s -> s.trim(log, to, () -> line.trimmedTo = Math.max(line.trimmedTo, to)));
          }
        }
        case 2, 3 -> clean(it);
        case 4 -> {
          if (random.nextInt(3) == 0) {
            Line gone = ledger.drop();
            it.shard.execute(
                s -> s.dropTopic(gone.id.topicId(), 1, () -> gone.dropAcknowledged = true));
          }
        }
        default -> append(it, line, step, random);
      }
    }

    private void append(ShardUnderTest it, Line line, int step, Random random) {
      int batches = 1 + random.nextInt(3);
      ShardUnderTest.TestAppend append = new ShardUnderTest.TestAppend(Append.Acks.APPLIED);
      for (int i = 0; i < batches; i++) {
        String key = "key-" + random.nextInt(4);
        String text = line.id + "-" + step + "-" + i + "-" + "x".repeat(random.nextInt(900));
        Sent one = new Sent(key, text, line.sent.size());
        one.append = append;
        one.batch =
            append.add(
                it.shard.log(line.id),
                TestBatch.of(key, text, 1, line.producerId(), (short) 0, one.sequence));
        line.sent.add(one);
      }
      it.shard.append(append);
    }

    private void clean(ShardUnderTest it) throws IOException {
      PartitionLog log = it.shard.log(ledger.lines.get(2).id).stored();
      if (log != null) {
        Cleaner cleaner = new Cleaner(1 << 20, 1 << 20, 0, () -> {});
        if (cleaner.clean(log, ALWAYS, 0) instanceof Cleaner.Outcome.Cleaned) {
          cleanings++;
        }
      }
    }

    /** What the first life did not acknowledge and the second does not find is sent no more. */
    private void forgetWhatIsLost() throws IOException {
      ShardUnderTest it = ShardUnderTest.recovered(disk.afterCrash(NOTHING_IS_LOST));
      for (Line line : ledger.lines) {
        ShardLog log = it.shard.find(line.id);
        long end = log == null ? 0 : log.endOffset();
        while (line.sent.size() > end && !line.dropProposed) {
          assertThat(line.sent.removeLast().acknowledged()).isFalse();
        }
      }
    }
  }

  private static void checkAll(SimulatedDisk disk, Ledger ledger, String at) throws IOException {
    ShardUnderTest it;
    try {
      it = ShardUnderTest.recovered(disk);
    } catch (IOException e) {
      throw new AssertionError(at + ": recovery refused", e);
    }
    List<Line> there = new ArrayList<>();
    for (Line line : ledger.lines) {
      if (line.dropProposed && (it.shard.find(line.id) == null || line.sent.isEmpty())) {
        continue;
      }
      assertThat(line.dropAcknowledged).as("%s: %s was dropped", at, line.id).isFalse();
      checkLine(it, line, at);
      there.add(line);
    }
    ledger.proposed.forEach((name, values) -> {
      int least = ledger.acknowledgedValues.getOrDefault(name, 0);
      String value = it.register.get(name);
      int place = value.isEmpty() ? 0 : values.indexOf(value) + 1;
      assertThat(place).as("%s: %s", at, name).isGreaterThanOrEqualTo(least);
    });
    assertThat(it.failure).as(at).isNull();
    for (Line line : there) {
      checkGoesOn(it, line, at);
    }
  }

  private static void checkLine(ShardUnderTest it, Line line, String at) throws IOException {
    String where = at + ", " + line.id;
    ShardLog log = it.shard.log(line.id);
    assertThat(log.startOffset())
        .as("%s: start", where)
        .isBetween(line.trimmedTo, line.trimProposed);
    assertThat(log.endOffset()).as("%s: end", where).isLessThanOrEqualTo(line.sent.size());
    Set<Long> found = new HashSet<>();
    long last = -1;
    for (ShardUnderTest.ReadBatch batch : ShardUnderTest.readAll(log)) {
      // Batches are numbered as they were sent, so a log in order is the list of what was sent.
      assertThat(batch.baseOffset()).as(where).isGreaterThan(last);
      last = batch.baseOffset();
      assertThat(batch.text())
          .as("%s: offset %d", where, batch.baseOffset())
          .isEqualTo(line.sent.get((int) batch.baseOffset()).text);
      found.add(batch.baseOffset());
    }
    Map<String, Integer> lastOfKey = new HashMap<>();
    for (int offset = 0; offset < log.endOffset(); offset++) {
      lastOfKey.put(line.sent.get(offset).key, offset);
    }
    for (int offset = 0; offset < line.sent.size(); offset++) {
      Sent one = line.sent.get(offset);
      if (one.acknowledged()) {
        assertThat(one.batch.baseOffset()).as(where).isEqualTo(one.sequence);
        assertThat((long) offset).as("%s: acknowledged", where).isLessThan(log.endOffset());
      }
      boolean counts =
          offset >= log.startOffset()
              && offset < log.endOffset()
              && (!line.isCompacted() || lastOfKey.get(one.key) == offset);
      assertThat(!counts || found.contains((long) offset))
          .as("%s: offset %d is there", where, offset)
          .isTrue();
    }
    PartitionLog stored = log.stored();
    assertThat(stored == null ? new long[0] : stored.damagedRanges()).as(where).isEmpty();
  }

  /** What was sent last and may or may not be there is sent again: it must be there once. */
  private static void checkGoesOn(ShardUnderTest it, Line line, String at) throws IOException {
    ShardLog log = it.shard.log(line.id);
    long end = log.endOffset();
    for (int i = (int) Math.max(0, end - 2); i < line.sent.size(); i++) {
      Sent again = line.sent.get(i);
      ShardUnderTest.TestAppend append = new ShardUnderTest.TestAppend(Append.Acks.APPLIED);
      BatchAppend batch =
          append.add(
              log,
              TestBatch.of(again.key, again.text, 1, line.producerId(), (short) 0, again.sequence));
      it.shard.append(append);
      it.turnUntilIdle();
      assertThat(append.answered).as(at).isTrue();
      assertThat(batch.refusal()).as(at).isNull();
      assertThat(batch.baseOffset()).as(at).isEqualTo(i);
      assertThat(batch.isDuplicate()).as(at).isEqualTo(i < end);
    }
    assertThat(log.endOffset()).as(at).isEqualTo(line.sent.size());
    if (!line.isCompacted()) {
      assertThat(ShardUnderTest.readAll(log))
          .as(at)
          .hasSize((int) (line.sent.size() - log.startOffset()));
    }
  }
}
