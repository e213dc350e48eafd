package io.millrace.shard;

import java.util.PriorityQueue;

/**
 * What is to be done on the shard's thread at a later time. A binary heap: cheap at the some
 * thousand timers that group members and waiting requests make. Not thread safe.
 */
public final class Timers {

  private final Clock clock;
  private final PriorityQueue<Timer> queue = new PriorityQueue<>();
  private int cancelled;

  Timers(Clock clock) {
    this.clock = clock;
  }

  /** Something to be done once; may be called off. */
  public final class Timer implements Comparable<Timer> {
    private final long atNanos;
    private final Runnable action;
    private boolean done;

    private Timer(long atNanos, Runnable action) {
      this.atNanos = atNanos;
      this.action = action;
    }

    /** Calls it off; one that has run or was called off is left alone. */
    public void cancel() {
      if (!done) {
        done = true;
        cancelled++;
        if (cancelled > 64 && cancelled > queue.size() / 2) {
          queue.removeIf(timer -> timer.done);
          cancelled = 0;
        }
      }
    }

    @Override
    public int compareTo(Timer other) {
      return Long.signum(atNanos - other.atNanos);
    }
  }

  /**
   * Has {@code action} run on the shard's thread after {@code delayMs} ms. Only from that thread.
   */
  public Timer after(long delayMs, Runnable action) {
    Timer timer = new Timer(clock.nanos() + delayMs * 1_000_000, action);
    queue.add(timer);
    return timer;
  }

  /** Runs what was due at {@code nowNanos} and has not been called off since. */
  void runDue(long nowNanos) {
    while (!queue.isEmpty() && (queue.peek().done || queue.peek().atNanos - nowNanos <= 0)) {
      Timer timer = queue.poll();
      if (timer.done) {
        cancelled--;
      } else {
        timer.done = true;
        timer.action.run();
      }
    }
  }

  /** ns until the next is due, {@code Long.MAX_VALUE} if there is none. */
  long nanosToNext() {
    return queue.isEmpty() ? Long.MAX_VALUE : Math.max(0, queue.peek().atNanos - clock.nanos());
  }
}
