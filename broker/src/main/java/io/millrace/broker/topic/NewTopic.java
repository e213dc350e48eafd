package io.millrace.broker.topic;

import java.util.Map;

/**
 * A topic that somebody wants.
 *
 * @param partitions how many; -1 for the broker's default
 * @param replicationFactor -1 for the broker's default
 * @param settings what it sets itself
 */
public record NewTopic(
    String name, int partitions, int replicationFactor, Map<String, String> settings) {}
