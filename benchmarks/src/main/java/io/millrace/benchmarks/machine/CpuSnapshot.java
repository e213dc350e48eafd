package io.millrace.benchmarks.machine;

import java.util.Map;

/**
 * Processor time so far, at one moment: of one broker, of the other, of ended clients, of
 * ourselves, of the machine.
 *
 * <p>A client is a child of ours and counts when it has ended: the kernel then adds its time, exact
 * and complete, to what we have waited for. So between two snapshots no broker that we started may
 * end.
 */
public final class CpuSnapshot {
  private final long nanos;
  private final double subject;
  private final double other;
  private final double clients;
  private final double ourselves;
  private final Map<Long, Double> kernel;
  private final MachineStat machine;

  private CpuSnapshot(long subject, long other) {
    ProcessTable table = ProcessTable.read();
    ProcessStat self = table.get(ProcessHandle.current().pid());
    this.machine = MachineStat.read();
    this.nanos = System.nanoTime();
    this.subject = table.treeSeconds(subject);
    this.other = other == 0 ? 0 : table.treeSeconds(other);
    this.clients = self.waitedTicks() / ProcessStat.TICKS_PER_SECOND;
    this.ourselves = self.ownTicks() / ProcessStat.TICKS_PER_SECOND;
    this.kernel = table.kernelSeconds();
  }

  /**
   * Takes a snapshot.
   *
   * @param subject process id of the broker that is measured
   * @param other process id of the broker that waits for its turn, or 0
   */
  public static CpuSnapshot take(long subject, long other) {
    return new CpuSnapshot(subject, other);
  }

  /** What was used from this snapshot to a later one. */
  public CpuUse until(CpuSnapshot end) {
    double kernelThreads = 0;
    for (Map.Entry<Long, Double> thread : end.kernel.entrySet()) {
      kernelThreads += thread.getValue() - kernel.getOrDefault(thread.getKey(), 0.0);
    }
    double broker = end.subject - subject;
    double client = end.clients - clients;
    double ours = broker + client + (end.other - other) + (end.ourselves - ourselves);
    double programs = end.machine.programs() - machine.programs();
    double stolen = end.machine.stolen() - machine.stolen();
    return new CpuUse(
        (end.nanos - nanos) / 1e9,
        broker,
        client,
        programs + end.machine.interrupts() - machine.interrupts(),
        Math.max(0, programs - ours - kernelThreads) + stolen);
  }
}
