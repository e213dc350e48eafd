package io.millrace.benchmarks.figure;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * All rounds of a race.
 *
 * <p>Of the rounds run, those count that were not disturbed. Where too few were left undisturbed,
 * the least disturbed fill up, and the report says so.
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
    List<Integer> best =
        IntStream.range(0, played.size())
            .boxed()
            .sorted(Comparator.comparingDouble(this::disturbance))
            .limit(wanted)
            .toList();
    return IntStream.range(0, played.size()).mapToObj(best::contains).toList();
  }

  /** The rounds that count, at most {@code wanted}, in the order in which they were run. */
  public List<Round> counted() {
    List<Boolean> counts = counts();
    return IntStream.range(0, played.size()).filter(counts::get).mapToObj(played::get).toList();
  }

  /** How many of the rounds that count were disturbed nevertheless. */
  public long disturbed() {
    return counted().stream().filter(round -> round.disturbed(foreignShareMax)).count();
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

  /** Undisturbed rounds are alike, so that the first ones are taken, whatever they gave. */
  private double disturbance(int index) {
    Round round = played.get(index);
    return round.disturbed(foreignShareMax) ? round.foreignShare() : 0;
  }
}
