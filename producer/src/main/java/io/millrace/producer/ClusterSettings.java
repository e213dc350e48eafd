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
 * @param idleNanosMax {@code metadata.max.idle.ms}: how long a topic may be idle until it is
 *     forgotten
 * @param allowAutoCreateTopics {@code allow.auto.create.topics}
 * @param rebootstraps {@code metadata.recovery.strategy}: whether the bootstrap addresses are tried
 *     again
 * @param rebootstrapNanos {@code metadata.recovery.rebootstrap.trigger.ms}: how long metadata may
 *     be missing until everything known is forgotten
 */
record ClusterSettings(
    List<HostPort> bootstrap,
    long refreshNanos,
    long retryNanos,
    long propagationNanosMax,
    long idleNanosMax,
    boolean allowAutoCreateTopics,
    boolean rebootstraps,
    long rebootstrapNanos) {}
