package io.millrace.broker.transaction;

/** How far the latest transaction of a transactional id has come; with Kafka's names. */
public enum TransactionPhase {
  /** There was none since the producer was initialised. */
  EMPTY("Empty"),
  /** It is open. */
  ONGOING("Ongoing"),
  /** It is decided that its records count; not every log says so yet. */
  COMMITTING("PrepareCommit"),
  /** It is decided that its records do not count; not every log says so yet. */
  ABORTING("PrepareAbort"),
  /** Every log says that its records count. */
  COMMITTED("CompleteCommit"),
  /** Every log says that its records do not count. */
  ABORTED("CompleteAbort"),
  /** The transactional id is about to be forgotten. */
  DEAD("Dead");

  private final String kafkaName;

  TransactionPhase(String kafkaName) {
    this.kafkaName = kafkaName;
  }

  public String kafkaName() {
    return kafkaName;
  }

  boolean isEnding() {
    return this == COMMITTING || this == ABORTING;
  }

  static TransactionPhase ending(boolean commit) {
    return commit ? COMMITTING : ABORTING;
  }

  static TransactionPhase ended(boolean commit) {
    return commit ? COMMITTED : ABORTED;
  }
}
