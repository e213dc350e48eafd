package io.millrace.benchmarks.figure;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which of the pairs or rounds played count: those that were not disturbed. Where too few were left
 * undisturbed, the least disturbed fill up, and the report says so.
 *
 * @param played all, in the order in which they were played
 * @param wanted how many count
 * @param foreignShareMax above which one is disturbed, 0 to 1
 */
record Undisturbed<T extends Disturbed>(List<T> played, int wanted, double foreignShareMax) {

  /** Whether each of those played counts. */
  List<Boolean> counts() {
    List<Integer> best =
        IntStream.range(0, played.size())
            .boxed()
            .sorted(Comparator.comparingDouble(this::disturbance))
            .limit(wanted)
            .toList();
    return IntStream.range(0, played.size()).mapToObj(best::contains).toList();
  }

  /** Those that count, at most {@code wanted}, in the order in which they were played. */
  List<T> counted() {
    List<Boolean> counts = counts();
    return IntStream.range(0, played.size()).filter(counts::get).mapToObj(played::get).toList();
  }

  /** How many of those that count were disturbed nevertheless. */
  long disturbed() {
    return counted().stream().filter(one -> one.disturbed(foreignShareMax)).count();
  }

  /** Undisturbed ones are alike, so that the first ones played are taken, whatever they gave. */
  private double disturbance(int index) {
    T one = played.get(index);
    return one.disturbed(foreignShareMax) ? one.foreignShare() : 0;
  }
}
