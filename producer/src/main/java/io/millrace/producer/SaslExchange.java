package io.millrace.producer;

import java.util.Optional;

/** What is said in one authentication. Used by one thread at a time. May take its time. */
interface SaslExchange {

  /** The first thing to say. */
  byte[] first() throws SaslFailure;

  /**
   * Hears the broker.
   *
   * @return what to say next; empty once both sides are satisfied
   * @throws SaslFailure if the broker does not prove who it is, or says no
   */
  Optional<byte[]> next(byte[] heard) throws SaslFailure;
}
