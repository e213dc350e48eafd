package io.millrace.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.Stability.Aborted;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which records of a log are open or aborted. */
class StabilityTest {

  @Test
  void logWithoutTransactionsIsStableToItsEnd() {
    assertThat(Stability.STABLE.lastStableOffset(3, 10)).isEqualTo(10);
    assertThat(Stability.STABLE.abortedIn(0, 100)).isEmpty();
    assertThat(Stability.STABLE.abortedAt(1, 5)).isNull();
  }

  @Test
  void oldestOpenTransactionIsWhereStableRecordsEnd() {
    Stability open = Stability.STABLE.firstOpen(7);
    assertThat(open.lastStableOffset(0, 10)).isEqualTo(7);
    assertThat(open.lastStableOffset(0, 5)).isEqualTo(5);
    assertThat(open.lastStableOffset(9, 10)).isEqualTo(9);
  }

  @Test
  void earlierValueDoesNotSeeWhatWasAddedLater() {
    Stability one = Stability.STABLE.with(new Aborted(1, 0, 4, 5));
    Stability two = one.with(new Aborted(1, 5, 9, 10));
    assertThat(one.abortedIn(0, 100)).hasSize(1);
    assertThat(two.abortedIn(0, 100)).hasSize(2);
    assertThat(two.trimmed(5).abortedIn(0, 100)).containsExactly(new Aborted(1, 5, 9, 10));
  }

  @Test
  void whoeverHoldsAnEarlierValueLearnsThatSomethingWasForgotten() {
    Stability whole = Stability.STABLE.with(new Aborted(1, 0, 4, 5)).with(new Aborted(2, 5, 9, 10));
    Stability trimmed = whole.trimmed(5);
    assertThat(trimmed.knownFrom()).isEqualTo(5);
    assertThat(trimmed.hasForgottenSince(whole)).isTrue();
    assertThat(trimmed.with(new Aborted(1, 10, 11, 12)).hasForgottenSince(trimmed)).isFalse();
    Stability compacted = whole.forgotten(5);
    assertThat(compacted.abortedIn(0, 100)).containsExactly(new Aborted(2, 5, 9, 10));
    assertThat(compacted.knownFrom()).isZero();
    assertThat(compacted.hasForgottenSince(whole)).isTrue();
    assertThat(whole.trimmed(4)).isSameAs(whole);
    assertThat(whole.forgotten(4)).isSameAs(whole);
  }

  /** Transactions of some producers at random, and for each offset what became of it. */
  @Test
  void answersWhatAListOfAllRecordsWould() {
    for (long seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      Map<Long, Long> openSince = new HashMap<>();
      List<long[]> records = new ArrayList<>(); // producer, index of its transaction
      List<Boolean> aborted = new ArrayList<>();
      Map<Long, Integer> current = new HashMap<>();
      Stability stability = Stability.STABLE;
      for (long offset = 0; offset < 60; offset++) {
        long producer = random.nextInt(4);
        if (openSince.containsKey(producer) && random.nextInt(3) == 0) {
          boolean abort = random.nextBoolean();
          long first = openSince.remove(producer);
          long open = openSince.values().stream().mapToLong(x -> x).min().orElse(Long.MAX_VALUE);
          aborted.set(current.get(producer), abort);
          if (abort) {
            stability =
                stability.with(new Aborted(producer, first, offset, Math.min(open, offset + 1)));
          }
          stability = stability.firstOpen(open);
          records.add(new long[] {producer, -1});
        } else {
          if (openSince.putIfAbsent(producer, offset) == null) {
            current.put(producer, aborted.size());
            aborted.add(false);
          }
          stability =
              stability.firstOpen(
                  openSince.values().stream().mapToLong(x -> x).min().orElseThrow());
          records.add(new long[] {producer, current.get(producer)});
        }
      }
      long stable = stability.lastStableOffset(0, records.size());
      for (int offset = 0; offset < stable; offset++) {
        long[] record = records.get(offset);
        if (record[1] >= 0) {
          assertThat(stability.abortedAt(record[0], offset) != null)
              .as("seed %d, offset %d", seed, offset)
              .isEqualTo(aborted.get((int) record[1]));
        }
      }
      for (int n = 0; n < 20; n++) {
        long from = random.nextInt(60);
        long to = from + random.nextInt(20);
        List<Aborted> expected = new ArrayList<>();
        for (int i = 0; i < stability.abortedCount(); i++) {
          Aborted one = stability.aborted(i);
          if (one.lastOffset() >= from && one.firstOffset() < to) {
            expected.add(one);
          }
        }
        assertThat(stability.abortedIn(from, to)).as("seed %d", seed).isEqualTo(expected);
      }
    }
  }
}
