package io.millrace.producer;

import java.util.ArrayDeque;
import java.util.List;

/** How the last minute went, second by second. Not thread safe. */
final class Seconds {

  private static final int KEPT = 60;
  private static final long SECOND_NANOS = 1_000_000_000L;

  /**
   * One second.
   *
   * @param endNanos when it ended, by the monotonic clock
   * @param sent messages sent in it, per second if it was longer
   * @param heldMessages messages that were held at its end
   * @param heldBytes their bytes
   */
  record Second(long endNanos, double sent, long heldMessages, long heldBytes) {}

  private final ArrayDeque<Second> seconds = new ArrayDeque<>();
  private long beganNanos;
  private double sentThen;
  private boolean begun;

  /**
   * Time has passed: ends the second, if it is over.
   *
   * @param sent how many messages were ever sent
   */
  void tick(long nowNanos, double sent, long heldMessages, long heldBytes) {
    long length = nowNanos - beganNanos;
    if (begun && length < SECOND_NANOS) {
      return;
    }
    if (begun) {
      double perSecond = (sent - sentThen) * SECOND_NANOS / length;
      seconds.add(new Second(nowNanos, perSecond, heldMessages, heldBytes));
      if (seconds.size() > KEPT) {
        seconds.poll();
      }
    }
    begun = true;
    beganNanos = nowNanos;
    sentThen = sent;
  }

  /** The seconds of the last minute, oldest first. */
  List<Second> recent(long nowNanos) {
    return seconds.stream()
        .filter(one -> nowNanos - one.endNanos <= (KEPT + 1) * SECOND_NANOS)
        .toList();
  }
}
