package io.millrace.kafka;

/**
 * This broker as clients see it.
 *
 * @param id its number, as in Kafka's {@code node.id}
 * @param clusterId the cluster's id: 22 characters of URL-safe base 64
 */
public record Node(int id, String clusterId) {}
