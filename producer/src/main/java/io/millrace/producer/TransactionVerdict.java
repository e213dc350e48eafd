package io.millrace.producer;

import io.millrace.wire.ErrorCode;

/** What an error code of a coordinator means for a transaction. */
enum TransactionVerdict {
  /** It is done. */
  DONE,
  /** Ask again, very soon: what came before is still being ended. */
  SOON,
  /** Ask again after a while. */
  AGAIN,
  /** Another broker is to be asked. */
  ELSEWHERE,
  /** The transaction can only be aborted. */
  ABORTABLE,
  /** The transaction can only be aborted, and a new epoch must come after it. */
  NEW_EPOCH,
  /** Another producer has taken over. */
  FENCED,
  /** The producer cannot go on. */
  FATAL;

  /**
   * @see <a href="https://cwiki.apache.org/confluence/x/0Q3cB">KIP-360</a>, <a
   *     href="https://cwiki.apache.org/confluence/x/8ItyEg">KIP-1050</a>
   */
  static TransactionVerdict of(ErrorCode code) {
    return switch (code) {
      case NONE -> DONE;
      case CONCURRENT_TRANSACTIONS -> SOON;
      case NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE -> ELSEWHERE;
      case UNKNOWN_PRODUCER_ID, INVALID_PRODUCER_ID_MAPPING -> NEW_EPOCH;
      case PRODUCER_FENCED, INVALID_PRODUCER_EPOCH -> FENCED;
      case TRANSACTION_ABORTABLE,
          TOPIC_AUTHORIZATION_FAILED,
          GROUP_AUTHORIZATION_FAILED,
          INVALID_TOPIC_EXCEPTION,
          OPERATION_NOT_ATTEMPTED,
          POLICY_VIOLATION,
          FENCED_INSTANCE_ID,
          UNKNOWN_MEMBER_ID,
          ILLEGAL_GENERATION,
          STALE_MEMBER_EPOCH,
          REBALANCE_IN_PROGRESS,
          INVALID_GROUP_ID,
          GROUP_ID_NOT_FOUND,
          OFFSET_METADATA_TOO_LARGE,
          INVALID_COMMIT_OFFSET_SIZE ->
          ABORTABLE;
      default -> code.retriable() ? AGAIN : FATAL;
    };
  }
}
