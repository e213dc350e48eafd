package io.millrace.producer;

import java.util.concurrent.TimeUnit;

/**
 * What every connection of a producer is made with.
 *
 * @param clientId {@code client.id}
 * @param requestNanosMax {@code request.timeout.ms}
 * @param connectNanosMax {@code socket.connection.setup.timeout.ms}
 * @param idleNanosMax {@code connections.max.idle.ms}, 0 for never
 * @param reconnectMs {@code reconnect.backoff.ms}
 * @param reconnectMsMax {@code reconnect.backoff.max.ms}
 * @param receiveBytesMax {@code receive.message.max.bytes}
 */
record LinkSettings(
    String clientId,
    long requestNanosMax,
    long connectNanosMax,
    long idleNanosMax,
    int reconnectMs,
    int reconnectMsMax,
    int receiveBytesMax,
    int sendBufferBytes,
    int receiveBufferBytes,
    boolean noDelay,
    boolean keepAlive) {

  /** What brokers are told about this software. */
  static final String VERSION = "0.1.0";

  /**
   * How long to wait after so many failures in a row: doubled each time, give or take a quarter.
   */
  long reconnectNanos(int failures, Chance chance) {
    double ms = Math.min(reconnectMsMax, reconnectMs * Math.pow(2, Math.min(30, failures - 1)));
    double jitter = 0.75 + 0.5 * chance.fraction();
    return TimeUnit.MILLISECONDS.toNanos(1) * (long) (ms * jitter);
  }
}
