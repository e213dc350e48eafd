package io.millrace.benchmarks.load;

import io.millrace.benchmarks.machine.CpuSnapshot;
import io.millrace.benchmarks.peer.Peer;

/**
 * How much of the machine others take while a broker starts: no broker runs at the beginning, one
 * does at the end.
 */
final class ForeignShare {
  /** No process has this id. */
  private static final long NONE = 0;

  private final CpuSnapshot begin = CpuSnapshot.take(NONE, NONE);

  private ForeignShare() {}

  static ForeignShare begin() {
    return new ForeignShare();
  }

  /**
   * The share since the beginning, 0 to 1, with all that {@code peer} has used since its start as
   * ours.
   */
  double end(Peer peer) {
    return begin.until(CpuSnapshot.take(peer.pid(), NONE)).foreignShare();
  }
}
