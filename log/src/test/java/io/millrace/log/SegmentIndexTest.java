package io.millrace.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.record.RecordBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Indexes are caches: whatever becomes of their files, the log reads the same. */
class SegmentIndexTest {

  private static final LogSettings SETTINGS =
      new LogSettings(5000, Long.MAX_VALUE / 2, 0, 300, false);
  private static final int BATCHES = 120;

  private final LogUnderTest before = new LogUnderTest(new SimulatedDisk(), SETTINGS);
  private LogUnderTest it;
  private Path offsets;
  private Path times;

  @BeforeEach
  void restart() throws IOException {
    for (int i = 0; i < BATCHES; i++) {
      before.append(TestBatches.batch(i, 1000 + i, "v".repeat(80)), 1000);
    }
    before.checkpoint();
    it = before.afterCrash(new Random(1));
    Path segment = it.directory().resolve(LogStore.segmentName(before.bases().get(0)));
    offsets = IndexFile.offsetsPath(segment);
    times = IndexFile.timesPath(segment);
    assertThat(it.disk.exists(offsets)).isTrue();
    assertThat(it.disk.exists(times)).isTrue();
  }

  private void readsTheSame() throws IOException {
    for (int offset = 0; offset < BATCHES; offset++) {
      LogRead.Found read = (LogRead.Found) it.log.read(offset, 1, true);
      List<RecordBatch> batches = TestBatches.batches(read);
      assertThat(batches.get(0).baseOffset()).isEqualTo(offset);
      assertThat(it.log.firstAtOrAfter(1000 + offset))
          .isEqualTo(new OffsetAndTime(offset, 1000 + offset));
    }
    assertThat(it.log.damagedRanges()).isEmpty();
  }

  @Test
  void missingIndexIsRebuilt() throws IOException {
    it.disk.delete(offsets);
    readsTheSame();
  }

  @Test
  void missingTimeIndexIsRebuilt() throws IOException {
    it.disk.delete(times);
    readsTheSame();
  }

  @Test
  void flippedBitAnywhereInAnIndexIsNoticed() throws IOException {
    for (int at = 0; at < it.disk.contents(offsets).length; at++) {
      LogUnderTest next = before.afterCrash(new Random(1));
      next.disk.flipBit(offsets, at);
      it = next;
      readsTheSame();
    }
  }

  @Test
  void indexOfOtherBytesIsNotUsed() throws IOException {
    Path second = it.directory().resolve(LogStore.segmentName(before.bases().get(1)));
    it.disk.rename(IndexFile.offsetsPath(second), offsets);
    it.disk.rename(IndexFile.timesPath(second), times);
    readsTheSame();
  }

  @Test
  void missingSegmentAnswersAnErrorForItsRecordsOnly() throws IOException {
    long first = before.bases().get(1);
    long last = before.bases().get(2) - 1;
    it.disk.delete(it.directory().resolve(LogStore.segmentName(first)));
    assertThat(it.log.read(first, 100, true)).isInstanceOf(LogRead.Damaged.class);
    assertThat(it.log.read(last, 100, true)).isInstanceOf(LogRead.Damaged.class);
    assertThat(it.log.read(first - 1, 100, true)).isInstanceOf(LogRead.Found.class);
    assertThat(it.log.read(last + 1, 100, true)).isInstanceOf(LogRead.Found.class);
    assertThat(it.log.damagedRanges()).containsExactly(first, last);
  }

  @Test
  void shortenedSegmentAnswersAnErrorForWhatItLost() throws IOException {
    long base = before.bases().get(1);
    Path segment = it.directory().resolve(LogStore.segmentName(base));
    try (DiskFile file = it.disk.open(segment, Disk.Mode.WRITE)) {
      file.truncate(file.size() / 2);
    }
    long last = before.bases().get(2) - 1;
    assertThat(it.log.read(base, 1, true)).isInstanceOf(LogRead.Found.class);
    assertThat(it.log.read(last, 1, true)).isInstanceOf(LogRead.Damaged.class);
    assertThat(it.log.read(last + 1, 1, true)).isInstanceOf(LogRead.Found.class);
  }
}
