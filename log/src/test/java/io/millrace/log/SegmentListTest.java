package io.millrace.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.TestBatches.TextRecord;
import io.millrace.record.Compression;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SegmentListTest {

  /**
   * One thread appends, checkpoints and trims, one cleans, two read: whatever is replaced or
   * unlinked meanwhile, every key's last record is found by those who read from start to end.
   */
  @Test
  void readersNeverMissARecordWhileSegmentsAreReplacedAndTrimmed() throws Exception {
    LogSettings settings = new LogSettings(4000, Long.MAX_VALUE / 2, 0, 500, true);
    LogUnderTest it = new LogUnderTest(new SimulatedDisk(), settings);
    AtomicBoolean done = new AtomicBoolean();
    AtomicLong cleanings = new AtomicLong();
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      List<Future<?>> others = new ArrayList<>();
      others.add(threads.submit(() -> clean(it, done, cleanings)));
      others.add(threads.submit(() -> read(it, done, 1)));
      others.add(threads.submit(() -> read(it, done, 2)));
      write(it, cleanings);
      done.set(true);
      for (Future<?> other : others) {
        other.get();
      }
    } finally {
      done.set(true);
      threads.shutdown();
    }
    System.out.printf("%d cleanings of %d records%n", cleanings.get(), it.log.endOffset());
    assertThat(cleanings.get()).isGreaterThanOrEqualTo(30);
  }

  private static void write(LogUnderTest it, AtomicLong cleanings) throws IOException {
    Random random = new Random(5);
    for (int step = 0; step < 3000 || cleanings.get() < 30; step++) {
      List<TextRecord> records = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        long offset = it.log.endOffset() + i;
        String key = "key-" + random.nextInt(50);
        records.add(new TextRecord(offset, 1000, key, "v".repeat(random.nextInt(100))));
      }
      it.append(TestBatches.batch(records, Compression.NONE), 1000);
      if (step % 40 == 0) {
        it.checkpoint();
      }
      if (step % 200 == 199) {
        it.trim(it.log.startOffset() + (it.log.endOffset() - it.log.startOffset()) / 2);
      }
      if (step % 50 == 0) {
        it.store.openFiles().closeIdle();
      }
    }
  }

  private static Void clean(LogUnderTest it, AtomicBoolean done, AtomicLong cleanings)
      throws IOException {
    Cleaner cleaner = new Cleaner(1 << 20, 1 << 20, 0, () -> {});
    CleaningRules rules = new CleaningRules(0, 0, Long.MAX_VALUE, Long.MAX_VALUE / 4);
    while (!done.get()) {
      if (cleaner.clean(it.log, rules, 1000) instanceof Cleaner.Outcome.Cleaned) {
        cleanings.incrementAndGet();
      }
    }
    return null;
  }

  /** Offsets only grow, and what is read last is the end of the log. */
  private static Void read(LogUnderTest it, AtomicBoolean done, long seed) throws IOException {
    Random random = new Random(seed);
    while (!done.get()) {
      long end = it.log.endOffset();
      long offset = it.log.startOffset();
      while (offset < end) {
        LogRead read = it.log.read(offset, 1 + random.nextInt(3000), true);
        switch (read) {
          case LogRead.Found found -> offset = readOn(found, offset);
          case LogRead.OutOfRange trimmed -> {
            assertThat(trimmed.startOffset()).isGreaterThan(offset);
            offset = trimmed.startOffset();
          }
          case LogRead.Empty empty -> throw new AssertionError("nothing at " + offset);
          case LogRead.Damaged damaged -> throw new AssertionError(damaged.what());
        }
      }
      it.log.latestByTime();
    }
    return null;
  }

  private static long readOn(LogRead.Found found, long offset) throws IOException {
    long next = offset;
    for (var batch : TestBatches.batches(found)) {
      assertThat(batch.hasValidCrc()).isTrue();
      assertThat(batch.nextOffset()).isGreaterThan(next);
      next = batch.nextOffset();
    }
    return next;
  }
}
