package io.millrace.benchmarks.figure;

import java.util.List;

/** One run of each racer, one right after the other: what the ratios of a race are made of. */
public record Round(List<Sample> samples) implements Disturbed {
  public Round {
    samples = List.copyOf(samples);
  }

  /** The ratio of the first racer to another; not finite where one of them did not measure it. */
  public double ratio(int other, Metric metric) {
    return samples.getFirst().get(metric) / samples.get(other).get(metric);
  }

  @Override
  public double foreignShare() {
    return samples.stream().mapToDouble(Sample::foreignShare).max().orElse(0);
  }
}
