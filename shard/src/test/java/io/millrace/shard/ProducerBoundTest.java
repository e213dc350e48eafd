package io.millrace.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.SimulatedDisk;
import io.millrace.shard.ShardLog.KnownProducer;
import io.millrace.shard.ShardUnderTest.TestAppend;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** However many producers come and go, a shard remembers a bounded number: the busy ones. */
class ProducerBoundTest {

  private static final int MOST = ShardUnderTest.PRODUCERS_MAX;
  private static final int COMERS = 5 * MOST;
  private static final int AT_A_TIME = 10;
  private static final long BUSY = 7;
  private static final long FIRST = 100;

  private final SimulatedDisk disk = new SimulatedDisk();
  private ShardUnderTest it;
  private int busySequence;

  @BeforeEach
  void start() throws IOException {
    it = ShardUnderTest.recovered(disk);
  }

  private BatchAppend produce(int partition, long producer, int sequence) {
    TestAppend append = it.append(partition, TestBatch.of("p", 1, producer, (short) 0, sequence));
    it.turnUntilIdle();
    assertThat(append.answered).isTrue();
    return append.batches().get(0);
  }

  private List<KnownProducer> known() {
    List<KnownProducer> known = new ArrayList<>(it.log(0).knownProducers());
    known.addAll(it.log(1).knownProducers());
    return known;
  }

  /** Each appends once, to one log or the other; one producer goes on all the time. */
  private void letThemCome() {
    for (long id = FIRST; id < FIRST + COMERS; id += AT_A_TIME) {
      for (long one = id; one < id + AT_A_TIME; one++) {
        it.append((int) one % 2, TestBatch.of("p", 1, one, (short) 0, 0));
      }
      assertThat(produce(0, BUSY, busySequence++).refusal()).isNull();
      assertThat(known()).hasSizeLessThanOrEqualTo(MOST + 2 * AT_A_TIME);
      it.clock.advanceMs(1);
    }
  }

  @Test
  void thoseIdleLongestAreForgottenAndTheOthersAreNot() {
    letThemCome();
    assertThat(known()).hasSizeGreaterThan(MOST / 2);
    long last = FIRST + COMERS - 1;
    assertThat(produce((int) last % 2, last, 0).isDuplicate()).isTrue();
    long quiteLate = last - MOST / 2;
    assertThat(produce((int) quiteLate % 2, quiteLate, 0).isDuplicate()).isTrue();
    assertThat(produce(0, BUSY, busySequence + 1).refusal())
        .isEqualTo(AppendRefusal.OUT_OF_ORDER_SEQUENCE);
    assertThat(produce((int) FIRST % 2, FIRST, 0).isDuplicate()).as("the first").isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theSameAreKnownAfterARestart(boolean crash) throws IOException {
    letThemCome();
    List<KnownProducer> before = known();
    if (crash) {
      it = ShardUnderTest.recovered(disk.afterCrash(new Random(1)));
    } else {
      it.shard.close();
      it = ShardUnderTest.recovered(disk);
    }
    assertThat(known()).containsExactlyInAnyOrderElementsOf(before);
    busySequence += 1;
    letNewOnesCome();
    assertThat(known()).hasSizeLessThanOrEqualTo(MOST + 1);
  }

  private void letNewOnesCome() {
    for (long id = FIRST + COMERS; id < FIRST + COMERS + MOST; id++) {
      produce(0, id, 0);
      it.clock.advanceMs(1);
    }
  }

  @Test
  void manyThatComeAtOnceAreForgottenOnceTheyAreDurable() {
    for (long id = FIRST; id < FIRST + 3 * MOST; id++) {
      it.append(0, TestBatch.of("p", 1, id, (short) 0, 0));
    }
    it.turnUntilIdle();
    it.clock.advanceMs(1);
    letNewOnesCome();
    assertThat(known()).hasSizeLessThanOrEqualTo(MOST + 1);
    assertThat(produce(0, FIRST + COMERS + MOST - 1, 0).isDuplicate()).isTrue();
  }

  @Test
  void producersOfADroppedTopicCountNoMore() {
    letThemCome();
    it.shard.execute(s -> s.dropTopic(ShardUnderTest.TOPIC, 2, () -> {}));
    it.turnUntilIdle();
    assertThat(it.log(0).knownProducers()).isEmpty();
    ProducerBound bound = new ProducerBound(3);
    ShardLog log =
        new ShardLog(it.log(0).id(), ShardUnderTest.SMALL_SEGMENTS, bound, new TransactionBound(3));
    log.producerOrNew(1);
    log.producerOrNew(2);
    log.producerOrNew(3);
    assertThat(bound.isReached()).isTrue();
    log.drop();
    assertThat(bound.isReached()).isFalse();
  }
}
