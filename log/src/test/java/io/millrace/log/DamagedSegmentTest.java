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
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A bad batch header costs its own records; what lies behind it is read. */
class DamagedSegmentTest {

  private static final int BATCHES = 12;
  private static final int BAD = 5;

  /** Positions in a batch's header of what says where it and the next one are. */
  private static final int[] PLACING =
      IntStream.concat(
              IntStream.range(RecordBatch.BASE_OFFSET_AT, RecordBatch.LEADER_EPOCH_AT),
              IntStream.concat(
                  IntStream.of(RecordBatch.MAGIC_AT),
                  IntStream.range(RecordBatch.LAST_OFFSET_DELTA_AT, RecordBatch.BASE_TIMESTAMP_AT)))
          .toArray();

  /** Where the damaged segment is in its life. */
  private enum Life {
    /** Appended to when the log was stopped, and only read since. */
    FOUND,
    /** Appended to before the stop and after it. */
    APPENDED_TO_AGAIN,
    /** Appended to in this run. */
    NEW,
    ROLLED,
    /** Rolled, and its indexes are not there. */
    ROLLED_WITHOUT_INDEXES
  }

  private static Path segment(LogUnderTest it) {
    return it.directory().resolve(LogStore.segmentName(0));
  }

  private static void append(LogUnderTest it, int first, int end) throws IOException {
    for (int i = first; i < end; i++) {
      TextRecord record = new TextRecord(i, 1000 + i, "key-" + i % 4, "v".repeat(80));
      it.append(TestBatches.batch(List.of(record), Compression.NONE), 1000);
    }
  }

  /** A log whose first batches, all of one size, are in its first segment. */
  private static LogUnderTest log(Life life, int indexIntervalBytes) throws IOException {
    boolean rolls = life == Life.ROLLED || life == Life.ROLLED_WITHOUT_INDEXES;
    int segmentBytes = rolls ? BATCHES * 160 : 100_000;
    LogSettings settings =
        new LogSettings(segmentBytes, Long.MAX_VALUE / 2, 0, indexIntervalBytes, true);
    LogUnderTest it = new LogUnderTest(new SimulatedDisk(), settings);
    append(it, 0, rolls ? 2 * BATCHES : BATCHES);
    if (life == Life.NEW) {
      return it;
    }
    it.checkpoint();
    it = it.afterCrash(new Random(1));
    if (life == Life.APPENDED_TO_AGAIN) {
      append(it, BATCHES, 2 * BATCHES);
    } else if (life == Life.ROLLED_WITHOUT_INDEXES) {
      it.disk.delete(IndexFile.offsetsPath(segment(it)));
      it.disk.delete(IndexFile.timesPath(segment(it)));
    }
    return it;
  }

  private static int batchBytes(LogUnderTest it) {
    byte[] bytes = it.disk.contents(segment(it));
    return RecordBatch.sizeInBytes(ByteBuffer.wrap(bytes), 0);
  }

  private static void xor(LogUnderTest it, long position, int mask) {
    byte[] bytes = it.disk.contents(segment(it));
    bytes[(int) position] ^= (byte) mask;
    it.disk.overwrite(segment(it), bytes);
  }

  /**
   * Follows a log as a consumer does that is told of the damage and goes on behind it.
   *
   * @return offsets that could not be read
   */
  private static List<Long> walk(PartitionLog log, int bytesMax) throws IOException {
    List<Long> unread = new ArrayList<>();
    for (long offset = 0; offset < log.endOffset(); ) {
      if (log.read(offset, bytesMax, true) instanceof LogRead.Found found) {
        List<RecordBatch> batches = TestBatches.batches(found);
        assertThat(batches).as("offset %d", offset).isNotEmpty();
        for (RecordBatch batch : batches) {
          assertThat(batch.baseOffset()).isEqualTo(offset);
          assertThat(batch.hasValidCrc()).as("offset %d", offset).isTrue();
          offset = batch.nextOffset();
        }
      } else {
        unread.add(offset++);
      }
    }
    return unread;
  }

  @ParameterizedTest
  @EnumSource(Life.class)
  void whatLiesBehindABadHeaderIsRead(Life life) throws IOException {
    for (int at : PLACING) {
      for (int bit = 0; bit < 8; bit++) {
        for (int interval : new int[] {400, 100_000}) {
          LogUnderTest it = log(life, interval);
          xor(it, (long) BAD * batchBytes(it) + at, 1 << bit);
          String what = "bit " + bit + " of byte " + at;
          for (long offset = 0; offset < it.log.endOffset(); offset++) {
            if (offset != BAD) {
              LogRead.Found found = (LogRead.Found) it.log.read(offset, 1, true);
              RecordBatch batch = TestBatches.batches(found).getFirst();
              assertThat(batch.baseOffset()).as(what).isEqualTo(offset);
              assertThat(batch.hasValidCrc()).as(what).isTrue();
            }
          }
          // By an intact index one may come past a damaged batch without looking at its header.
          boolean indexed = life == Life.NEW || life == Life.ROLLED;
          LogRead bad = it.log.read(BAD, 1, true);
          if (indexed && interval == 400 && bad instanceof LogRead.Found found) {
            found.slice().close();
            continue;
          }
          assertThat(bad).as(what).isInstanceOf(LogRead.Damaged.class);
          for (int bytesMax : new int[] {1, 500, 1 << 20}) {
            assertThat(walk(it.log, bytesMax)).as(what).containsExactly((long) BAD);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Life.class,
      names = {"FOUND", "APPENDED_TO_AGAIN", "ROLLED_WITHOUT_INDEXES"})
  void whatIsIndexedIsSentUpToTheDamageOnly(Life life) throws IOException {
    LogUnderTest it = log(life, 400);
    xor(it, (long) BAD * batchBytes(it) + RecordBatch.MAGIC_AT, 0x10);
    assertThat(walk(it.log, 1 << 20)).containsExactly((long) BAD);
  }

  @ParameterizedTest
  @EnumSource(Life.class)
  void damageIsFoundAgainByTheNextRun(Life life) throws IOException {
    LogUnderTest it = log(life, 400);
    xor(it, (long) BAD * batchBytes(it) + RecordBatch.MAGIC_AT, 0x10);
    it.log.read(BAD, 1, true);
    it.log.settings(new LogSettings(1000, Long.MAX_VALUE / 2, 0, 400, true));
    int end = (int) it.log.endOffset();
    append(it, end, end + 20); // rolls the segment
    assertThat(walk(it.log, 1 << 20)).containsExactly((long) BAD);
    it.checkpoint();
    LogUnderTest next = it.afterCrash(new Random(2));
    assertThat(walk(next.log, 1 << 20)).containsExactly((long) BAD);
    assertThat(next.log.endOffset()).isEqualTo(end + 20);
  }

  @Test
  void batchesAnywhereBetweenDamagedBytesAreRead() throws IOException {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      LogUnderTest it = log(Life.FOUND, random.nextInt(600));
      byte[] bytes = it.disk.contents(segment(it));
      int size = batchBytes(it);
      List<Long> touched = new ArrayList<>();
      for (int n = 1 + random.nextInt(5); n > 0; n--) {
        int from = random.nextInt(bytes.length);
        int end = Math.min(bytes.length, from + 1 + random.nextInt(2 * size));
        byte[] noise = new byte[end - from];
        random.nextBytes(noise);
        System.arraycopy(noise, 0, bytes, from, noise.length);
        for (long batch = from / size; batch <= (end - 1) / size; batch++) {
          touched.add(batch);
        }
      }
      it.disk.overwrite(segment(it), bytes);
      for (long offset = 0; offset < BATCHES; offset++) {
        LogRead read = it.log.read(offset, 1, true);
        if (!touched.contains(offset)) {
          assertThat(read).as("seed %d, %d", seed, offset).isInstanceOf(LogRead.Found.class);
          RecordBatch batch = TestBatches.batches((LogRead.Found) read).getFirst();
          assertThat(batch.baseOffset()).isEqualTo(offset);
          assertThat(batch.hasValidCrc()).isTrue();
        } else if (read instanceof LogRead.Found found) {
          found.slice().close();
        }
      }
    }
  }

  @Test
  void bytesThatWereCutOutLoseWhatTheyHeld() throws IOException {
    LogUnderTest it = log(Life.ROLLED_WITHOUT_INDEXES, 400);
    byte[] bytes = it.disk.contents(segment(it));
    int size = batchBytes(it);
    byte[] rest = new byte[bytes.length - 2 * size];
    System.arraycopy(bytes, 0, rest, 0, BAD * size);
    int behind = (BAD + 2) * size;
    System.arraycopy(bytes, behind, rest, BAD * size, bytes.length - behind);
    rest[BAD * size + RecordBatch.MAGIC_AT] = 0;
    it.disk.overwrite(segment(it), rest);
    assertThat(walk(it.log, 1 << 20)).containsExactly(BAD + 0L, BAD + 1L, BAD + 2L);
  }

  @ParameterizedTest
  @EnumSource(Life.class)
  void recordsAreFoundByTimeBehindTheDamage(Life life) throws IOException {
    for (int at : PLACING) {
      LogUnderTest it = log(life, 400);
      xor(it, (long) BAD * batchBytes(it) + at, 0x80);
      for (int offset = 0; offset < it.log.endOffset(); offset++) {
        int found = offset == BAD ? BAD + 1 : offset;
        OffsetAndTime place = it.log.firstAtOrAfter(1000 + offset);
        if (offset != BAD || place.offset() != BAD) { // it may be met without its header
          assertThat(place).isEqualTo(new OffsetAndTime(found, 1000 + found));
        }
      }
      long last = it.log.endOffset() - 1;
      assertThat(it.log.latestByTime()).isEqualTo(new OffsetAndTime(last, 1000 + last));
    }
  }

  @Test
  void compactionLeavesADamagedSegmentAsItIs() throws IOException {
    LogUnderTest it = log(Life.ROLLED, 400);
    append(it, 2 * BATCHES, 6 * BATCHES);
    it.checkpoint();
    xor(it, (long) BAD * batchBytes(it) + RecordBatch.MAGIC_AT, 0x10);
    byte[] before = it.disk.contents(segment(it));
    Cleaner cleaner = new Cleaner(1 << 20, 1 << 20, 0, () -> {});
    CleaningRules always = new CleaningRules(0, 0, Long.MAX_VALUE, 1000);
    for (int n = 0; n < 2; n++) {
      assertThat(cleaner.clean(it.log, always, 5000)).isInstanceOf(Cleaner.Outcome.Damaged.class);
      assertThat(it.disk.contents(segment(it))).isEqualTo(before);
      assertThat(walk(it.log, 1 << 20)).containsExactly((long) BAD);
    }
  }
}
