package io.millrace.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.Cleaner;
import io.millrace.log.CleaningRules;
import io.millrace.log.LogRead;
import io.millrace.log.PartitionLog;
import io.millrace.log.SimulatedDisk;
import io.millrace.log.Stability;
import io.millrace.record.EndMarker;
import io.millrace.record.Record;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.record.RecordReader;
import io.millrace.shard.ShardUnderTest.TestAppend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Transactions of some producers in a compacted log that is cleaned, trimmed, stopped and killed,
 * read as the Java consumer reads committed records: it sees committed records only, and of each
 * key the last one.
 */
class CommittedReadModelTest {

  private static final int STEPS = 400;
  private static final int PRODUCERS = 4;
  private static final int KEYS = 6;
  private static final CleaningRules ALWAYS =
      new CleaningRules(0, 0, Long.MAX_VALUE, Long.MAX_VALUE / 4);

  private static int forgotten;

  @Test
  void readersSeeWhatWasCommitted() throws IOException {
    run(1, 60);
    assertThat(forgotten).isPositive();
  }

  @Tag("long")
  @Test
  void readersSeeWhatWasCommittedInManyRuns() throws IOException {
    run(1000, 3000);
  }

  private static void run(long from, int count) throws IOException {
    for (long seed = from; seed < from + count; seed++) {
      try {
        new Run(seed).run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  /** A record as it was appended, and what became of it. */
  private static final class Written {
    final String key;
    final String value;
    Boolean committed;

    Written(String key, String value, Boolean committed) {
      this.key = key;
      this.value = value;
      this.committed = committed;
    }
  }

  private static final class Run {
    private final Random random;
    private final Map<Long, Written> written = new HashMap<>();
    private final Map<Integer, List<Written>> open = new HashMap<>();
    private final int[] sequences = new int[PRODUCERS];
    private SimulatedDisk disk = new SimulatedDisk();
    private ShardUnderTest it;
    private int values;

    Run(long seed) {
      random = new Random(seed);
    }

    void run() throws IOException {
      it = ShardUnderTest.recovered(disk);
      for (int step = 0; step < STEPS; step++) {
        switch (random.nextInt(24)) {
          case 0, 1, 2 -> clean();
          case 3 -> checkpoint();
          case 4 -> trim();
          case 5 -> restart();
          case 6, 7, 8, 9, 10 -> end(random.nextInt(PRODUCERS), random.nextInt(3) == 0);
          case 11, 12 -> plain();
          default -> write(random.nextInt(PRODUCERS));
        }
        if (step % 10 == 9) {
          check();
        }
      }
      for (int producer = 0; producer < PRODUCERS; producer++) {
        end(producer, true);
      }
      check();
      assertThat(it.failure).isNull();
    }

    private ShardLog log() {
      return it.log(ShardUnderTest.COMPACTED);
    }

    private RecordBatchBuilder batch(Written record) {
      return new RecordBatchBuilder().append(1000, bytes(record.key), bytes(record.value));
    }

    private Written record(Boolean committed) {
      String value = values++ + "-" + "v".repeat(random.nextInt(100));
      return new Written("key-" + random.nextInt(KEYS), value, committed);
    }

    private void plain() {
      Written record = record(true);
      TestAppend append = it.append(ShardUnderTest.COMPACTED, batch(record).build());
      it.turnUntilIdle();
      written.put(append.batches().get(0).baseOffset(), record);
    }

    private void write(int producer) {
      Written record = record(null);
      TestAppend append = new TestAppend(Append.Acks.APPLIED);
      append.add(
          log(),
          batch(record).producer(producer, (short) 0, sequences[producer]).transactional().build());
      append.passed();
      it.shard.append(append);
      it.turnUntilIdle();
      BatchAppend done = append.batches().get(0);
      if (done.refusal() != null) {
        assertThat(done.refusal()).isEqualTo(AppendRefusal.TOO_MANY_ABORTED);
        return;
      }
      sequences[producer]++;
      written.put(done.baseOffset(), record);
      open.computeIfAbsent(producer, p -> new ArrayList<>()).add(record);
    }

    private void end(int producer, boolean commit) {
      TestAppend append = new TestAppend(Append.Acks.APPLIED);
      append.addMarker(log(), producer, (short) 0, commit, 0, 1000);
      it.shard.append(append);
      it.turnUntilIdle();
      List<Written> records = open.remove(producer);
      if (records != null) {
        records.forEach(record -> record.committed = commit);
      }
    }

    private void checkpoint() {
      it.shard.execute(s -> it.shard.checkpointSoon());
      it.turnUntilIdle();
    }

    private void clean() throws IOException {
      PartitionLog stored = log().stored();
      if (stored == null) {
        return;
      }
      Cleaner cleaner = new Cleaner(1 << 20, 1 << 20, 0, () -> {});
      boolean survives = random.nextBoolean(); // or dies before it has forgotten anything
      if (cleaner.clean(stored, ALWAYS, 0) instanceof Cleaner.Outcome.Cleaned cleaned && survives) {
        int before = stored.stability().abortedCount();
        it.shard.execute(s -> s.forgetAborted(log(), cleaned.cleanedTo()));
        it.turnUntilIdle();
        it.clock.advanceMs(1000);
        it.turnUntilIdle();
        forgotten += before - stored.stability().abortedCount();
      }
    }

    private void trim() {
      long start = log().startOffset();
      long room = log().endOffset() - start;
      if (room > 0 && random.nextInt(4) == 0) {
        long to = start + random.nextLong(room / 2 + 1);
        it.shard.execute(s -> s.trim(log(), to, () -> {}));
        it.turnUntilIdle();
      }
    }

    private void restart() throws IOException {
      if (random.nextBoolean()) {
        it.shard.close();
        assertThat(it.failure).isNull();
      } else {
        disk = disk.afterCrash(random);
      }
      it = ShardUnderTest.recovered(disk);
    }

    // --- reading ---

    private void check() throws IOException {
      PartitionLog stored = log().stored();
      if (stored == null) {
        return;
      }
      long from = stored.startOffset();
      long stable = stored.stability().lastStableOffset(from, stored.endOffset());
      Map<Long, String> wanted = new HashMap<>();
      Map<String, Long> lastOfKey = new HashMap<>();
      written.forEach((offset, record) -> {
        if (offset < from || offset >= stable) {
          return;
        }
        assertThat(record.committed).as("offset %d is decided", offset).isNotNull();
        if (record.committed) {
          lastOfKey.merge(record.key, offset, Math::max);
        }
      });
      lastOfKey.values().forEach(offset -> wanted.put(offset, written.get(offset).value));
      Map<Long, String> read = read(stored, from);
      assertThat(read).containsAllEntriesOf(wanted);
      check(read);
      if (stable > from) {
        check(read(stored, from + random.nextLong(stable - from)));
      }
    }

    private void check(Map<Long, String> read) {
      read.forEach((offset, value) -> {
        Written record = written.get(offset);
        assertThat(record.committed).as("offset %d", offset).isTrue();
        assertThat(record.value).isEqualTo(value);
      });
    }

    /** As the broker's door answers a fetch, and the Java consumer understands it. */
    private Map<Long, String> read(PartitionLog log, long from) throws IOException {
      Map<Long, String> read = new HashMap<>();
      long offset = from;
      while (true) {
        long end = log.endOffset();
        Stability seen = log.stability();
        long stable = seen.lastStableOffset(log.startOffset(), end);
        LogRead found = log.readStable(offset, 100 + random.nextInt(900), true, seen, stable);
        if (!(found instanceof LogRead.Found records)) {
          assertThat(found).isEqualTo(LogRead.EMPTY);
          return read;
        }
        ByteBuffer bytes = ByteBuffer.allocate(records.slice().size());
        records.slice().read(bytes, 0);
        records.slice().close();
        PriorityQueue<Stability.Aborted> aborted =
            new PriorityQueue<>(Comparator.comparingLong(Stability.Aborted::firstOffset));
        aborted.addAll(seen.abortedIn(offset, records.offsetBound()));
        Set<Long> leftOut = new HashSet<>();
        for (int at = 0; at < bytes.capacity(); at += RecordBatch.sizeInBytes(bytes, at)) {
          RecordBatch batch = RecordBatch.at(bytes.rewind(), at);
          assertThat(batch.baseOffset()).isLessThan(records.offsetBound());
          while (!aborted.isEmpty() && aborted.peek().firstOffset() <= batch.nextOffset() - 1) {
            leftOut.add(aborted.poll().producerId());
          }
          if (batch.isControl()) {
            if (batch.recordCount() > 0 && !EndMarker.isCommit(batch)) {
              leftOut.remove(batch.producerId());
            }
          } else if (!batch.isTransactional() || !leftOut.contains(batch.producerId())) {
            take(batch, offset, read);
          }
          offset = Math.max(offset, batch.nextOffset());
        }
      }
    }

    private static void take(RecordBatch batch, long from, Map<Long, String> read) {
      try (RecordReader records = batch.records(0)) {
        for (Record record : records) {
          if (record.offset() >= from) {
            read.put(
                record.offset(),
                StandardCharsets.UTF_8.decode(record.value().duplicate()).toString());
          }
        }
      }
    }

    private static ByteBuffer bytes(String text) {
      return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
  }
}
