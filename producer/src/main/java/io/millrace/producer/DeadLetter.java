package io.millrace.producer;

import org.jspecify.annotations.Nullable;

/**
 * The message behind a dead letter, for its one report. Stands where the dead letter's opaque
 * would.
 *
 * @param error why it was not delivered
 * @param opaque the application's
 * @param acceptedNanos when it was accepted, by the monotonic clock
 * @param headerCount how many headers it had
 */
record DeadLetter(
    String topic,
    int partition,
    ProducerError error,
    @Nullable Object opaque,
    long acceptedNanos,
    int headerCount) {}
