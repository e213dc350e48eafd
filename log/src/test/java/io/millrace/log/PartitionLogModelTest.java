package io.millrace.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.TestBatches.TextRecord;
import io.millrace.record.Compression;
import io.millrace.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A log against a list of its batches, over restarts, crashes and lost indexes. */
class PartitionLogModelTest {

  private static final int STEPS = 400;

  private record ModelBatch(long base, long last, int size, List<TextRecord> records) {}

  private final List<ModelBatch> batches = new ArrayList<>();
  private long start;
  private long end;
  private long nowMs = 1_000_000;

  @Test
  void whatIsReadIsWhatAListWouldHold() throws IOException {
    for (long seed = 1; seed <= 200; seed++) {
      new PartitionLogModelTest().run(seed, STEPS);
    }
  }

  @Test
  @Tag("long")
  void whatIsReadIsWhatAListWouldHoldInManyRuns() throws IOException {
    long first = System.nanoTime() & 0xffff_ffffL;
    for (long seed = first; seed < first + 10_000; seed++) {
      new PartitionLogModelTest().run(seed, STEPS);
    }
  }

  private void run(long seed, int steps) throws IOException {
    Random random = new Random(seed);
    LogUnderTest it = new LogUnderTest(new SimulatedDisk(), settings(random));
    int step = 0;
    try {
      for (; step < steps; step++) {
        it = step(it, random);
      }
    } catch (AssertionError | RuntimeException | IOException e) {
      throw new AssertionError("seed " + seed + ", step " + step, e);
    }
  }

  private static LogSettings settings(Random random) {
    return new LogSettings(
        500 + random.nextInt(3000),
        5_000 + random.nextInt(50_000),
        random.nextInt(1000),
        random.nextInt(400),
        false);
  }

  private LogUnderTest step(LogUnderTest it, Random random) throws IOException {
    switch (random.nextInt(16)) {
      case 0, 1, 2, 3 -> append(it, random);
      case 4 -> trim(it, random);
      case 5 -> it.checkpoint();
      case 6 -> nowMs += random.nextInt(20_000);
      case 7 -> it.store.openFiles().closeIdle();
      case 8 -> findByTime(it, random);
      case 9 -> {
        if (random.nextInt(4) == 0) {
          return restarted(it, random);
        }
      }
      case 10 -> {
        if (random.nextInt(4) == 0) {
          return it.recoveredOn(it.disk.afterCrash(random), settings(random));
        }
      }
      default -> read(it, random);
    }
    assertThat(it.log.startOffset()).isEqualTo(start);
    assertThat(it.log.endOffset()).isEqualTo(end);
    return it;
  }

  private void append(LogUnderTest it, Random random) throws IOException {
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      long base = end + (random.nextInt(10) == 0 ? random.nextInt(5) : 0);
      List<TextRecord> records = new ArrayList<>();
      for (int i = 1 + random.nextInt(4); i > 0; i--) {
        records.add(
            new TextRecord(
                base + records.size(),
                nowMs - random.nextInt(3000),
                "k",
                "v".repeat(random.nextInt(200))));
      }
      ByteBuffer batch = TestBatches.batch(records, Compression.NONE);
      it.stage(batch, nowMs);
      end = base + records.size();
      batches.add(new ModelBatch(base, end - 1, batch.remaining(), records));
    }
    it.log.flush();
  }

  private void trim(LogUnderTest it, Random random) throws IOException {
    long to =
        switch (random.nextInt(6)) {
          case 0 -> end;
          case 1 -> start - 1;
          default -> start + random.nextInt((int) (end - start) / 4 + 1);
        };
    it.trim(to);
    start = Math.max(start, to);
    batches.removeIf(batch -> batch.last < start);
  }

  /** A clean restart; some indexes are gone or spoiled. */
  private static LogUnderTest restarted(LogUnderTest it, Random random) throws IOException {
    it.checkpoint();
    SimulatedDisk after = it.disk.afterCrash(random);
    for (Path file : after.files()) {
      if (file.toString().endsWith("index") && after.contents(file).length > 0) {
        switch (random.nextInt(4)) {
          case 0 -> after.delete(file);
          case 1 -> after.flipBit(file, random.nextInt(after.contents(file).length));
          default -> {}
        }
      }
    }
    return it.recoveredOn(after, settings(random));
  }

  private void read(LogUnderTest it, Random random) throws IOException {
    long offset = start - 1 + random.nextInt((int) (end - start) + 3);
    int bytesMax = random.nextInt(5) == 0 ? random.nextInt(50) : random.nextInt(4000);
    boolean wholeFirst = random.nextBoolean();
    LogRead read = it.log.read(offset, bytesMax, wholeFirst);
    if (offset < start || offset > end) {
      assertThat(read).isEqualTo(new LogRead.OutOfRange(start, end));
      return;
    }
    List<ModelBatch> wanted = batches.stream().filter(b -> b.last >= offset).toList();
    if (read instanceof LogRead.Found found) {
      List<RecordBatch> got = TestBatches.batches(found);
      assertThat(got).isNotEmpty();
      long size = got.stream().mapToLong(RecordBatch::sizeInBytes).sum();
      assertThat(size <= bytesMax || wholeFirst && got.size() == 1).isTrue();
      for (int i = 0; i < got.size(); i++) {
        assertThat(got.get(i).hasValidCrc()).isTrue();
        assertThat(got.get(i).baseOffset()).isEqualTo(wanted.get(i).base);
        assertThat(TestBatches.records(got.get(i))).isEqualTo(wanted.get(i).records);
      }
    } else {
      assertThat(read).isEqualTo(LogRead.EMPTY);
      assertThat(wanted.isEmpty() || !wholeFirst && wanted.get(0).size > bytesMax)
          .as("offset %d, %d bytes, of %d to %d", offset, bytesMax, start, end)
          .isTrue();
    }
  }

  private void findByTime(LogUnderTest it, Random random) throws IOException {
    long timestamp = nowMs - random.nextInt(60_000);
    OffsetAndTime first = null;
    OffsetAndTime latest = null;
    for (ModelBatch batch : batches) {
      for (TextRecord record : batch.records) {
        if (record.offset() >= start) {
          OffsetAndTime place = new OffsetAndTime(record.offset(), record.timestamp());
          first = first == null && record.timestamp() >= timestamp ? place : first;
          latest = latest == null || record.timestamp() > latest.timestamp() ? place : latest;
        }
      }
    }
    assertThat(it.log.firstAtOrAfter(timestamp)).isEqualTo(first);
    assertThat(it.log.latestByTime()).isEqualTo(latest);
  }
}
