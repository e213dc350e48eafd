package io.millrace.shard;

/** Time that stands still until a test moves it. */
final class ManualClock implements Clock {

  private long millis = 1_700_000_000_000L;
  private long nanos = 1;

  @Override
  public synchronized long millis() {
    return millis;
  }

  @Override
  public synchronized long nanos() {
    return nanos;
  }

  synchronized void advanceMs(long ms) {
    millis += ms;
    nanos += ms * 1_000_000;
  }
}
