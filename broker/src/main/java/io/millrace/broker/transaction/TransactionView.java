package io.millrace.broker.transaction;

import io.millrace.log.LogId;
import java.util.List;

/**
 * A transactional id as others see it.
 *
 * @param startedMs when its open transaction began, by the sequencer's clock; -1 if none is open
 * @param logs where the transaction has, or may have, records
 */
public record TransactionView(
    String id,
    ProducerIdentity producer,
    TransactionPhase phase,
    int timeoutMs,
    long startedMs,
    List<LogId> logs) {}
