package io.millrace.producer;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** The machine's clock, moved by a test. */
final class MovedClock implements Clock {

  private final AtomicLong nanosMoved = new AtomicLong();
  private final AtomicLong millisMoved = new AtomicLong();

  /** Time passes. */
  void move(Duration by) {
    nanosMoved.addAndGet(by.toNanos());
    millisMoved.addAndGet(by.toMillis());
  }

  /** Somebody sets the wall clock, either way. */
  void set(Duration by) {
    millisMoved.addAndGet(by.toMillis());
  }

  @Override
  public long millis() {
    return System.currentTimeMillis() + millisMoved.get();
  }

  @Override
  public long nanos() {
    return System.nanoTime() + nanosMoved.get();
  }
}
