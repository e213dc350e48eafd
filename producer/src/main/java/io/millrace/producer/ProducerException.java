package io.millrace.producer;

/** A call that was refused; {@link #error} says what, which limit and what to do. */
public class ProducerException extends RuntimeException {

  private final ProducerError error;

  ProducerException(ProducerError error) {
    super(error.toString());
    this.error = error;
  }

  ProducerException(ProducerError error, Throwable cause) {
    super(error.toString(), cause);
    this.error = error;
  }

  /** What went wrong. */
  public final ProducerError error() {
    return error;
  }
}
