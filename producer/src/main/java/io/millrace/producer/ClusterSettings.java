package io.millrace.producer;

import java.util.List;

/**
 * How brokers and topics are found.
 *
 * @param bootstrap {@code bootstrap.servers}
 * @param refreshNanos {@code metadata.max.age.ms}
 * @param retryNanos {@code retry.backoff.ms}: between two requests for what is not yet known
 * @param propagationNanosMax {@code topic.metadata.propagation.max.ms}: how long a topic may be
 *     unknown
 * @param allowAutoCreateTopics {@code allow.auto.create.topics}
 */
record ClusterSettings(
    List<HostPort> bootstrap,
    long refreshNanos,
    long retryNanos,
    long propagationNanosMax,
    boolean allowAutoCreateTopics) {}
