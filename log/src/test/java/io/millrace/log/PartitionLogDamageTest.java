package io.millrace.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.record.RecordBatch;
import java.io.IOException;
import java.util.List;
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
}
