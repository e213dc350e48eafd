package io.millrace.benchmarks.client;

import java.util.concurrent.ExecutionException;

/** A producer of this JVM, as far as the race needs it. One thread uses it. */
interface RacingProducer extends AutoCloseable {
  /** Sends a record with a callback that counts its report; waits while there is no room for it. */
  void send(byte[] key, byte[] value);

  /** Sends a record and waits for its ack. */
  void sendAndWait(byte[] key, byte[] value) throws InterruptedException, ExecutionException;

  /** Waits until every record sent so far has been reported. */
  void awaitReports() throws InterruptedException;

  /** Makes transactions possible; once, before the first. */
  void initTransactions() throws InterruptedException;

  void beginTransaction() throws InterruptedException;

  /** Ends the transaction; what was sent in it has been reported. */
  void commitTransaction() throws InterruptedException;

  /** What was reported so far of records sent by {@link #send}. */
  Reports reports();

  @Override
  void close();
}
