package io.millrace.producer;

/**
 * What became of messages that could not be delivered, with {@code failure.policy=dead_letter}.
 *
 * @param sent stored in topics of dead letters
 * @param spilled written to the spill file
 * @param lost reported as failed and kept nowhere: the file could not be written either
 */
public record DeadLetterCounts(long sent, long spilled, long lost) {}
