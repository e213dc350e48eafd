package io.millrace.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.LogId;
import io.millrace.log.OpenFiles;
import io.millrace.log.SimulatedDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * A shard with all its threads, and idempotent producers that send batches again while these are
 * still under way. The power fails again and again; each life begins with what the disk then held.
 * Repeat a run with {@code -Dmillrace.seed=N}; threads make it differ all the same.
 */
class ShardThreadsTest {

  private static final int PRODUCERS = 3;
  private static final int LIVES = 8;
  private static final int WINDOW = 4;
  private static final int BATCHES_A_LIFE = 150;

  private final AtomicInteger duplicates = new AtomicInteger();

  /** Sends batch after batch to a partition of its own, and some of them twice. */
  private final class Producer {
    private final int number;
    private final Random random;
    private int next;

    /** Batches up to this one were acknowledged. */
    private volatile int acknowledged;

    Producer(int number, long seed) {
      this.number = number;
      this.random = new Random(seed + number);
    }

    /** Until the shard stops. */
    Void run(Shard shard) throws Exception {
      while (true) {
        List<Sent> sent = new ArrayList<>();
        for (int i = 0; i < WINDOW; i++) {
          sent.add(send(shard, next + i));
          int again = random.nextInt(3);
          for (int n = 0; n < again; n++) {
            sent.add(send(shard, next + random.nextInt(i + 1)));
          }
        }
        for (Sent one : sent) {
          BatchAppend outcome = one.outcome.get(60, TimeUnit.SECONDS);
          if (outcome.refusal() == AppendRefusal.SHARD_STOPPED) {
            return null;
          }
          assertThat(outcome.refusal()).as("%s of %s", one.sequence, number).isNull();
          assertThat(outcome.baseOffset()).isEqualTo(one.sequence);
          duplicates.addAndGet(outcome.isDuplicate() ? 1 : 0);
          acknowledged = Math.max(acknowledged, one.sequence + 1);
        }
        next += WINDOW;
      }
    }

    private Sent send(Shard shard, int sequence) {
      CompletableFuture<BatchAppend> outcome = new CompletableFuture<>();
      Append append =
          new Append(random.nextInt(4) == 0 ? Append.Acks.WRITTEN : Append.Acks.APPLIED) {
            @Override
            protected void answered() {
              if (acks() == Acks.APPLIED || batches().get(0).refusal() != null) {
                outcome.complete(batches().get(0));
              }
            }

            @Override
            protected void released() {
              // By then it is applied, whatever it asked for.
              outcome.complete(batches().get(0));
            }
          };
      append.add(
          shard.log(log(number)),
          TestBatch.of(number + "/" + sequence, 1, 100 + number, (short) 0, sequence));
      shard.append(append);
      return new Sent(sequence, outcome);
    }
  }

  private record Sent(int sequence, CompletableFuture<BatchAppend> outcome) {}

  private static LogId log(int producer) {
    return new LogId(ShardUnderTest.TOPIC, producer);
  }

  private static Shard shard(SimulatedDisk disk, long seed, ExecutorService background) {
    ShardSettings settings =
        new ShardSettings(
            ShardUnderTest.JOURNAL, 1 << 20, 0, 1 << 18, 10, 1 << 24, 1000, 1000, 1000, 1000, true);
    return new Shard(
        0,
        ShardFiles.in(disk, ShardUnderTest.DATA, ShardUnderTest.DATA, 0, new OpenFiles(2)),
        settings,
        id -> ShardUnderTest.SMALL_SEGMENTS,
        new Surroundings(Clock.SYSTEM, new Random(seed), background, failure -> {}));
  }

  @Test
  void everyBatchIsThereOnceAndInOrderWhateverIsSentAgainAndWheneverThePowerFails()
      throws Exception {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    System.out.println("ShardThreadsTest: millrace.seed=" + seed);
    Random random = new Random(seed);
    SimulatedDisk disk = new SimulatedDisk();
    List<Producer> producers =
        IntStream.range(0, PRODUCERS).mapToObj(n -> new Producer(n, seed)).toList();
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      for (int life = 0; life < LIVES; life++) {
        Shard shard = shard(disk, random.nextLong(), threads);
        shard.recover();
        List<Integer> before = requireAll(shard, producers);
        shard.start();
        List<Future<Void>> running =
            producers.stream().map(one -> threads.submit(() -> one.run(shard))).toList();
        for (int n = 0; n < PRODUCERS; n++) {
          int least = before.get(n) + random.nextInt(BATCHES_A_LIFE);
          while (producers.get(n).acknowledged < least && !running.get(n).isDone()) {
            Thread.onSpinWait();
          }
        }
        List<Integer> acknowledged = producers.stream().map(one -> one.acknowledged).toList();
        SimulatedDisk after = disk.afterCrash(random);
        shard.close();
        for (Future<Void> one : running) {
          one.get();
        }
        assertThat(shard.failure()).isNull();
        disk = after;
        for (int n = 0; n < PRODUCERS; n++) {
          producers.get(n).acknowledged = acknowledged.get(n);
        }
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(duplicates.get()).isPositive();
  }

  /** Each producer's batches are there without a gap, and at least those acknowledged to it. */
  private static List<Integer> requireAll(Shard shard, List<Producer> producers) throws Exception {
    List<Integer> counts = new ArrayList<>();
    for (Producer producer : producers) {
      List<String> texts =
          ShardUnderTest.readAll(shard.log(log(producer.number))).stream()
              .map(ShardUnderTest.ReadBatch::text)
              .toList();
      assertThat(texts)
          .isEqualTo(
              IntStream.range(0, texts.size()).mapToObj(i -> producer.number + "/" + i).toList());
      assertThat(texts.size()).isGreaterThanOrEqualTo(producer.acknowledged);
      producer.next = texts.size();
      producer.acknowledged = texts.size();
      counts.add(texts.size());
    }
    return counts;
  }
}
