package io.millrace.benchmarks.client;

import java.util.concurrent.atomic.AtomicLong;

/** Counts reports of records, at next to no cost: one thread counts the delivered ones. */
final class Reports {
  private final AtomicLong delivered = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();

  /** Called by one thread only. */
  void delivered() {
    delivered.lazySet(delivered.getPlain() + 1);
  }

  void failed(Object why) {
    if (failed.getAndIncrement() == 0) {
      System.err.println("first record that failed: " + why);
    }
  }

  long deliveredSoFar() {
    return delivered.get();
  }

  long failedSoFar() {
    return failed.get();
  }
}
