package io.millrace.producer;

/** Where a transactional producer is; which follows which is told in {@link Transactions}. */
enum TransactionState {
  /** {@code initTransactions} was not called. */
  UNINITIALIZED("Init"),
  /** The coordinator was asked for a producer id, and ends what a predecessor left open. */
  INITIALIZING("WaitPID"),
  /** There is an id, and the call that wanted it has gone: it will be told when it comes again. */
  INITIALIZED("ReadyNotAcked"),
  /** A transaction can begin. */
  READY("Ready"),
  /** Messages are taken and sent. */
  OPEN("InTransaction"),
  /** No more messages are taken; those that were are on their way. */
  FLUSHING("BeginCommit"),
  /** Every message is stored; the coordinator was asked to commit. */
  COMMITTING("CommittingTransaction"),
  /** It is committed, and the call that wanted it has gone. */
  COMMITTED("CommitNotAcked"),
  /** Something has failed: the transaction can only be aborted. */
  ABORTABLE("AbortableError"),
  /** What waits is given up, what is under way is awaited. */
  DRAINING("BeginAbort"),
  /** The coordinator was asked to abort. */
  ABORTING("AbortingTransaction"),
  /** It is aborted, and the call that wanted it has gone. */
  ABORTED("AbortNotAcked"),
  /** The producer cannot go on. */
  FATAL("FatalError");

  private final String label;

  TransactionState(String label) {
    this.label = label;
  }

  /** librdkafka's name, as in its statistics. */
  String label() {
    return label;
  }
}
