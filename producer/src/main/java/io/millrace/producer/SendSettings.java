package io.millrace.producer;

import io.millrace.record.Compression;

/**
 * How batches are sent.
 *
 * @param acks {@code acks}: 0, 1 or -1 for all
 * @param ackTimeoutMs {@code request.timeout.ms}, told to the broker
 * @param lingerNanos {@code linger.ms}
 * @param requestBytesMax {@code message.max.bytes}
 * @param inFlightMax {@code max.in.flight.requests.per.connection}
 * @param backpressure {@code queue.buffering.backpressure.threshold}
 * @param retries {@code retries}
 * @param retryMs {@code retry.backoff.ms}
 * @param retryMsMax {@code retry.backoff.max.ms}
 * @param gapless {@code enable.gapless.guarantee}
 */
record SendSettings(
    short acks,
    int ackTimeoutMs,
    long lingerNanos,
    int requestBytesMax,
    int inFlightMax,
    int backpressure,
    int retries,
    int retryMs,
    int retryMsMax,
    boolean gapless,
    Compression compression,
    int compressionLevel) {

  /** How long to wait before an attempt: doubled each time, give or take a fifth. */
  long retryNanos(int attempts, Chance chance) {
    double ms = Math.min(retryMsMax, retryMs * Math.pow(2, Math.min(30, attempts - 1)));
    double jitter = 0.8 + 0.4 * chance.fraction();
    return (long) (ms * jitter * 1_000_000);
  }
}
