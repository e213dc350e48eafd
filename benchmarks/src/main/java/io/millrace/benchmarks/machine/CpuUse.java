package io.millrace.benchmarks.machine;

/**
 * Processor time over a span, in seconds.
 *
 * @param elapsed length of the span
 * @param broker the broker's whole process tree
 * @param client the clients that ended in the span
 * @param machine everything that ran, the kernel's own threads and interrupts included
 * @param foreign what neither we nor the kernel's threads used, and what the host took away
 */
public record CpuUse(double elapsed, double broker, double client, double machine, double foreign) {
  /** Foreign time as a share of all that the machine's cores could have given, 0 to 1. */
  public double foreignShare() {
    return elapsed <= 0 ? 0 : foreign / (elapsed * Runtime.getRuntime().availableProcessors());
  }
}
