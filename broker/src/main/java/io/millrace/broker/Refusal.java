package io.millrace.broker;

/**
 * A request that is not granted: why, and a sentence for the user that names what was refused, the
 * limit, and what to do.
 */
public record Refusal(Reason reason, String message) {

  /** Why. Each front door knows its own code for each of these. */
  public enum Reason {
    INVALID_REQUEST,
    UNKNOWN_TOPIC,
    UNKNOWN_TOPIC_ID,
    TOPIC_EXISTS,
    INVALID_TOPIC_NAME,
    INVALID_PARTITIONS,
    INVALID_REPLICATION_FACTOR,
    INVALID_REPLICA_ASSIGNMENT,
    INVALID_SETTING,
    OFFSET_OUT_OF_RANGE,
    POLICY_VIOLATION,
    STORAGE,
    COORDINATOR_NOT_AVAILABLE,
    INVALID_GROUP_ID,
    GROUP_NOT_FOUND,
    GROUP_NOT_EMPTY,
    GROUP_FULL,
    GROUP_SUBSCRIBED_TO_TOPIC,
    MEMBER_ID_REQUIRED,
    UNKNOWN_MEMBER,
    ILLEGAL_GENERATION,
    REBALANCE_IN_PROGRESS,
    FENCED_INSTANCE,
    INCONSISTENT_PROTOCOL,
    INVALID_SESSION_TIMEOUT,
    OFFSET_METADATA_TOO_LARGE,
    INVALID_TRANSACTION_STATE,
    INVALID_TRANSACTION_TIMEOUT,
    CONCURRENT_TRANSACTIONS,
    PRODUCER_FENCED,
    OTHER_PRODUCER_ID,
    TRANSACTIONAL_ID_NOT_FOUND
  }

  public static Refusal of(Reason reason, String message) {
    return new Refusal(reason, message);
  }
}
