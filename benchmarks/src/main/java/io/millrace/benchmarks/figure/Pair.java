package io.millrace.benchmarks.figure;

/** A run of A and the run of B that followed it at once: what a ratio is made of. */
public record Pair(Sample a, Sample b) {
  /** The ratio A to B; not finite where B is nothing. */
  public double ratio(Metric metric) {
    return a.get(metric) / b.get(metric);
  }

  /** How much of the machine others took in the run where they took more, 0 to 1. */
  public double foreignShare() {
    return Math.max(a.foreignShare(), b.foreignShare());
  }

  /** Whether others took more than a share of the machine in either run. */
  public boolean disturbed(double foreignShareMax) {
    return foreignShare() > foreignShareMax;
  }
}
