package io.millrace.producer;

/**
 * A broker holds a producer back, by its quota.
 *
 * @param broker host, port and number
 * @param nodeId the broker's number
 * @param ms for how long; 0 once it no longer does
 * @see ProducerListeners#throttle
 */
public record Throttle(String broker, int nodeId, int ms) {}
