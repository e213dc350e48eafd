package io.millrace.producer;

/** Gets the final report on a message. */
@FunctionalInterface
public interface DeliveryCallback {

  /**
   * Called exactly once for each message that was accepted, by the thread that serves reports. What
   * it throws is counted and logged, and changes nothing.
   *
   * @param report valid beyond the call, except for key, value and headers, which are views of
   *     memory that is used again: copy what is needed later
   */
  void delivered(DeliveryReport report);
}
