package io.millrace.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.SimulatedDisk;
import io.millrace.log.Stability;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.shard.ShardUnderTest.TestAppend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Transactions as a log knows them: batches, markers, what is open and what was aborted. */
class LogTransactionsTest {

  private static final long MINUTE_MS = 60_000;

  private SimulatedDisk disk = new SimulatedDisk();
  private ShardUnderTest it;

  @BeforeEach
  void start() throws IOException {
    it = ShardUnderTest.recovered(disk);
  }

  @Test
  void batchThatNoCoordinatorLetPassIsRefused() {
    TestAppend append = it.append(0, batch(1, 0, 0));
    it.turnUntilIdle();
    assertThat(append.batches().get(0).refusal()).isEqualTo(AppendRefusal.NO_OPEN_TRANSACTION);
  }

  @Test
  void firstBatchOpensAndMarkerCloses() {
    put(1, 0, 0);
    assertThat(stability().firstOpen()).isZero();
    put(2, 0, 0);
    put(1, 0, 1);
    end(1, 0, true);
    assertThat(stability().firstOpen()).isEqualTo(1);
    end(2, 0, false);
    assertThat(stability().firstOpen()).isEqualTo(Long.MAX_VALUE);
    assertThat(stability().abortedIn(0, 100)).containsExactly(new Stability.Aborted(2, 1, 4, 5));
    assertThat(it.log(0).endOffset()).isEqualTo(5);
  }

  @Test
  void markerForWhatIsNotOpenIsPassedOver() {
    end(1, 0, true);
    put(1, 0, 0);
    end(1, 0, true);
    end(1, 0, false);
    assertThat(it.log(0).endOffset()).isEqualTo(2);
    assertThat(stability().abortedCount()).isZero();
  }

  @Test
  void markersInOneTurnWithTheirBatchesCloseThem() {
    TestAppend batches = new TestAppend(Append.Acks.APPLIED);
    batches.add(it.log(0), batch(1, 0, 0));
    batches.passed();
    it.shard.append(batches);
    TestAppend marker = marker(1, 1, false);
    TestAppend again = marker(1, 1, false);
    it.shard.append(marker);
    it.shard.append(again);
    it.turnUntilIdle();
    assertThat(marker.answered).isTrue();
    assertThat(again.answered).isTrue();
    assertThat(it.log(0).endOffset()).isEqualTo(2);
    assertThat(stability().abortedCount()).isOne();
  }

  @Test
  void markerOfALaterEpochFencesTheEarlierAndTheNextBeginsAtZero() {
    put(1, 0, 0);
    end(1, 1, true);
    assertThat(refusal(1, 0, 1)).isEqualTo(AppendRefusal.OLD_PRODUCER_EPOCH);
    assertThat(refusal(1, 1, 1)).isEqualTo(AppendRefusal.OUT_OF_ORDER_SEQUENCE);
    put(1, 1, 0);
    assertThat(stability().firstOpen()).isEqualTo(2);
  }

  @Test
  void sequencesGoOnBehindAMarkerOfTheSameEpoch() {
    put(1, 0, 0);
    end(1, 0, true);
    assertThat(refusal(1, 0, 2)).isEqualTo(AppendRefusal.OUT_OF_ORDER_SEQUENCE);
    put(1, 0, 1);
    assertThat(stability().firstOpen()).isEqualTo(2);
  }

  @Test
  void everythingIsKnownAgainFromTheJournalAndFromASnapshot() throws IOException {
    put(1, 0, 0);
    put(2, 0, 0);
    put(3, 0, 0);
    end(2, 1, false);
    put(1, 0, 1);
    end(3, 0, true);
    Stability before = stability();
    disk = disk.afterCrash(new java.util.Random(1));
    start();
    check(before);
    it.shard.close();
    assertThat(it.failure).isNull();
    start();
    check(before);
    assertThat(refusal(2, 0, 1)).isEqualTo(AppendRefusal.OLD_PRODUCER_EPOCH);
    end(1, 0, false);
    assertThat(stability().firstOpen()).isEqualTo(Long.MAX_VALUE);
    assertThat(stability().abortedIn(0, 100))
        .containsExactly(new Stability.Aborted(2, 1, 3, 0), new Stability.Aborted(1, 0, 6, 7));
  }

  private void check(Stability before) {
    assertThat(stability().firstOpen()).isEqualTo(before.firstOpen()).isZero();
    assertThat(stability().abortedIn(0, 100)).isEqualTo(before.abortedIn(0, 100)).hasSize(1);
  }

  @Test
  void producerWithAnOpenTransactionIsNotForgotten() {
    put(1, 0, 0);
    put(2, 0, 0);
    end(2, 0, true);
    it.clock.advanceMs(MINUTE_MS);
    it.shard.execute(s -> s.expireProducers(java.util.List.of(it.log(0)), Long.MAX_VALUE));
    it.turnUntilIdle();
    it.clock.advanceMs(MINUTE_MS); // nobody waits for it, so it waits for company
    it.turnUntilIdle();
    assertThat(it.log(0).knownProducers()).hasSize(1);
    end(1, 0, false);
    assertThat(stability().abortedCount()).isOne();
  }

  @Test
  void trimForgetsTheTransactionsBelow() {
    put(1, 0, 0);
    end(1, 0, false);
    put(1, 0, 1);
    end(1, 0, false);
    it.shard.execute(s -> s.trim(it.log(0), 2, () -> {}));
    it.turnUntilIdle();
    assertThat(stability().abortedIn(0, 100)).containsExactly(new Stability.Aborted(1, 2, 3, 4));
  }

  @Test
  void whatCompactionHasPassedIsForgottenAndStaysSo() throws IOException {
    put(1, 0, 0);
    end(1, 0, false);
    put(1, 0, 1);
    end(1, 0, false);
    it.shard.execute(s -> s.forgetAborted(it.log(0), 3));
    turnUntilUnawaitedIsDone();
    Stability.Aborted left = new Stability.Aborted(1, 2, 3, 4);
    assertThat(stability().abortedIn(0, 100)).containsExactly(left);
    disk = disk.afterCrash(new java.util.Random(1));
    start();
    assertThat(stability().abortedIn(0, 100)).containsExactly(left);
    it.shard.close();
    assertThat(it.failure).isNull();
    start();
    assertThat(stability().abortedIn(0, 100)).containsExactly(left);
  }

  /** Nobody waits for it, so it waits for company. */
  private void turnUntilUnawaitedIsDone() {
    it.turnUntilIdle();
    it.clock.advanceMs(MINUTE_MS);
    it.turnUntilIdle();
  }

  @Test
  void noMoreTransactionsAreOpenedThanMayBeRemembered() throws IOException {
    int most = ShardUnderTest.TRANSACTIONS_MAX;
    for (int i = 0; i < most - 1; i++) {
      put(1, 0, i);
      end(1, 0, false);
    }
    put(2, 0, 0);
    assertThat(refusal(3, 0, 0)).isEqualTo(AppendRefusal.TOO_MANY_ABORTED);
    it.shard.close();
    start();
    assertThat(refusal(3, 0, 0)).isEqualTo(AppendRefusal.TOO_MANY_ABORTED);
    // What is open goes on, and a commit makes room, as a trim does and compaction.
    put(2, 0, 1);
    end(2, 0, true);
    put(3, 0, 0);
    end(3, 0, false);
    assertThat(refusal(4, 0, 0)).isEqualTo(AppendRefusal.TOO_MANY_ABORTED);
    it.shard.execute(s -> s.trim(it.log(0), 2, () -> {}));
    it.turnUntilIdle();
    put(4, 0, 0);
    assertThat(refusal(5, 0, 0)).isEqualTo(AppendRefusal.TOO_MANY_ABORTED);
    it.shard.execute(s -> s.forgetAborted(it.log(0), 4));
    turnUntilUnawaitedIsDone();
    put(5, 0, 0);
    assertThat(refusal(6, 0, 0)).isEqualTo(AppendRefusal.TOO_MANY_ABORTED);
    it.shard.execute(s -> s.dropTopic(ShardUnderTest.TOPIC, 2, () -> {}));
    it.turnUntilIdle();
    TransactionBound bound = new TransactionBound(1);
    ShardLog log =
        new ShardLog(it.log(1).id(), ShardUnderTest.SMALL_SEGMENTS, new ProducerBound(9), bound);
    log.drop();
    assertThat(bound.count()).isZero();
  }

  @Test
  void batchOutsideATransactionIsRefusedWhileItsProducerHasOneOpen() {
    put(1, 0, 0);
    TestAppend plain =
        it.append(
            0,
            new RecordBatchBuilder()
                .producer(1, (short) 1, 0)
                .append(1000, null, ByteBuffer.allocate(1))
                .build());
    it.turnUntilIdle();
    assertThat(plain.batches().get(0).refusal()).isEqualTo(AppendRefusal.OUTSIDE_ITS_TRANSACTION);
    put(1, 0, 1);
    end(1, 0, true);
  }

  private Stability stability() {
    return it.log(0).stored().stability();
  }

  private void put(long producer, int epoch, int sequence) {
    assertThat(refusal(producer, epoch, sequence)).isNull();
  }

  private AppendRefusal refusal(long producer, int epoch, int sequence) {
    TestAppend append = new TestAppend(Append.Acks.APPLIED);
    append.add(it.log(0), batch(producer, epoch, sequence));
    append.passed();
    it.shard.append(append);
    it.turnUntilIdle();
    assertThat(append.answered).isTrue();
    return append.batches().get(0).refusal();
  }

  private void end(long producer, int epoch, boolean commit) {
    TestAppend append = marker(producer, epoch, commit);
    it.shard.append(append);
    it.turnUntilIdle();
    assertThat(append.answered).isTrue();
  }

  private TestAppend marker(long producer, int epoch, boolean commit) {
    TestAppend append = new TestAppend(Append.Acks.APPLIED);
    append.addMarker(it.log(0), producer, (short) epoch, commit, 0, 1000);
    return append;
  }

  private static ByteBuffer batch(long producer, int epoch, int sequence) {
    return new RecordBatchBuilder()
        .producer(producer, (short) epoch, sequence)
        .transactional()
        .append(1000, null, ByteBuffer.wrap("value".getBytes(StandardCharsets.UTF_8)))
        .build();
  }
}
