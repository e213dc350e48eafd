package io.millrace.producer;

/**
 * What is done in a transaction: see {@link Producer#inTransaction}. It may be run several times.
 */
@FunctionalInterface
public interface TransactionBody<T, E extends Exception> {
  T run() throws E, InterruptedException;
}
