package io.millrace.benchmarks.figure;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * All pairs of one load.
 *
 * <p>Of the pairs played, those count that were not disturbed. Where too few were left undisturbed,
 * the least disturbed fill up, and the report says so.
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
    List<Integer> best =
        IntStream.range(0, played.size())
            .boxed()
            .sorted(Comparator.comparingDouble(this::disturbance))
            .limit(wanted)
            .toList();
    return IntStream.range(0, played.size()).mapToObj(best::contains).toList();
  }

  /** The pairs that count, at most {@code wanted}, in the order in which they were played. */
  public List<Pair> counted() {
    List<Boolean> counts = counts();
    return IntStream.range(0, played.size()).filter(counts::get).mapToObj(played::get).toList();
  }

  /** How many of the pairs that count were disturbed nevertheless. */
  public long disturbed() {
    return counted().stream().filter(pair -> pair.disturbed(foreignShareMax)).count();
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

  /** Undisturbed pairs are alike, so that the first ones played are taken, whatever they gave. */
  private double disturbance(int index) {
    Pair pair = played.get(index);
    return pair.disturbed(foreignShareMax) ? pair.foreignShare() : 0;
  }

  private Spread spread(ToDoubleFunction<Pair> value) {
    return Spread.of(counted().stream().mapToDouble(value).toArray());
  }
}
