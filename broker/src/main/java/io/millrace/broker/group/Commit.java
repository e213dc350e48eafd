package io.millrace.broker.group;

import io.millrace.log.LogId;

/**
 * Where a group is to stand in one log.
 *
 * @param metadata a text of the consumer's own, empty if it has none
 */
public record Commit(LogId log, long offset, int leaderEpoch, String metadata) {}
