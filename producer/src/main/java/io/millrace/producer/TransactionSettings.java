package io.millrace.producer;

/**
 * How transactions are run.
 *
 * @param id {@code transactional.id}
 * @param timeoutMs {@code transaction.timeout.ms}
 */
record TransactionSettings(String id, int timeoutMs) {}
