package io.millrace.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.log.Disk;
import io.millrace.log.DiskFile;
import io.millrace.log.LogId;
import io.millrace.log.LogRead;
import io.millrace.log.SimulatedDisk;
import io.millrace.shard.ShardUnderTest.ReadBatch;
import io.millrace.shard.ShardUnderTest.TestAppend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a shard promises to those who append and change, and to the next run. */
class ShardTest {

  private static final int INLINE = 64 * 1024;
  private static final Path OWN = ShardUnderTest.DATA.resolve("shards/0");

  private final SimulatedDisk disk = new SimulatedDisk();
  private ShardUnderTest it;

  @BeforeEach
  void start() throws IOException {
    it = ShardUnderTest.recovered(disk);
  }

  private TestAppend put(String text) {
    return put(Append.Acks.APPLIED, TestBatch.of(text));
  }

  private TestAppend put(Append.Acks acks, ByteBuffer batch) {
    TestAppend append = it.append(acks, 0, batch);
    it.turnUntilIdle();
    return append;
  }

  private TestAppend produce(long producerId, int epoch, int sequence) {
    ByteBuffer batch =
        TestBatch.of(
            producerId + "/" + epoch + "/" + sequence, 1, producerId, (short) epoch, sequence);
    return put(Append.Acks.APPLIED, batch);
  }

  private static BatchAppend only(TestAppend append) {
    assertThat(append.answered).isTrue();
    return append.batches().get(0);
  }

  private List<String> texts() throws IOException {
    return it.readAll(0).stream().map(ReadBatch::text).toList();
  }

  private void restart() throws IOException {
    it.shard.close();
    it = new ShardUnderTest(disk, INLINE, it.clock);
    it.shard.recover();
  }

  private void recover() {
    try {
      it.shard.recover();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void crash() throws IOException {
    SimulatedDisk after = disk.afterCrash(new Random(1));
    it = new ShardUnderTest(after, INLINE, it.clock);
    it.shard.recover();
  }

  private void checkpoint() {
    it.shard.execute(s -> it.shard.checkpointSoon());
    it.turnUntilIdle();
  }

  // --- acknowledgement ---

  @ParameterizedTest
  @ValueSource(ints = {0, INLINE})
  void whatIsAcknowledgedSurvivesAnyCrash(int inlineBytesMax) throws IOException {
    SimulatedDisk own = new SimulatedDisk();
    ShardUnderTest shard = new ShardUnderTest(own, inlineBytesMax);
    shard.shard.recover();
    List<SimulatedDisk> images = new ArrayList<>();
    Append append =
        new Append(Append.Acks.APPLIED) {
          @Override
          protected void answered() {
            for (int seed = 0; seed < 20; seed++) {
              images.add(own.afterCrash(new Random(seed)));
            }
          }

          @Override
          protected void released() {}
        };
    append.add(shard.log(0), TestBatch.of("precious"));
    shard.shard.append(append);
    shard.turnUntilIdle();
    assertThat(images).hasSize(20);
    for (SimulatedDisk image : images) {
      assertThat(ShardUnderTest.recovered(image).readAll(0))
          .extracting(ReadBatch::text)
          .containsExactly("precious");
    }
  }

  @Test
  void writtenIsAnsweredBeforeTheSyncAndAppliedAfterIt() {
    put("has the journal ready");
    disk.failSyncAt(1);
    TestAppend written = it.append(Append.Acks.WRITTEN, 0, TestBatch.of("written"));
    TestAppend applied = it.append(Append.Acks.APPLIED, 0, TestBatch.of("applied"));
    it.turnUntilIdle();
    assertThat(written.answered).isTrue();
    assertThat(only(applied).refusal()).isEqualTo(AppendRefusal.SHARD_STOPPED);
  }

  @Test
  void withoutAcksTheAnswerIsImmediateAndTheEntryWaitsForCompany() throws IOException {
    long syncs = disk.syncs();
    TestAppend append = put(Append.Acks.NONE, TestBatch.of("fire and forget"));
    assertThat(append.answered).isTrue();
    assertThat(append.released).isFalse();
    assertThat(disk.syncs()).isEqualTo(syncs);
    it.clock.advanceMs(10);
    it.turnUntilIdle();
    assertThat(append.released).isTrue();
    assertThat(texts()).containsExactly("fire and forget");
  }

  @Test
  void oneSyncServesEveryoneWhoWaits() throws IOException {
    put("first");
    long syncs = disk.syncs();
    List<TestAppend> waiting = new ArrayList<>();
    for (int i = 0; i < 15; i++) {
      waiting.add(it.append(i % 3, TestBatch.of("record " + i)));
    }
    it.turnUntilIdle();
    assertThat(waiting).allMatch(append -> append.answered && append.released);
    assertThat(disk.syncs() - syncs).isEqualTo(1);
  }

  @Test
  void batchesOfOneAppendGetConsecutiveOffsets() throws IOException {
    TestAppend append = it.append(0, TestBatch.of("a", 3, -1, (short) -1, -1), TestBatch.of("b"));
    it.turnUntilIdle();
    assertThat(append.batches()).extracting(BatchAppend::baseOffset).containsExactly(0L, 3L);
    assertThat(it.log(0).endOffset()).isEqualTo(4);
    assertThat(texts()).containsExactly("a", "b");
  }

  @Test
  void watchersAreToldOnceRecordsCanBeRead() {
    AtomicInteger told = new AtomicInteger();
    ShardLog.Watcher watcher =
        () -> {
          assertThat(it.log(0).endOffset()).isEqualTo(told.incrementAndGet());
        };
    it.log(0).watch(watcher);
    put("a");
    put("b");
    it.log(0).unwatch(watcher);
    put("c");
    assertThat(told).hasValue(2);
  }

  @Test
  void aShardThatHoldsMuchIsCrowdedUntilItHoldsHalf() {
    AtomicBoolean room = new AtomicBoolean();
    for (int i = 0; i < 17; i++) {
      it.append(0, TestBatch.of("x".repeat(1 << 20)));
    }
    assertThat(it.shard.isCrowded()).isTrue();
    it.shard.whenRoom(() -> room.set(true));
    assertThat(room).isFalse();
    it.turnUntilIdle();
    assertThat(room).isTrue();
    assertThat(it.shard.isCrowded()).isFalse();
  }

  // --- producers ---

  @Test
  void duplicateBatchAnswersFirstOffset() throws IOException {
    assertThat(only(produce(7, 0, 0)).baseOffset()).isZero();
    assertThat(only(produce(7, 0, 1)).baseOffset()).isEqualTo(1);
    BatchAppend again = only(produce(7, 0, 0));
    assertThat(again.isDuplicate()).isTrue();
    assertThat(again.baseOffset()).isZero();
    assertThat(it.log(0).endOffset()).isEqualTo(2);
  }

  @Test
  void duplicateOfABatchUnderWayIsAnsweredWithIt() {
    TestAppend first = it.append(0, TestBatch.of("a", 1, 7, (short) 0, 0));
    TestAppend again = it.append(0, TestBatch.of("a", 1, 7, (short) 0, 0));
    assertThat(again.answered).isFalse();
    it.turnUntilIdle();
    assertThat(only(first).baseOffset()).isZero();
    assertThat(only(again).baseOffset()).isZero();
    assertThat(only(again).isDuplicate()).isTrue();
    assertThat(it.log(0).endOffset()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(
      value = Append.Acks.class,
      names = {"WRITTEN", "APPLIED"})
  void duplicateOfABatchInAnEarlierEntryIsAnsweredWithItAndLeavesNoGap(Append.Acks acks)
      throws IOException {
    it = new ShardUnderTest(disk, 0, it.clock);
    it.shard.recover();
    TestAppend first = it.append(0, TestBatch.of("a", 1, 7, (short) 0, 0));
    it.shard.turn();
    assertThat(first.answered).isFalse();
    TestAppend again = it.append(acks, 0, TestBatch.of("a", 1, 7, (short) 0, 0));
    it.turnUntilIdle();
    assertThat(only(first).baseOffset()).isZero();
    assertThat(only(again).baseOffset()).isZero();
    assertThat(again.released).isTrue();
    put("b");
    put("c");
    crash();
    assertThat(texts()).containsExactly("a", "b", "c");
  }

  @Test
  void aGapInProducerSequencesIsRefused() {
    produce(7, 0, 0);
    assertThat(only(produce(7, 0, 2)).refusal()).isEqualTo(AppendRefusal.OUT_OF_ORDER_SEQUENCE);
    assertThat(only(produce(7, 0, 1)).refusal()).isNull();
  }

  @Test
  void anOldProducerEpochIsFencedAndANewOneBeginsAtZero() {
    produce(7, 1, 0);
    assertThat(only(produce(7, 0, 1)).refusal()).isEqualTo(AppendRefusal.OLD_PRODUCER_EPOCH);
    assertThat(only(produce(7, 2, 1)).refusal()).isEqualTo(AppendRefusal.OUT_OF_ORDER_SEQUENCE);
    assertThat(only(produce(7, 2, 0)).refusal()).isNull();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsKnownOfAProducerOutlivesARestart(boolean crash) throws IOException {
    for (int sequence = 0; sequence < 7; sequence++) {
      produce(7, 3, sequence);
    }
    if (crash) {
      crash();
    } else {
      restart();
    }
    assertThat(only(produce(7, 3, 4)).isDuplicate()).isTrue();
    assertThat(only(produce(7, 3, 4)).baseOffset()).isEqualTo(4);
    assertThat(only(produce(7, 2, 7)).refusal()).isEqualTo(AppendRefusal.OLD_PRODUCER_EPOCH);
    assertThat(only(produce(7, 3, 8)).refusal()).isEqualTo(AppendRefusal.OUT_OF_ORDER_SEQUENCE);
    assertThat(only(produce(7, 3, 7)).baseOffset()).isEqualTo(7);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anIdleProducerIsForgottenAndStaysForgotten(boolean crash) throws IOException {
    produce(7, 0, 0);
    it.clock.advanceMs(1000);
    produce(8, 0, 0);
    long before = it.clock.millis() - 500;
    it.shard.execute(s -> s.expireProducers(it.shard.logs(), before));
    it.turnUntilIdle();
    put("takes the expiry along");
    if (crash) {
      crash();
    } else {
      restart();
    }
    assertThat(only(produce(7, 0, 5)).refusal()).isNull();
    assertThat(only(produce(8, 0, 5)).refusal()).isEqualTo(AppendRefusal.OUT_OF_ORDER_SEQUENCE);
  }

  @Test
  void whatIsAppendedAfterALongRestHasTheTimeOfItsAppend() throws IOException {
    put("first");
    it.clock.advanceMs(2000);
    it.turnUntilIdle();
    it.shard.execute(Sequencer::timeMs);
    it.turnUntilIdle();
    it.clock.advanceMs(25 * 3_600_000);
    long offset = only(produce(7, 0, 0)).baseOffset();
    it.clock.advanceMs(5000);
    long before = it.clock.millis() - 24 * 3_600_000;
    it.shard.execute(s -> s.expireProducers(it.shard.logs(), before));
    it.turnUntilIdle();
    put("takes the expiry along");
    BatchAppend again = only(produce(7, 0, 0));
    assertThat(again.isDuplicate()).isTrue();
    assertThat(again.baseOffset()).isEqualTo(offset);
  }

  // --- epochs, state ---

  @Test
  void theLeaderEpochIsOneMoreAtEachStart() throws IOException {
    int first = it.shard.leaderEpoch();
    put("a");
    restart();
    assertThat(it.shard.leaderEpoch()).isEqualTo(first + 1);
    put("b");
    put("c");
    crash();
    assertThat(it.shard.leaderEpoch()).isEqualTo(first + 2);
    put("d");
    assertThat(it.readAll(0))
        .extracting(ReadBatch::leaderEpoch)
        .containsExactly(first, first + 1, first + 1, first + 2);
    EpochStarts epochs = it.log(0).epochs();
    assertThat(epochs.endOf(first, first + 2, 4).endOffset()).isEqualTo(1);
    assertThat(epochs.endOf(first + 1, first + 2, 4).endOffset()).isEqualTo(3);
    assertThat(epochs.epochAt(2)).isEqualTo(first + 1);
  }

  @Test
  void changesOutliveARestartInTheirOrder() throws IOException {
    List<String> applied = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      String value = "value-" + i;
      it.shard.execute(s -> it.register.set(s, "name", value, () -> applied.add(value)));
    }
    it.turnUntilIdle();
    assertThat(applied).containsExactly("value-0", "value-1", "value-2", "value-3", "value-4");
    crash();
    assertThat(it.register.get("name")).isEqualTo("value-4");
    restart();
    assertThat(it.register.get("name")).isEqualTo("value-4");
  }

  @Test
  void aSnapshotHoldsTheStateOfOneMomentThoughItIsTakenInSlices() throws IOException {
    for (int i = 0; i < 1700; i++) {
      String name = "name-" + i;
      it.shard.execute(s -> it.register.set(s, name, "before", () -> {}));
    }
    it.turnUntilIdle();
    it.shard.execute(s -> it.shard.checkpointSoon());
    it.shard.turn();
    for (int i = 0; i < 1700; i += 100) {
      String name = "name-" + i;
      it.shard.execute(s -> it.register.set(s, name, "after", () -> {}));
      it.shard.turn();
    }
    it.turnUntilIdle();
    long newest = Snapshot.indexes(disk, OWN.resolve("snapshots")).get(0);
    Snapshot snapshot = Snapshot.read(disk, OWN.resolve("snapshots"), 0, newest);
    List<String> values = new ArrayList<>();
    for (Snapshot.Part part : snapshot.items()) {
      if (part.kind() == Register.KIND) {
        StateReader in = new StateReader(part.bytes().duplicate());
        in.text();
        values.add(in.text());
      }
    }
    assertThat(values).hasSize(1700).containsOnly("before");
    crash();
    assertThat(it.register.get("name-1600")).isEqualTo("after");
    assertThat(it.register.get("name-1601")).isEqualTo("before");
  }

  // --- trims, drops, space ---

  @Test
  void trimmedRecordsAreGoneForGood() throws IOException {
    for (int i = 0; i < 5; i++) {
      put("record " + i);
    }
    AtomicBoolean applied = new AtomicBoolean();
    it.shard.execute(s -> s.trim(it.log(0), 3, () -> applied.set(true)));
    it.turnUntilIdle();
    assertThat(applied).isTrue();
    assertThat(it.log(0).stored().read(2, 100, true)).isEqualTo(new LogRead.OutOfRange(3, 5));
    assertThat(texts()).containsExactly("record 3", "record 4");
    crash();
    assertThat(texts()).containsExactly("record 3", "record 4");
    restart();
    assertThat(texts()).containsExactly("record 3", "record 4");
  }

  private long segments() {
    return disk.files().stream().filter(file -> file.toString().endsWith(".log")).count();
  }

  @Test
  void aTrimGivesItsSpaceBackWithinTenSecondsThoughTheShardIsIdle() throws IOException {
    for (int i = 0; i < 10; i++) {
      put("x".repeat(1000));
    }
    long before = segments();
    it.shard.execute(s -> s.trim(it.log(0), 9, () -> {}));
    it.turnUntilIdle();
    assertThat(segments()).isEqualTo(before);
    it.clock.advanceMs(5_000);
    it.turnUntilIdle();
    assertThat(segments()).as("nobody is in a hurry").isEqualTo(before);
    it.clock.advanceMs(5_000);
    it.turnUntilIdle();
    assertThat(segments()).isLessThan(before / 2);
    crash();
    assertThat(it.readAll(0)).hasSize(1);
  }

  @Test
  void aTrimInTheReplayGivesItsSpaceBackToo() throws IOException {
    for (int i = 0; i < 10; i++) {
      put("x".repeat(1000));
    }
    it.shard.execute(s -> s.trim(it.log(0), 9, () -> {}));
    it.turnUntilIdle();
    SimulatedDisk after = disk.afterCrash(new Random(1));
    it = ShardUnderTest.recovered(after);
    it.clock.advanceMs(10_000);
    it.turnUntilIdle();
    assertThat(after.files().stream().filter(file -> file.toString().endsWith(".log")))
        .hasSizeLessThan(3);
  }

  @Test
  void aLogThatIsAskedForAfterItsTopicWasDroppedTakesNothing() {
    put("before");
    it.shard.execute(s -> s.dropTopic(ShardUnderTest.TOPIC, 2, () -> {}));
    it.turnUntilIdle();
    assertThat(only(put("after")).refusal()).isEqualTo(AppendRefusal.NO_SUCH_LOG);
    TestAppend first = it.append(1, TestBatch.of("the first of another partition"));
    it.turnUntilIdle();
    assertThat(only(first).refusal()).isEqualTo(AppendRefusal.NO_SUCH_LOG);
    assertThat(it.shard.logs()).isEmpty();
  }

  @Test
  void aBatchSequencedBeforeItsTopicWasDroppedStaysGoneInTheReplay() throws IOException {
    it = new ShardUnderTest(disk, -1, it.clock);
    recover();
    put("makes the log");
    it.shard.execute(s -> s.dropTopic(ShardUnderTest.TOPIC, 1, () -> {}));
    it.shard.turn();
    TestAppend late = it.append(0, TestBatch.of("sequenced while the drop is journaled"));
    it.turnUntilIdle();
    assertThat(only(late).refusal()).isNull();
    assertThat(it.shard.logs()).isEmpty();
    crash();
    assertThat(it.shard.recoveryReport().replayedEntries()).isGreaterThan(2);
    assertThat(it.shard.logs()).isEmpty();
  }

  @Test
  void droppedTopicsAreRememberedForAWhileOnly() {
    DroppedTopics dropped = new DroppedTopics();
    UUID first = new UUID(1, 1);
    UUID second = new UUID(2, 2);
    dropped.add(first, 1000);
    dropped.add(second, 1000 + DroppedTopics.REMEMBERED_MS);
    assertThat(dropped.contains(first)).isTrue();
    dropped.add(new UUID(3, 3), 1001 + DroppedTopics.REMEMBERED_MS);
    assertThat(dropped.contains(first)).isFalse();
    assertThat(dropped.contains(second)).isTrue();
  }

  @Test
  void onlySoManyDroppedTopicsAreRemembered() {
    DroppedTopics dropped = new DroppedTopics();
    for (int i = 0; i <= DroppedTopics.MAX; i++) {
      dropped.add(new UUID(1, i), 1000);
    }
    assertThat(dropped.contains(new UUID(1, 0))).isFalse();
    assertThat(dropped.contains(new UUID(1, 1))).isTrue();
    assertThat(dropped.contains(new UUID(1, DroppedTopics.MAX))).isTrue();
  }

  @Test
  void aDroppedTopicTakesNothingMoreAndItsFilesGo() throws IOException {
    put("a");
    ShardLog log = it.log(0);
    AtomicBoolean applied = new AtomicBoolean();
    it.shard.execute(s -> s.dropTopic(ShardUnderTest.TOPIC, 1, () -> applied.set(true)));
    it.turnUntilIdle();
    assertThat(applied).isTrue();
    TestAppend late = new TestAppend(Append.Acks.APPLIED);
    late.add(log, TestBatch.of("late"));
    it.shard.append(late);
    it.turnUntilIdle();
    assertThat(only(late).refusal()).isEqualTo(AppendRefusal.NO_SUCH_LOG);
    it.clock.advanceMs(10_000);
    it.turnUntilIdle();
    assertThat(disk.list(OWN.resolve("logs"))).isEmpty();
    restart();
    assertThat(it.shard.find(new LogId(ShardUnderTest.TOPIC, 0))).isNull();
  }

  @Test
  void aNearlyFullDiskRefusesProduceAndAdmitsTrims() {
    put("a");
    put("b");
    disk.usableBytes(1500);
    it.clock.advanceMs(200);
    assertThat(only(put("measures")).refusal()).isNull();
    assertThat(only(put("x".repeat(600))).refusal()).isEqualTo(AppendRefusal.DISK_NEARLY_FULL);
    AtomicBoolean trimmed = new AtomicBoolean();
    it.shard.execute(s -> s.trim(it.log(0), 1, () -> trimmed.set(true)));
    it.turnUntilIdle();
    assertThat(trimmed).isTrue();
    disk.usableBytes(Long.MAX_VALUE);
    it.clock.advanceMs(200);
    put("measures");
    assertThat(only(put("x".repeat(600))).refusal()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"journal", "logs"})
  void eitherDiskNearlyFullRefusesProduce(String directory) {
    put("a");
    disk.usableBytes(OWN.resolve(directory), 1500);
    it.clock.advanceMs(200);
    put("measures");
    assertThat(only(put("x".repeat(600))).refusal()).isEqualTo(AppendRefusal.DISK_NEARLY_FULL);
  }

  @Test
  void aNewProducerThatANearlyFullDiskRefusesIsNotRemembered() {
    disk.usableBytes(0);
    it.clock.advanceMs(200);
    put("measures");
    for (int id = 1; id <= 100; id++) {
      assertThat(only(produce(id, 0, 0)).refusal()).isEqualTo(AppendRefusal.DISK_NEARLY_FULL);
    }
    assertThat(it.log(0).producers()).isEmpty();
    disk.usableBytes(Long.MAX_VALUE);
    it.clock.advanceMs(200);
    put("measures");
    assertThat(only(produce(1, 0, 0)).refusal()).isNull();
    assertThat(only(produce(1, 0, 0)).isDuplicate()).isTrue();
    assertThat(it.log(0).producers()).hasSize(1);
  }

  @Test
  void journalFilesAreUsedAgain() throws IOException {
    for (int i = 0; i < 400; i++) {
      put("x".repeat(3000));
    }
    // 400 entries of 4 KiB are 1600 KiB; 64 KiB a file, a checkpoint each 96 KiB.
    assertThat(disk.list(OWN.resolve("journal"))).hasSizeLessThan(8);
    crash();
    assertThat(it.readAll(0)).hasSize(400);
  }

  // --- failures ---

  @Test
  void aFailedSyncStopsTheShardAndEverythingIsAnswered() {
    put("a");
    disk.failSyncAt(1);
    TestAppend lost = put("b");
    assertThat(only(lost).refusal()).isEqualTo(AppendRefusal.SHARD_STOPPED);
    assertThat(lost.released).isTrue();
    assertThat(it.shard.failure()).hasMessageContaining("simulated failure of a sync");
    assertThat(it.failure).isNotNull();
    it.shard.close();
    assertThat(only(put("c")).refusal()).isEqualTo(AppendRefusal.SHARD_STOPPED);
  }

  @Test
  void aFailedSyncTellsThoseWhoWaitForAChange() {
    put("a");
    disk.failSyncAt(1);
    AtomicBoolean stopped = new AtomicBoolean();
    it.shard.execute(
        new Task() {
          @Override
          public void run(Sequencer sequencer) {
            it.register.set(sequencer, "name", "value", () -> it.shard.decided(this));
            it.shard.undecided(this);
          }

          @Override
          public void stopped() {
            stopped.set(true);
          }
        });
    it.turnUntilIdle();
    assertThat(it.register.get("name")).isEmpty();
    it.shard.close();
    assertThat(stopped).isTrue();
  }

  @Test
  void whatWasJournaledButNotAppliedWhenTheShardEndsIsAnswered() {
    it = new ShardUnderTest(disk, 0, it.clock);
    recover();
    TestAppend first = it.append(0, TestBatch.of("a"));
    it.shard.turn();
    TestAppend second = it.append(0, TestBatch.of("b"));
    disk.failSyncAt(1);
    it.turnUntilIdle();
    it.shard.close();
    assertThat(first.answered && first.released).isTrue();
    assertThat(second.answered && second.released).isTrue();
    assertThat(it.shard.isCrowded()).isFalse();
  }

  @Test
  void aFailedSyncOfALogStopsTheShardAtItsCheckpoint() throws IOException {
    put("a");
    disk.failSyncAt(1);
    checkpoint();
    assertThat(it.failure).hasMessageContaining("simulated failure of a sync");
    crash();
    assertThat(texts()).containsExactly("a");
  }

  @Test
  void aClosedShardTakesNothing() {
    put("a");
    it.shard.close();
    assertThat(only(put("b")).refusal()).isEqualTo(AppendRefusal.SHARD_STOPPED);
    AtomicBoolean stopped = new AtomicBoolean();
    it.shard.execute(
        new Task() {
          @Override
          public void run(Sequencer sequencer) {
            throw new AssertionError("the shard is closed");
          }

          @Override
          public void stopped() {
            stopped.set(true);
          }
        });
    assertThat(stopped).isTrue();
  }

  @Test
  void aCleanStopLeavesNothingToReplay() throws IOException {
    put("a");
    restart();
    assertThat(it.shard.recoveryReport().replayedEntries()).isZero();
    assertThat(texts()).containsExactly("a");
  }

  // --- damage ---

  /** The one journal file that holds entries, and where they begin. */
  private record Places(Path file, List<Long> entries) {}

  private Places places() throws IOException {
    for (String name : disk.list(OWN.resolve("journal"))) {
      Path file = OWN.resolve("journal").resolve(name);
      try (JournalReader reader = new JournalReader(disk, file)) {
        List<Long> entries = new ArrayList<>();
        for (JournalReader.EntryFound entry; (entry = reader.next()) != null; ) {
          entries.add(entry.position());
        }
        if (!entries.isEmpty()) {
          return new Places(file, entries);
        }
      }
    }
    throw new AssertionError("no entries");
  }

  private void flip(Path file, long position) {
    disk.flipBit(file, position);
  }

  /** In the payload of an entry, whose one batch begins behind a header of this size. */
  private long inPayload(Places places, int entry) throws IOException {
    try (DiskFile file = disk.open(places.file, Disk.Mode.READ)) {
      ByteBuffer head = ByteBuffer.allocate(EntryCodec.FIXED_BYTES);
      file.read(head, places.entries.get(entry));
      return places.entries.get(entry) + head.getInt(8) + 62;
    }
  }

  @Test
  void aTornTailIsCut() throws IOException {
    put("a");
    put("b");
    Places places = places();
    flip(places.file, inPayload(places, 1));
    it = ShardUnderTest.recovered(disk);
    assertThat(texts()).containsExactly("a");
    assertThat(only(put("c")).baseOffset()).isEqualTo(1);
    crash();
    assertThat(texts()).containsExactly("a", "c");
  }

  @Test
  void aTornHeaderAtTheEndIsCut() throws IOException {
    put("a");
    put("b");
    Places places = places();
    flip(places.file, places.entries.get(1) + 30);
    it = ShardUnderTest.recovered(disk);
    assertThat(texts()).containsExactly("a");
  }

  @Test
  void aDamagedHeaderThatHadBeenSyncedStopsAndNamesTheFile() throws IOException {
    put("a");
    put("b");
    Places places = places();
    flip(places.file, places.entries.get(0) + 30);
    SimulatedDisk before = disk.afterCrash(new Random(1));
    assertThatThrownBy(() -> ShardUnderTest.recovered(disk))
        .isInstanceOf(DamagedJournalException.class)
        .hasMessageContaining(places.file.toString())
        .hasMessageContaining("Nothing was changed");
    for (Path file : before.files()) {
      assertThat(disk.contents(file)).isEqualTo(before.contents(file));
    }
  }

  @Test
  void aDamagedFileHeaderThatIsFollowedByASyncedEntryStopsAndNamesTheFile() throws IOException {
    put("a");
    put("b");
    Path file = places().file;
    flip(file, 20);
    assertThatThrownBy(() -> ShardUnderTest.recovered(disk))
        .isInstanceOf(DamagedJournalException.class)
        .hasMessageContaining("the header of " + file + " is damaged");
  }

  @Test
  void anIdleShardMarksOnceThatItsLastEntryWasSynced() throws IOException {
    put("a");
    it.clock.advanceMs(1000);
    it.turnUntilIdle();
    Places places = places();
    assertThat(places.entries).hasSize(2);
    long changes = disk.changes();
    it.clock.advanceMs(60_000);
    it.turnUntilIdle();
    assertThat(disk.changes()).isEqualTo(changes);
    flip(places.file, places.entries.get(0) + 30);
    assertThatThrownBy(() -> ShardUnderTest.recovered(disk))
        .isInstanceOf(DamagedJournalException.class);
  }

  @Test
  void aDamagedPayloadUnderAGoodHeaderLosesItsRangeOnly() throws IOException {
    put("a");
    put("b");
    put("c");
    Places places = places();
    flip(places.file, inPayload(places, 1));
    it = ShardUnderTest.recovered(disk);
    assertThat(it.shard.recoveryReport().damagedBatches()).isEqualTo(1);
    for (int start = 0; start < 2; start++) {
      assertThat(it.log(0).stored().read(0, 1, true)).isInstanceOf(LogRead.Found.class);
      assertThat(it.log(0).stored().read(1, 1, true)).isInstanceOf(LogRead.Damaged.class);
      assertThat(it.log(0).stored().read(2, 1, true)).isInstanceOf(LogRead.Found.class);
      assertThat(it.log(0).endOffset()).isEqualTo(3 + start);
      put("goes on");
      restart();
    }
  }

  private Path snapshot(boolean copy) throws IOException {
    Path directory = OWN.resolve("snapshots");
    long newest = Snapshot.indexes(disk, directory).get(0);
    return copy ? Snapshot.copyPath(directory, newest) : Snapshot.path(directory, newest);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aDamagedSnapshotIsReadFromItsCopy(boolean copy) throws IOException {
    put("a");
    it.shard.close();
    flip(snapshot(copy), 60);
    it = ShardUnderTest.recovered(disk);
    assertThat(texts()).containsExactly("a");
  }

  @Test
  void aSnapshotDamagedTwiceStopsAndNamesTheFile() throws IOException {
    put("a");
    it.shard.close();
    Path file = snapshot(false);
    flip(file, 60);
    flip(snapshot(true), 60);
    assertThatThrownBy(() -> ShardUnderTest.recovered(disk))
        .isInstanceOf(SnapshotException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void aNewerSnapshotIsRefusedUntouched() throws IOException {
    put("a");
    it.shard.close();
    Path file = snapshot(false);
    byte[] bytes = disk.contents(file);
    bytes[5] = 9;
    disk.overwrite(file, bytes);
    assertRefusedUntouched(file);
  }

  @Test
  void aNewerJournalIsRefusedUntouched() throws IOException {
    put("a");
    Path file = places().file;
    byte[] bytes = disk.contents(file);
    bytes[5] = 9;
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, 24);
    ByteBuffer.wrap(bytes).putInt(24, (int) crc.getValue());
    disk.overwrite(file, bytes);
    assertRefusedUntouched(file);
  }

  private void assertRefusedUntouched(Path file) {
    List<Path> files = disk.files();
    List<byte[]> contents = files.stream().map(disk::contents).toList();
    assertThatThrownBy(() -> ShardUnderTest.recovered(disk))
        .isInstanceOf(NewerFormatException.class)
        .hasMessageContaining(file.toString());
    assertThat(disk.files()).isEqualTo(files);
    for (int i = 0; i < files.size(); i++) {
      assertThat(Arrays.equals(disk.contents(files.get(i)), contents.get(i))).isTrue();
    }
  }

  @Test
  void aJournalOfAnotherShardIsRefused() throws IOException {
    put("a");
    Path file = places().file;
    byte[] bytes = disk.contents(file);
    bytes[7] = 3;
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, 24);
    ByteBuffer.wrap(bytes).putInt(24, (int) crc.getValue());
    disk.overwrite(file, bytes);
    assertThatThrownBy(() -> ShardUnderTest.recovered(disk))
        .hasMessageContaining("belongs to shard 3");
  }

  @Test
  void twoTopicsOfTheSamePartitionAreKeptApart() throws IOException {
    UUID other = new UUID(9, 9);
    put("mine");
    TestAppend append = new TestAppend(Append.Acks.APPLIED);
    append.add(it.shard.log(new LogId(other, 0)), TestBatch.of("theirs"));
    it.shard.append(append);
    it.turnUntilIdle();
    restart();
    assertThat(texts()).containsExactly("mine");
    assertThat(ShardUnderTest.readAll(it.shard.log(new LogId(other, 0))))
        .extracting(ReadBatch::text)
        .containsExactly("theirs");
  }
}
