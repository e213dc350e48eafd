package io.millrace.producer;

/** How a producer proves to brokers who it is: the mechanism, and what it wants. Any thread. */
interface SaslLogin {

  /** As brokers call it. */
  String mechanism();

  /**
   * Begins one authentication. May wait, as for a token.
   *
   * @throws SaslFailure if there is nothing to begin with
   */
  SaslExchange begin() throws SaslFailure;

  /** A broker has refused what the last exchange gave. */
  default void refused() {}
}
