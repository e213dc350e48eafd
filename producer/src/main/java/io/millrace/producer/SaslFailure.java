package io.millrace.producer;

/** An authentication that came to nothing; the message says what to do, and has no secret in it. */
final class SaslFailure extends Exception {

  SaslFailure(String message) {
    super(message);
  }

  SaslFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
