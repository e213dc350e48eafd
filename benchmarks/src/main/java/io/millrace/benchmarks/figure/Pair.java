package io.millrace.benchmarks.figure;

/** A run of A and the run of B that followed it at once: what a ratio is made of. */
public record Pair(Sample a, Sample b) implements Disturbed {
  /** The ratio A to B; not finite where B is nothing. */
  public double ratio(Metric metric) {
    return a.get(metric) / b.get(metric);
  }

  @Override
  public double foreignShare() {
    return Math.max(a.foreignShare(), b.foreignShare());
  }
}
