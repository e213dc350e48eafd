package io.millrace.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.Cleaner.Outcome;
import io.millrace.log.TestBatches.TextRecord;
import io.millrace.record.Compression;
import io.millrace.record.EndMarker;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class CleanerTest {

  private static final LogSettings SMALL = new LogSettings(300, Long.MAX_VALUE / 2, 0, 100, true);
  private static final CleaningRules ALWAYS = new CleaningRules(0, 0, Long.MAX_VALUE, 1000);
  private static final Outcome NOT_DUE = new Outcome.NotDue();

  private final LogUnderTest it = new LogUnderTest(new SimulatedDisk(), SMALL);
  private final Cleaner cleaner = new Cleaner(1 << 20, 1 << 20, 0, () -> {});

  private void put(String key, String value) throws IOException {
    put(key, value, 500);
  }

  private void put(String key, String value, long timestamp) throws IOException {
    long offset = it.log.endOffset();
    TextRecord record = new TextRecord(offset, timestamp, key, value);
    it.append(TestBatches.batch(List.of(record), Compression.NONE), timestamp);
  }

  /** Rolls what was put, and has a checkpoint take note. */
  private void settle() throws IOException {
    put("the last segment is not cleaned", "x".repeat(300));
    it.checkpoint();
  }

  private List<Long> offsets() throws IOException {
    return TestBatches.readRecords(it.log).stream().map(TextRecord::offset).toList();
  }

  @Test
  void ofEachKeyTheLastRecordIsLeftAtItsOffset() throws IOException {
    for (int i = 0; i < 9; i++) {
      put("key-" + i % 3, "value-" + i);
    }
    settle();
    assertThat(cleaner.clean(it.log, ALWAYS, 0)).isInstanceOf(Outcome.Cleaned.class);
    assertThat(offsets()).containsExactly(6L, 7L, 8L, 9L);
    assertThat(it.log.startOffset()).isZero();
  }

  @Test
  void whatNoCheckpointKnowsAsRolledWaits() throws IOException {
    put("a", "x".repeat(200));
    it.checkpoint();
    put("a", "y".repeat(200));
    put("a", "z".repeat(200));
    assertThat(cleaner.clean(it.log, ALWAYS, 0)).isInstanceOf(Outcome.WaitsForCheckpoint.class);
    assertThat(offsets()).containsExactly(0L, 1L, 2L);
    it.checkpoint();
    assertThat(cleaner.clean(it.log, ALWAYS, 0)).isInstanceOf(Outcome.Cleaned.class);
    assertThat(offsets()).containsExactly(1L, 2L);
  }

  @Test
  void aTombstoneIsSeenUntilItsTimeIsOver() throws IOException {
    put("a", "v");
    put("a", null);
    settle();
    cleaner.clean(it.log, ALWAYS, 10_000);
    assertThat(offsets()).containsExactly(1L, 2L);
    assertThat(TestBatches.readAll(it.log, 1).get(0).baseTimestamp()).isEqualTo(11_000);
    assertThat(TestBatches.readRecords(it.log).get(0).timestamp()).isEqualTo(500);
    settle();
    cleaner.clean(it.log, ALWAYS, 10_999);
    assertThat(offsets()).containsExactly(1L, 2L, 3L);
    settle();
    cleaner.clean(it.log, ALWAYS, 11_000);
    assertThat(offsets()).containsExactly(3L, 4L);
  }

  @Test
  void smallNeighboursBecomeOneSegment() throws IOException {
    for (int i = 0; i < 30; i++) {
      put("key-" + i % 2, "v".repeat(60));
    }
    settle();
    int before = it.bases().size();
    cleaner.clean(it.log, ALWAYS, 0);
    settle();
    cleaner.clean(it.log, ALWAYS, 0);
    assertThat(before).isGreaterThan(14);
    assertThat(it.bases().size()).isLessThan(before / 2);
    assertThat(it.disk.files()).noneMatch(file -> file.toString().endsWith(".cleaned"));
    assertThat(it.disk.files()).noneMatch(file -> file.toString().endsWith(".replace"));
  }

  @Test
  void belowTheDirtyShareNothingIsDone() throws IOException {
    for (int i = 0; i < 20; i++) {
      put("key-" + i, "v".repeat(60));
    }
    settle();
    cleaner.clean(it.log, ALWAYS, 0);
    CleaningRules half = new CleaningRules(0.5, 0, Long.MAX_VALUE, 1000);
    settle();
    assertThat(cleaner.clean(it.log, half, 0)).isEqualTo(NOT_DUE);
    assertThat(cleaner.clean(it.log, ALWAYS, 0)).isInstanceOf(Outcome.Cleaned.class);
    assertThat(cleaner.clean(it.log, ALWAYS, 0)).isEqualTo(NOT_DUE);
  }

  @Test
  void anOldUncleanedRecordIsCleanedWhateverTheShare() throws IOException {
    put("a", "x".repeat(300), 1000);
    put("a", "y".repeat(300), 2000);
    settle();
    CleaningRules never = new CleaningRules(1, 0, 10_000, 1000);
    assertThat(cleaner.clean(it.log, never, 11_000)).isEqualTo(NOT_DUE);
    assertThat(cleaner.clean(it.log, never, 11_001)).isInstanceOf(Outcome.Cleaned.class);
    assertThat(offsets()).containsExactly(1L, 2L);
  }

  @Test
  void aYoungRecordIsLeftAlone() throws IOException {
    put("a", "x".repeat(300), 1000);
    put("a", "y".repeat(300), 5000);
    put("a", "z".repeat(300), 1000);
    settle();
    CleaningRules lag = new CleaningRules(0, 3000, Long.MAX_VALUE, 1000);
    assertThat(cleaner.clean(it.log, lag, 7999)).isInstanceOf(Outcome.Cleaned.class);
    assertThat(offsets()).containsExactly(0L, 1L, 2L, 3L);
    assertThat(cleaner.clean(it.log, lag, 8000)).isInstanceOf(Outcome.Cleaned.class);
    assertThat(offsets()).containsExactly(2L, 3L);
  }

  @Test
  void moreKeysThanTheTableHoldsTakeSeveralCleanings() throws IOException {
    Cleaner small = new Cleaner(24 * 64, 1 << 20, 0, () -> {});
    for (int i = 0; i < 300; i++) {
      put("key-" + i % 150, "value-" + i);
    }
    settle();
    int cleanings = 0;
    while (small.clean(it.log, ALWAYS, 0) instanceof Outcome.Cleaned) {
      cleanings++;
    }
    assertThat(cleanings).isEqualTo(7);
    assertThat(offsets()).hasSize(151).startsWith(150L, 151L);
  }

  @Test
  void recordsWithoutKeyStay() throws IOException {
    put(null, "a");
    put(null, "b");
    put("k", "v");
    settle();
    assertThat(cleaner.clean(it.log, ALWAYS, 0)).isInstanceOf(Outcome.Cleaned.class);
    assertThat(offsets()).containsExactly(0L, 1L, 2L, 3L);
  }

  @Test
  void recordsOfAbortedTransactionsGoAndSupersedeNothing() throws IOException {
    put("a", "stays");
    putInTransaction(5, "a");
    endTransaction(5, false);
    putInTransaction(6, "b");
    endTransaction(6, true);
    put("c", "stays");
    settle();
    it.log.stability(Stability.STABLE.with(new Stability.Aborted(5, 1, 2, 3)));
    assertThat(cleaner.clean(it.log, ALWAYS, 0)).isInstanceOf(Outcome.Cleaned.class);
    assertThat(offsets()).containsExactly(0L, 2L, 3L, 5L, 6L);
  }

  @Test
  void markerThatAbortsGoesOnceItsTransactionIsForgotten() throws IOException {
    putInTransaction(5, "a");
    endTransaction(5, false);
    settle();
    Stability known = Stability.STABLE.with(new Stability.Aborted(5, 0, 1, 2));
    it.log.stability(known);
    assertThat(cleaner.clean(it.log, ALWAYS, 0)).isInstanceOf(Outcome.Cleaned.class);
    assertThat(offsets()).containsExactly(1L, 2L);
    it.log.stability(known.forgotten(2));
    settle();
    assertThat(cleaner.clean(it.log, ALWAYS, 0)).isInstanceOf(Outcome.Cleaned.class);
    assertThat(offsets()).containsExactly(2L, 3L);
  }

  @Test
  void readerOfCommittedRecordsIsNotGivenWhatIsTrimmedAndStillThere() throws IOException {
    putInTransaction(5, "a");
    endTransaction(5, false);
    put("b", "stays");
    // The shard has applied a trim; the log is trimmed a moment later.
    Stability seen = Stability.STABLE.with(new Stability.Aborted(5, 0, 1, 2)).trimmed(2);
    it.log.stability(seen);
    assertThat(it.log.readStable(0, 1000, true, seen, 3)).isEqualTo(new LogRead.OutOfRange(2, 3));
    LogRead there = it.log.readStable(2, 1000, true, seen, 3);
    assertThat(there).isInstanceOf(LogRead.Found.class);
    ((LogRead.Found) there).slice().close();
  }

  @Test
  void nothingIsCleanedFromTheFirstOpenTransactionOn() throws IOException {
    put("a", "superseded");
    put("a", "stays");
    settle();
    putInTransaction(5, "b");
    put("a", "later");
    settle();
    it.log.stability(Stability.STABLE.firstOpen(3));
    assertThat(cleaner.clean(it.log, ALWAYS, 0)).isInstanceOf(Outcome.Cleaned.class);
    assertThat(offsets()).containsExactly(1L, 2L, 3L, 4L, 5L);
  }

  private void putInTransaction(long producer, String key) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(key.getBytes(StandardCharsets.UTF_8));
    RecordBatchBuilder batch = new RecordBatchBuilder();
    batch.baseOffset(it.log.endOffset()).producer(producer, (short) 0, 0).transactional();
    it.append(batch.append(1, bytes, bytes).build(), 1);
  }

  private void endTransaction(long producer, boolean commit) throws IOException {
    ByteBuffer marker = EndMarker.batch(producer, (short) 0, commit, 0, 1);
    RecordBatch.setBaseOffset(marker, marker.position(), it.log.endOffset());
    it.append(marker, 1);
  }

  @Test
  void aBatchKeepsItsProducerCodecAndRange() throws IOException {
    RecordBatchBuilder batch = new RecordBatchBuilder();
    batch.compression(Compression.GZIP).producer(77, (short) 3, 10).leaderEpoch(4);
    for (String key : List.of("a", "b", "a", "b", "c", "b")) {
      batch.append(1, ByteBuffer.wrap(key.getBytes(StandardCharsets.UTF_8)), null);
    }
    it.append(batch.build(), 1);
    settle();
    cleaner.clean(it.log, ALWAYS, 0);
    RecordBatch left = TestBatches.readAll(it.log, 1).get(0);
    assertThat(left.baseOffset()).isZero();
    assertThat(left.lastOffset()).isEqualTo(5);
    assertThat(left.recordCount()).isEqualTo(3);
    assertThat(left.compression()).isEqualTo(Compression.GZIP);
    assertThat(left.producerId()).isEqualTo(77);
    assertThat(left.producerEpoch()).isEqualTo((short) 3);
    assertThat(left.lastSequence()).isEqualTo(15);
    assertThat(left.leaderEpoch()).isEqualTo(4);
  }

  @Test
  void damagedBytesAreNotWrittenAnew() throws IOException {
    put("a", "x".repeat(300));
    put("a", "y".repeat(300));
    settle();
    it.disk.flipBit(it.directory().resolve(LogStore.segmentName(1)), 100);
    byte[] damaged = it.disk.contents(it.directory().resolve(LogStore.segmentName(1)));
    assertThat(cleaner.clean(it.log, ALWAYS, 0)).isInstanceOf(Outcome.Damaged.class);
    assertThat(it.disk.contents(it.directory().resolve(LogStore.segmentName(1))))
        .isEqualTo(damaged);
    assertThat(it.disk.files()).noneMatch(file -> file.toString().endsWith(".cleaned"));
  }

  @Test
  void aTransferUnderWayKeepsTheBytesThatItBegan() throws IOException {
    put("a", "x".repeat(300));
    put("a", "y".repeat(300));
    settle();
    LogRead.Found before = (LogRead.Found) it.log.read(0, 1, true);
    cleaner.clean(it.log, ALWAYS, 0);
    assertThat(TestBatches.records(TestBatches.batches(before).get(0)))
        .containsExactly(new TextRecord(0, 500, "a", "x".repeat(300)));
    LogRead.Found after = (LogRead.Found) it.log.read(0, 10_000, true);
    assertThat(TestBatches.batches(after))
        .noneMatch(batch -> batch.recordCount() == 1 && batch.baseOffset() == 0);
  }

  @Test
  void aStoppedCleanerLeavesNoTrace() throws IOException {
    put("a", "x".repeat(300));
    put("a", "y".repeat(300));
    settle();
    cleaner.stop();
    assertThat(cleaner.clean(it.log, ALWAYS, 0)).isInstanceOf(Outcome.Interrupted.class);
    assertThat(offsets()).containsExactly(0L, 1L, 2L);
    assertThat(it.disk.files()).noneMatch(file -> file.toString().endsWith(".cleaned"));
  }

  @Test
  void theReserveOfTheDiskIsLeftAlone() throws IOException {
    put("a", "x".repeat(300));
    put("a", "y".repeat(300));
    settle();
    long needed = it.log.open()[0].bytes();
    Cleaner careful = new Cleaner(1 << 20, 1 << 20, 5000, () -> {});
    it.disk.usableBytes(5000 + needed - 1);
    assertThat(careful.clean(it.log, ALWAYS, 0)).isEqualTo(new Outcome.NoRoom(needed));
    assertThat(offsets()).containsExactly(0L, 1L, 2L);
    it.disk.usableBytes(5000 + needed);
    assertThat(careful.clean(it.log, ALWAYS, 0)).isInstanceOf(Outcome.Cleaned.class);
  }

  @Test
  void aDroppedLogIsNotCleaned() throws IOException {
    put("a", "x".repeat(300));
    put("a", "y".repeat(300));
    settle();
    it.log.abandon();
    it.store.deleteTopic(LogUnderTest.ID.topicId());
    assertThat(cleaner.clean(it.log, ALWAYS, 0)).isEqualTo(NOT_DUE);
    assertThat(it.disk.files()).isEmpty();
    assertThat(it.log.read(0, 100, true)).isEqualTo(LogRead.EMPTY);
  }

  @Test
  void aLostMarkMeansCleaningAgain() throws IOException {
    put("a", "x".repeat(300));
    put("a", "y".repeat(300));
    settle();
    cleaner.clean(it.log, ALWAYS, 0);
    it.checkpoint();
    it.disk.flipBit(it.directory().resolve(CleanerMark.NAME), 12);
    LogUnderTest next = it.recoveredOn(it.disk, SMALL);
    assertThat(next.log.cleanerMark().cleanedTo()).isZero();
    assertThat(cleaner.clean(next.log, ALWAYS, 0)).isInstanceOf(Outcome.Cleaned.class);
    assertThat(TestBatches.readRecords(next.log)).hasSize(2);
  }
}
