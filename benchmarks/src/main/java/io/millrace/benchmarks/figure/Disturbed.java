package io.millrace.benchmarks.figure;

/** Runs that belong together, and how much others had of the machine meanwhile. */
interface Disturbed {
  /** How much of the machine others took in the run where they took most, 0 to 1. */
  double foreignShare();

  /** Whether others took more than a share of the machine in any of the runs. */
  default boolean disturbed(double foreignShareMax) {
    return foreignShare() > foreignShareMax;
  }
}
