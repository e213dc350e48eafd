package io.millrace.producer;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Waits of who came when there was no room.
 *
 * @param attemptsMax how often it is tried
 * @param firstNanos the first wait
 */
record Backoff(int attemptsMax, long firstNanos) {

  private static final long WAIT_NANOS_MAX = TimeUnit.MINUTES.toNanos(5);

  Backoff {
    if (attemptsMax < 1) {
      throw new IllegalArgumentException("attempts must be 1 at least: " + attemptsMax);
    }
    if (firstNanos < 0) {
      throw new IllegalArgumentException("the first wait cannot be negative");
    }
  }

  /** How long to wait after an attempt: doubled each time, give or take a fifth. */
  long nanos(int attempt, Chance chance) {
    double doubled = firstNanos * Math.pow(2, Math.min(30, attempt - 1));
    return (long) (Math.min(WAIT_NANOS_MAX, doubled) * (0.8 + 0.4 * chance.fraction()));
  }

  /**
   * Waits.
   *
   * @param served is handed over meanwhile; null for nothing
   */
  void await(int attempt, @Nullable ReportQueue served, Clock clock, Chance chance)
      throws InterruptedException {
    long end = clock.nanos() + nanos(attempt, chance);
    for (long left; (left = end - clock.nanos()) > 0; ) {
      if (served == null) {
        TimeUnit.NANOSECONDS.sleep(left);
      } else {
        served.serve(Integer.MAX_VALUE, left);
      }
    }
  }
}
