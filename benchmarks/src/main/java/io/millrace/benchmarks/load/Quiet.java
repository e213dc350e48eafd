package io.millrace.benchmarks.load;

import io.millrace.benchmarks.machine.CpuSnapshot;
import io.millrace.benchmarks.peer.Peer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Puts off a run while others use the machine: a run begun then would only be disturbed. */
final class Quiet {
  private static final long LOOK_MS = 1_000;

  private Quiet() {}

  /**
   * Returns when others took no more than a share of the machine for a second, or when the longest
   * wait is over.
   *
   * @param running whether {@code peer} runs
   */
  static void await(
      Peer peer,
      @Nullable Peer waiting,
      boolean running,
      double foreignShareMax,
      Duration longest) {
    long subject = running ? peer.pid() : 0;
    long other = waiting == null ? 0 : waiting.pid();
    long deadline = System.nanoTime() + longest.toNanos();
    while (System.nanoTime() < deadline) {
      CpuSnapshot begin = CpuSnapshot.take(subject, other);
      sleep();
      if (begin.until(CpuSnapshot.take(subject, other)).foreignShare() <= foreignShareMax) {
        return;
      }
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(LOOK_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
