package io.millrace.broker.group;

/** Where a classic group is in its cycle. */
public enum GroupState {
  /** It has no members; it may have committed offsets. */
  EMPTY("Empty"),
  /** Members are being gathered: whoever does not join in time is left out. */
  PREPARING_REBALANCE("PreparingRebalance"),
  /** A generation has begun; the leader's assignment is awaited. */
  COMPLETING_REBALANCE("CompletingRebalance"),
  /** Everybody has an assignment. */
  STABLE("Stable"),
  /** It has been deleted. */
  DEAD("Dead");

  private final String kafkaName;

  GroupState(String kafkaName) {
    this.kafkaName = kafkaName;
  }

  /** As Kafka's tools print it. */
  public String kafkaName() {
    return kafkaName;
  }
}
