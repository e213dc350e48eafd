package io.millrace.shard;

/**
 * How many open and aborted transactions the logs of a shard remember together. Each counts in
 * every log that it reached, and takes 32 bytes there once it was aborted, or up to 64 while the
 * array that it is in has room for more.
 *
 * <p>At the bound a batch that would open a transaction in a log is refused. What is open may still
 * be written to and ended, so there are more than the bound by as many as fit into the entries
 * under way. Room comes back with commits, retention, trims and compaction.
 *
 * <p>Belongs to the shard's thread.
 */
final class TransactionBound {

  private final int most;
  private int count;

  TransactionBound(int most) {
    this.most = most;
  }

  void added(int transactions) {
    count += transactions;
  }

  void removed(int transactions) {
    count -= transactions;
  }

  int count() {
    return count;
  }

  boolean isReached() {
    return count >= most;
  }
}
