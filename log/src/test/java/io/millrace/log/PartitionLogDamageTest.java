package io.millrace.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.record.RecordBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Records that were lost answer an error, and nobody is led past them. */
class PartitionLogDamageTest {

  private static final int LOST = 5;
  private static final int BATCHES = 10;

  /** Without one batch in the middle, in segments of so many bytes. */
  private static PartitionLog logThatLostOne(int segmentBytes) throws IOException {
    LogUnderTest it =
        new LogUnderTest(
            new SimulatedDisk(), new LogSettings(segmentBytes, Long.MAX_VALUE / 2, 0, 4096, false));
    for (int i = 0; i < BATCHES; i++) {
      if (i == LOST) {
        it.log.markDamaged(LOST, LOST);
      } else {
        it.append(TestBatches.batch(i, 1000, "v".repeat(80)), 1000);
      }
    }
    return it.log;
  }

  private static List<Long> offsets(LogRead read) throws IOException {
    return TestBatches.batches((LogRead.Found) read).stream().map(RecordBatch::baseOffset).toList();
  }

  @Test
  void readEndsBeforeLostRecordsAndGoesOnBehindThem() throws IOException {
    for (int segmentBytes : new int[] {100_000, 400, 100}) {
      PartitionLog log = logThatLostOne(segmentBytes);
      long offset = 0;
      while (offset < LOST) {
        List<Long> read = offsets(log.read(offset, 1 << 20, true));
        assertThat(read).startsWith(offset).allMatch(one -> one < LOST);
        offset = read.getLast() + 1;
      }
      assertThat(log.read(LOST, 1 << 20, true)).isInstanceOf(LogRead.Damaged.class);
      assertThat(offsets(log.read(LOST + 1, 1 << 20, true))).startsWith(LOST + 1L);
      assertThat(log.endOffset()).isEqualTo(BATCHES);
    }
  }

  @Test
  void lostRecordsInAReadOfOneBatchAreAnError() throws IOException {
    PartitionLog log = logThatLostOne(100_000);
    assertThat(offsets(log.read(LOST - 1, 1, true))).containsExactly(LOST - 1L);
    assertThat(log.read(LOST, 1, true)).isInstanceOf(LogRead.Damaged.class);
  }

  /** Every cut of the active segment: what is appended afterwards outlives the next restart. */
  @Test
  void whatIsAppendedAfterASegmentLostItsTailIsReadAfterTheNextRestart() throws IOException {
    LogUnderTest before = logInOneSegment();
    Path segment = before.directory().resolve(LogStore.segmentName(0));
    byte[] whole = before.disk.contents(segment);
    for (int left = 0; left < whole.length; left++) {
      LogUnderTest it = before.afterCrash(new Random(1));
      it.disk.overwrite(segment, Arrays.copyOf(whole, left));
      for (int i = BATCHES; i < 2 * BATCHES; i++) {
        it.append(TestBatches.batch(i, 2000, "new"), 2000);
      }
      LogUnderTest crashed = it.afterCrash(new Random(left));
      it.checkpoint();
      for (LogUnderTest next : List.of(it, crashed, it.afterCrash(new Random(left)))) {
        int firstLost = left / (whole.length / BATCHES);
        for (int offset = 0; offset < 2 * BATCHES; offset++) {
          LogRead read = next.log.read(offset, 1, true);
          if (offset >= firstLost && offset < BATCHES) {
            assertThat(read).as("%d of %d bytes", offset, left).isInstanceOf(LogRead.Damaged.class);
          } else {
            assertThat(offsets(read)).as("%d bytes", left).containsExactly((long) offset);
          }
        }
      }
    }
  }

  /** A stopped log with all its batches, of one size, in the segment that is appended to. */
  private static LogUnderTest logInOneSegment() throws IOException {
    LogUnderTest it =
        new LogUnderTest(
            new SimulatedDisk(), new LogSettings(100_000, Long.MAX_VALUE / 2, 0, 300, false));
    for (int i = 0; i < BATCHES; i++) {
      it.append(TestBatches.batch(i, 1000 + i, "v".repeat(80)), 1000);
    }
    it.checkpoint();
    return it;
  }
}
