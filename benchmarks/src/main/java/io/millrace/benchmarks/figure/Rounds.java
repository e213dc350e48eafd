package io.millrace.benchmarks.figure;

import java.util.ArrayList;
import java.util.List;

/**
 * All rounds of a race.
 *
 * @param race what was run
 * @param racers their names, in the order of each round's samples; ratios are of the first one
 * @param played all rounds in the order in which they were run
 * @param wanted how many count
 * @param foreignShareMax above which a round is disturbed, 0 to 1
 */
public record Rounds(
    String race, List<String> racers, List<Round> played, int wanted, double foreignShareMax) {
  public Rounds {
    racers = List.copyOf(racers);
    played = List.copyOf(played);
  }

  /** Whether each of the rounds played counts. */
  public List<Boolean> counts() {
    return undisturbed().counts();
  }

  /** The rounds that count, at most {@code wanted}, in the order in which they were run. */
  public List<Round> counted() {
    return undisturbed().counted();
  }

  /** How many of the rounds that count were disturbed nevertheless. */
  public long disturbed() {
    return undisturbed().disturbed();
  }

  /** The values of a racer over the rounds that count. */
  public Spread of(int racer, Metric metric) {
    return Spread.of(
        counted().stream().mapToDouble(round -> round.samples().get(racer).get(metric)).toArray());
  }

  /** The ratio of the first racer to another over the rounds that count. */
  public Spread ratio(int other, Metric metric) {
    return Spread.of(counted().stream().mapToDouble(round -> round.ratio(other, metric)).toArray());
  }

  /** Whether a racer's value of that metric is marked in any of the rounds that count. */
  public boolean marked(int racer, Metric metric) {
    return counted().stream().anyMatch(round -> round.samples().get(racer).marked(metric));
  }

  /** What was measured. */
  public List<Metric> metrics() {
    List<Metric> metrics = new ArrayList<>();
    played.getFirst().samples().getFirst().metrics().forEach(metrics::add);
    return metrics;
  }

  private Undisturbed<Round> undisturbed() {
    return new Undisturbed<>(played, wanted, foreignShareMax);
  }
}
