package io.millrace.kafka;

import io.millrace.wire.Message;

/**
 * Serves one API.
 *
 * @param <Q> its request
 */
@FunctionalInterface
public interface Handler<Q extends Message> {

  /**
   * Serves a request. Runs on the connection's loop, so it must not block; the answer may come
   * later and from any thread.
   */
  void handle(Q request, Exchange exchange);
}
