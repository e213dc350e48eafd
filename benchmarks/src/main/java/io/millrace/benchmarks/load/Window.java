package io.millrace.benchmarks.load;

import io.millrace.benchmarks.machine.CpuSnapshot;
import io.millrace.benchmarks.machine.CpuUse;
import io.millrace.benchmarks.machine.ProcessTable;
import io.millrace.benchmarks.process.Commands;
import java.util.function.Supplier;

/**
 * What a client gave, and what it cost.
 *
 * @param result of the client
 * @param running from just before the client starts to its exit
 * @param rested from the same beginning until the broker has come to rest and the file system is
 *     synced; its client time means nothing
 */
record Window<T>(T result, CpuUse running, CpuUse rested) {
  private static final long REST_CHECK_MS = 250;
  private static final int REST_CHECKS_MAX = 60;

  /** Busier than this share of a core is not at rest. */
  private static final double REST_SHARE = 0.08;

  /** Runs a client against the broker of a turn. */
  static <T> Window<T> over(Turn turn, Supplier<T> client) {
    long pid = turn.peer().pid();
    CpuSnapshot begin = CpuSnapshot.take(pid, turn.waitingPid());
    T result = client.get();
    CpuSnapshot end = CpuSnapshot.take(pid, turn.waitingPid());
    awaitRest(pid);
    Commands.syncFileSystem(turn.data());
    CpuSnapshot rest = CpuSnapshot.take(pid, turn.waitingPid());
    return new Window<>(result, begin.until(end), begin.until(rest));
  }

  private static void awaitRest(long pid) {
    double used = ProcessTable.read().treeSeconds(pid);
    for (int i = 0; i < REST_CHECKS_MAX; i++) {
      sleep();
      double now = ProcessTable.read().treeSeconds(pid);
      if (now - used <= REST_SHARE * REST_CHECK_MS / 1000) {
        return;
      }
      used = now;
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(REST_CHECK_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
