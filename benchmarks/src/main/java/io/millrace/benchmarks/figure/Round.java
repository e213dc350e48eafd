package io.millrace.benchmarks.figure;

import java.util.List;

/** One run of each racer, one right after the other: what the ratios of a race are made of. */
public record Round(List<Sample> samples) {
  public Round {
    samples = List.copyOf(samples);
  }

  /** The ratio of the first racer to another; not finite where one of them did not measure it. */
  public double ratio(int other, Metric metric) {
    return samples.getFirst().get(metric) / samples.get(other).get(metric);
  }

  /** How much of the machine others took in the run where they took most, 0 to 1. */
  public double foreignShare() {
    return samples.stream().mapToDouble(Sample::foreignShare).max().orElse(0);
  }

  /** Whether others took more than a share of the machine in any of the runs. */
  public boolean disturbed(double foreignShareMax) {
    return foreignShare() > foreignShareMax;
  }
}
