package io.millrace.benchmarks.figure;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * All pairs of one load.
 *
 * @param load what was run
 * @param played all pairs in the order in which they were played
 * @param wanted how many count
 * @param foreignShareMax above which a pair is disturbed, 0 to 1
 */
public record Outcome(String load, List<Pair> played, int wanted, double foreignShareMax) {
  public Outcome {
    played = List.copyOf(played);
  }

  /** Whether each of the pairs played counts. */
  public List<Boolean> counts() {
    return undisturbed().counts();
  }

  /** The pairs that count, at most {@code wanted}, in the order in which they were played. */
  public List<Pair> counted() {
    return undisturbed().counted();
  }

  /** How many of the pairs that count were disturbed nevertheless. */
  public long disturbed() {
    return undisturbed().disturbed();
  }

  /** The ratio A to B over the pairs that count. */
  public Spread ratio(Metric metric) {
    return spread(pair -> pair.ratio(metric));
  }

  /** The values of A over the pairs that count. */
  public Spread a(Metric metric) {
    return spread(pair -> pair.a().get(metric));
  }

  /** The values of B over the pairs that count. */
  public Spread b(Metric metric) {
    return spread(pair -> pair.b().get(metric));
  }

  /** What was measured. */
  public List<Metric> metrics() {
    List<Metric> metrics = new ArrayList<>();
    played.getFirst().a().metrics().forEach(metrics::add);
    return metrics;
  }

  private Undisturbed<Pair> undisturbed() {
    return new Undisturbed<>(played, wanted, foreignShareMax);
  }

  private Spread spread(ToDoubleFunction<Pair> value) {
    return Spread.of(counted().stream().mapToDouble(value).toArray());
  }
}
