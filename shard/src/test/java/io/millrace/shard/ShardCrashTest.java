package io.millrace.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.SimulatedDisk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A run on a disk that loses unsynced bytes is cut at every one of its writes; then what was
 * acknowledged must be there, in order, once, and nothing else; and a crash in the recovery changes
 * nothing of that.
 */
class ShardCrashTest {

  private static final int PARTITIONS = 3;
  private static final int STEPS = 60;

  /** What the client knows. */
  private static final class Ledger {
    /**
     * For each partition the texts sent, in order, with the offset once acknowledged (-1 before).
     */
    final Map<Integer, List<Sent>> sent = new HashMap<>();

    final Map<String, List<String>> proposed = new HashMap<>();
    final Map<String, Integer> acknowledgedValues = new HashMap<>();
    final Map<Integer, Long> trimmedTo = new HashMap<>();
    final Map<Integer, Long> trimProposed = new HashMap<>();
  }

  private static final class Sent {
    final String text;
    final int sequence;
    ShardUnderTest.TestAppend append;
    BatchAppend batch;

    Sent(String text, int sequence) {
      this.text = text;
      this.sequence = sequence;
    }

    boolean acknowledged() {
      return append.answered && batch.refusal() == null;
    }
  }

  @Test
  void everyWriteOfARunMayBeTheLast() throws IOException {
    run(20_260_101L, 1, 3);
  }

  @Test
  @Tag("long")
  void everyWriteOfManyRunsMayBeTheLast() throws IOException {
    for (long seed = 1; seed <= 40; seed++) {
      run(seed, 1, 8);
    }
  }

  private static void run(long seed, int stride, int images) throws IOException {
    long total = play(seed, Long.MAX_VALUE, new SimulatedDisk(), new Ledger());
    System.out.printf(
        "crash test: seed %d, %d changes of the disk, %d states after each%n", seed, total, images);
    for (long crashAt = 1; crashAt <= total; crashAt += stride) {
      SimulatedDisk disk = new SimulatedDisk();
      Ledger ledger = new Ledger();
      play(seed, crashAt, disk, ledger);
      for (int image = 0; image < images; image++) {
        Random random = new Random(seed * 31 + crashAt * 1009 + image);
        String at = "seed " + seed + ", crash at change " + crashAt + ", image " + image;
        SimulatedDisk after = disk.afterCrash(random);
        if (image % 2 == 1) {
          after = crashWhileRecovering(after, random);
        }
        checkAll(after, ledger, at);
      }
    }
  }

  private static SimulatedDisk crashWhileRecovering(SimulatedDisk disk, Random random) {
    disk.crashAt(1 + random.nextInt(12));
    try {
      ShardUnderTest.recovered(disk);
    } catch (IOException e) {
      assertThat(disk.hasCrashed()).as("%s", e).isTrue();
    }
    return disk.afterCrash(random);
  }

  /** Sends things until the disk fails or all is sent; returns how often the disk was changed. */
  private static long play(long seed, long crashAt, SimulatedDisk disk, Ledger ledger) {
    Random random = new Random(seed);
    disk.crashAt(crashAt);
    try {
      ShardUnderTest it = new ShardUnderTest(disk, random.nextBoolean() ? 0 : 64 * 1024);
      it.shard.recover();
      for (int step = 0; step < STEPS && it.failure == null; step++) {
        step(it, step, random, ledger);
        if (random.nextInt(3) > 0) {
          it.turnUntilIdle();
        }
        if (random.nextInt(12) == 0) {
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
      assertThat(disk.hasCrashed()).as("%s", e).isTrue();
    }
    return disk.changes();
  }

  private static void step(ShardUnderTest it, int step, Random random, Ledger ledger) {
    int partition = random.nextInt(PARTITIONS);
    List<Sent> sent = ledger.sent.computeIfAbsent(partition, p -> new ArrayList<>());
    switch (random.nextInt(8)) {
      case 0 -> {
        String name = "name-" + random.nextInt(4);
        String value = "value-" + step;
        List<String> proposed = ledger.proposed.computeIfAbsent(name, n -> new ArrayList<>());
        proposed.add(value);
        int place = proposed.size();
        it.shard.execute(
            s -> it.register.set(s, name, value, () -> ledger.acknowledgedValues.put(name, place)));
      }
      case 1 -> {
        ShardLog log = it.log(partition);
        long to = log.startOffset() + random.nextInt(3);
        if (to <= log.endOffset()) {
          ledger.trimProposed.merge(partition, to, Math::max);
          it.shard.execute(
              s -> s.trim(log, to, () -> ledger.trimmedTo.merge(partition, to, Math::max)));
        }
      }
      default -> {
        int batches = 1 + random.nextInt(3);
        ShardUnderTest.TestAppend append = new ShardUnderTest.TestAppend(Append.Acks.APPLIED);
        for (int i = 0; i < batches; i++) {
          String text =
              "p" + partition + "-" + step + "-" + i + "-" + "x".repeat(random.nextInt(900));
          Sent one = new Sent(text, sent.size());
          one.append = append;
          one.batch =
              append.add(
                  it.log(partition),
                  TestBatch.of(text, 1, 100 + partition, (short) 0, sent.size()));
          sent.add(one);
        }
        it.shard.append(append);
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
    for (int partition = 0; partition < PARTITIONS; partition++) {
      checkPartition(it, partition, ledger, at);
    }
    ledger.proposed.forEach((name, values) -> {
      int least = ledger.acknowledgedValues.getOrDefault(name, 0);
      String value = it.register.get(name);
      int place = value.isEmpty() ? 0 : values.indexOf(value) + 1;
      assertThat(place).as("%s: %s", at, name).isGreaterThanOrEqualTo(least);
    });
    assertThat(it.failure).as(at).isNull();
    checkGoesOn(it, ledger, at);
  }

  private static void checkPartition(ShardUnderTest it, int partition, Ledger ledger, String at)
      throws IOException {
    List<Sent> sent = ledger.sent.getOrDefault(partition, List.of());
    String where = at + ", partition " + partition;
    ShardLog log = it.log(partition);
    assertThat(log.startOffset())
        .as("%s: start", where)
        .isBetween(
            ledger.trimmedTo.getOrDefault(partition, 0L),
            ledger.trimProposed.getOrDefault(partition, 0L));
    List<ShardUnderTest.ReadBatch> read = it.readAll(partition);
    Set<String> known = new HashSet<>();
    for (ShardUnderTest.ReadBatch batch : read) {
      // Batches are numbered as they were sent, so a log in order is the list of what was sent.
      assertThat(batch.text())
          .as("%s: offset %d", where, batch.baseOffset())
          .isEqualTo(sent.get((int) batch.baseOffset()).text);
      known.add(batch.text());
    }
    assertThat(log.endOffset()).as("%s: end", where).isLessThanOrEqualTo(sent.size());
    for (Sent one : sent) {
      if (one.acknowledged()) {
        assertThat(one.batch.baseOffset()).as(where).isEqualTo(one.sequence);
        assertThat(one.batch.baseOffset() < log.startOffset() || known.contains(one.text))
            .as("%s: acknowledged %s is there", where, one.text)
            .isTrue();
      }
    }
  }

  /** What was sent last and may or may not be there is sent again: it must be there once. */
  private static void checkGoesOn(ShardUnderTest it, Ledger ledger, String at) throws IOException {
    for (int partition = 0; partition < PARTITIONS; partition++) {
      List<Sent> sent = ledger.sent.getOrDefault(partition, List.of());
      long end = it.log(partition).endOffset();
      for (int i = (int) Math.max(0, end - 2); i < sent.size(); i++) {
        ShardUnderTest.TestAppend append =
            it.append(
                partition,
                TestBatch.of(
                    sent.get(i).text, 1, 100 + partition, (short) 0, sent.get(i).sequence));
        it.turnUntilIdle();
        assertThat(append.answered).as(at).isTrue();
        assertThat(append.batches().get(0).refusal()).as(at).isNull();
        assertThat(append.batches().get(0).baseOffset()).as(at).isEqualTo(i);
        assertThat(append.batches().get(0).isDuplicate()).as(at).isEqualTo(i < end);
      }
      assertThat(it.log(partition).endOffset()).as(at).isEqualTo(sent.size());
      assertThat(it.readAll(partition))
          .as(at)
          .hasSize((int) (sent.size() - it.log(partition).startOffset()));
    }
  }
}
