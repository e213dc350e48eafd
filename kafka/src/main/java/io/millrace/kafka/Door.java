package io.millrace.kafka;

import io.millrace.broker.Broker;

/**
 * What every handler of the Kafka door works with.
 *
 * @param broker topics, groups and logs
 * @param node this broker as clients see it
 */
public record Door(Broker broker, Node node) {}
