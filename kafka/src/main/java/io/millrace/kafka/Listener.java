package io.millrace.kafka;

/**
 * One address on which clients are served, and the address that they are told to come back to.
 *
 * @param name how the settings call it
 * @param advertisedHost told to clients in Metadata
 * @param advertisedPort told to clients in Metadata
 */
public record Listener(String name, String advertisedHost, int advertisedPort) {}
