package io.millrace.benchmarks.load;

import io.millrace.benchmarks.figure.Metric;
import io.millrace.benchmarks.figure.Sample;
import io.millrace.benchmarks.machine.CpuSnapshot;
import io.millrace.benchmarks.machine.CpuUse;
import io.millrace.benchmarks.machine.MemoryStatus;
import java.util.List;

/**
 * A fresh broker that nobody uses: memory 30 s after it was ready, processor time in the 30 s after
 * that.
 */
public final class IdleLoad implements Load {
  private static final Metric ANONYMOUS = new Metric("RssAnon MiB", 0);
  private static final Metric RESIDENT = new Metric("VmRSS MiB", 0);
  private static final Metric CPU = new Metric("broker CPU ms a second", 2);

  private final int seconds;

  /**
   * An idle broker.
   *
   * @param seconds to wait before memory is read, and again while processor time is counted
   */
  public IdleLoad(int seconds) {
    this.seconds = seconds;
  }

  @Override
  public String title() {
    return "idle: fresh, memory " + seconds + " s after ready, CPU over the next " + seconds + " s";
  }

  @Override
  public List<String> settings() {
    return List.of("no client");
  }

  @Override
  public long bytes() {
    return 1 << 20;
  }

  @Override
  public boolean startsBroker() {
    return true;
  }

  @Override
  public int warmUps() {
    return 0;
  }

  @Override
  public Sample run(Turn turn) {
    StoppedBroker.clear(turn);
    turn.peer().startFresh(turn.data());
    sleep();
    long pid = turn.peer().pid();
    MemoryStatus memory = MemoryStatus.ofTree(pid);
    CpuSnapshot begin = CpuSnapshot.take(pid, 0);
    sleep();
    CpuUse use = begin.until(CpuSnapshot.take(pid, 0));
    turn.peer().stop();
    return new Sample()
        .put(ANONYMOUS, memory.anonymous())
        .put(RESIDENT, memory.resident())
        .put(CPU, use.broker() * 1000 / use.elapsed())
        .foreign(use.foreignShare());
  }

  private void sleep() {
    try {
      Thread.sleep(seconds * 1000L);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
