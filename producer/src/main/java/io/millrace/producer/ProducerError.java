package io.millrace.producer;

import io.millrace.wire.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong with a message, a call or the producer.
 *
 * <p>Codes from 0 on are the protocol's; negative ones, except -1, were found on this side and have
 * librdkafka's numbers and names ({@link LocalError}).
 *
 * <p>The three predicates are independent: {@link #retriable} says that the same call may succeed
 * later; {@link #fatal} that this producer cannot go on and must be closed; {@link
 * #txnRequiresAbort} that the transaction cannot be committed any more.
 *
 * @param code numerically the protocol's or librdkafka's
 * @param name as in the protocol's table ({@code NOT_LEADER_OR_FOLLOWER}) or in librdkafka's
 *     ({@code _MSG_TIMED_OUT})
 * @param message a sentence: what, and where known which limit and what to do
 */
public record ProducerError(
    int code,
    String name,
    String message,
    boolean retriable,
    boolean fatal,
    boolean txnRequiresAbort,
    Persisted persisted) {

  /** Whether the broker has the message. */
  public enum Persisted {
    /** It was never sent, or a broker said that it was not stored. */
    NOT,
    /** It was sent, and no answer came that tells. */
    POSSIBLY,
    /** A broker said that it is stored. */
    YES
  }

  static ProducerError of(LocalError error, String message) {
    return new ProducerError(
        error.code(), error.label(), message, error.retriable(), false, false, Persisted.NOT);
  }

  static ProducerError of(short code, @Nullable String message) {
    ErrorCode error = ErrorCode.forCode(code);
    String text = message == null || message.isBlank() ? error.message() : message;
    return new ProducerError(
        code, error.name(), text, error.retriable(), false, false, Persisted.NOT);
  }

  ProducerError withPersisted(Persisted now) {
    return new ProducerError(code, name, message, retriable, fatal, txnRequiresAbort, now);
  }

  ProducerError asFatal() {
    return new ProducerError(code, name, message, false, true, false, persisted);
  }

  ProducerError requiringAbort() {
    return new ProducerError(code, name, message, false, false, true, persisted);
  }

  @Override
  public String toString() {
    return name + " (" + code + "): " + message;
  }
}
