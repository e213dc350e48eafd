package io.millrace.producer;

/**
 * Sees every message on its way in, and every final report. Several stand one behind another, in
 * the order in which they were given to {@link ProducerListeners}.
 *
 * <p>Of each message that {@link #onSend} saw, exactly one of the other two is called: {@link
 * #onAcknowledgement} if it was accepted, {@link #onRefusal} if not. What an interceptor throws is
 * counted and logged, and changes nothing: the others, and the message, go on as if it had not been
 * called.
 */
public interface ProducerInterceptor {

  /**
   * Called by the thread that sends, before anything else is done with the message.
   *
   * @return the message to go on with: this one, changed or not, or another
   */
  default ProducerMessage onSend(ProducerMessage message) {
    return message;
  }

  /**
   * Called before the message's own callback, by the thread that serves reports; also of successes
   * that {@code delivery.report.only.error} keeps from callbacks.
   *
   * @param report as for {@link DeliveryCallback#delivered}
   */
  default void onAcknowledgement(DeliveryReport report) {}

  /** Called by the thread that sends, which gets {@code error} thrown. */
  default void onRefusal(ProducerMessage message, ProducerError error) {}
}
