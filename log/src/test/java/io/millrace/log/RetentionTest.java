package io.millrace.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RetentionTest {

  private static final LogSettings TWO_BATCHES =
      new LogSettings(300, Long.MAX_VALUE / 2, 0, 100, false);
  private static final Retention HOUR = new Retention(3_600_000, -1);

  private final LogUnderTest it = new LogUnderTest(new SimulatedDisk(), TWO_BATCHES);

  /** Batches of 100 bytes or so, two to a segment, their offsets equal to their timestamps. */
  private void append(long from, long to) throws IOException {
    for (long offset = from; offset < to; offset++) {
      it.append(TestBatches.batch(offset, offset, "v".repeat(60)), offset);
    }
  }

  @Test
  void segmentsGoWhenTheirLargestTimestampIsTooOld() throws IOException {
    append(0, 7);
    assertThat(it.bases()).containsExactly(0L, 2L, 4L, 6L);
    assertThat(HOUR.startOffset(it.log, 3_600_001)).isZero();
    assertThat(HOUR.startOffset(it.log, 3_600_002)).isEqualTo(2);
    assertThat(HOUR.startOffset(it.log, 3_600_005)).isEqualTo(4);
  }

  @Test
  void aLogOfNothingButOldRecordsBecomesEmpty() throws IOException {
    append(0, 7);
    assertThat(HOUR.startOffset(it.log, 3_600_006)).isEqualTo(6);
    assertThat(HOUR.startOffset(it.log, 3_600_007)).isEqualTo(7);
    it.trim(7);
    assertThat(it.log.sizeInBytes()).isZero();
    assertThat(HOUR.startOffset(it.log, 9_000_000)).isEqualTo(7);
    append(7, 8);
    assertThat(it.bases()).containsExactly(7L);
  }

  @Test
  void recordsWithoutTimestampGoWithLaterOnesThatHaveOne() throws IOException {
    it.append(TestBatches.batch(0, -1, "v".repeat(60)), 0);
    it.append(TestBatches.batch(1, -1, "v".repeat(60)), 0);
    append(2, 5);
    assertThat(HOUR.startOffset(it.log, 3_600_003)).isZero();
    assertThat(HOUR.startOffset(it.log, 3_600_004)).isEqualTo(4);
  }

  @Test
  void aYoungRecordKeepsOldSegmentsBehindIt() throws IOException {
    it.append(TestBatches.batch(0, 5_000_000, "v".repeat(60)), 0);
    append(1, 7);
    assertThat(HOUR.startOffset(it.log, 8_000_000)).isZero();
  }

  @Test
  void bySizeAsManySegmentsGoAsLeaveTheLimit() throws IOException {
    append(0, 7);
    long bytes = it.log.sizeInBytes();
    long segment = it.log.open()[0].bytes();
    assertThat(new Retention(-1, bytes).startOffset(it.log, 0)).isZero();
    assertThat(new Retention(-1, bytes - segment + 1).startOffset(it.log, 0)).isZero();
    assertThat(new Retention(-1, bytes - segment).startOffset(it.log, 0)).isEqualTo(2);
    assertThat(new Retention(-1, 0).startOffset(it.log, 0)).isEqualTo(6);
  }

  @Test
  void withoutLimitsEverythingStays() throws IOException {
    append(0, 7);
    assertThat(Retention.NONE.startOffset(it.log, Long.MAX_VALUE)).isZero();
  }

  @Test
  void anIdleLogIsNotOpenedForNothing() throws IOException {
    append(0, 7);
    it.checkpoint();
    LogUnderTest next = it.afterCrash(new Random(1));
    assertThat(HOUR.startOffset(next.log, 3_600_001)).isZero();
    assertThat(new Retention(-1, 10_000).startOffset(next.log, 0)).isZero();
    assertThat(next.log.isOpen()).isFalse();
    assertThat(HOUR.startOffset(next.log, 3_600_002)).isEqualTo(2);
    assertThat(next.log.isOpen()).isTrue();
  }

  @Test
  void anIdleLogOfOneSegmentIsLookedAtWhenItsFirstAppendIsTooOld() throws IOException {
    append(0, 2);
    it.checkpoint();
    LogUnderTest next = it.afterCrash(new Random(1));
    assertThat(HOUR.startOffset(next.log, 3_600_000)).isZero();
    assertThat(next.log.isOpen()).isFalse();
    assertThat(HOUR.startOffset(next.log, 3_600_002)).isEqualTo(2);
  }
}
