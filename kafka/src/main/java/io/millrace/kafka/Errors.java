package io.millrace.kafka;

import io.millrace.broker.Refusal;
import io.millrace.broker.RefusedException;
import io.millrace.shard.AppendRefusal;
import io.millrace.wire.ErrorCode;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Which of Kafka's error codes says what the floors below refused. */
public final class Errors {

  private Errors() {}

  /** The code for a refusal of the broker. */
  public static ErrorCode of(Refusal.Reason reason) {
    return switch (reason) {
      case INVALID_REQUEST -> ErrorCode.INVALID_REQUEST;
      case UNKNOWN_TOPIC -> ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      case UNKNOWN_TOPIC_ID -> ErrorCode.UNKNOWN_TOPIC_ID;
      case TOPIC_EXISTS -> ErrorCode.TOPIC_ALREADY_EXISTS;
      case INVALID_TOPIC_NAME -> ErrorCode.INVALID_TOPIC_EXCEPTION;
      case INVALID_PARTITIONS -> ErrorCode.INVALID_PARTITIONS;
      case INVALID_REPLICATION_FACTOR -> ErrorCode.INVALID_REPLICATION_FACTOR;
      case INVALID_REPLICA_ASSIGNMENT -> ErrorCode.INVALID_REPLICA_ASSIGNMENT;
      case INVALID_SETTING -> ErrorCode.INVALID_CONFIG;
      case OFFSET_OUT_OF_RANGE -> ErrorCode.OFFSET_OUT_OF_RANGE;
      case POLICY_VIOLATION -> ErrorCode.POLICY_VIOLATION;
      case STORAGE -> ErrorCode.KAFKA_STORAGE_ERROR;
      case COORDINATOR_NOT_AVAILABLE -> ErrorCode.COORDINATOR_NOT_AVAILABLE;
      case INVALID_GROUP_ID -> ErrorCode.INVALID_GROUP_ID;
      case GROUP_NOT_FOUND -> ErrorCode.GROUP_ID_NOT_FOUND;
      case GROUP_NOT_EMPTY -> ErrorCode.NON_EMPTY_GROUP;
      case GROUP_FULL -> ErrorCode.GROUP_MAX_SIZE_REACHED;
      case GROUP_SUBSCRIBED_TO_TOPIC -> ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC;
      case MEMBER_ID_REQUIRED -> ErrorCode.MEMBER_ID_REQUIRED;
      case UNKNOWN_MEMBER -> ErrorCode.UNKNOWN_MEMBER_ID;
      case ILLEGAL_GENERATION -> ErrorCode.ILLEGAL_GENERATION;
      case REBALANCE_IN_PROGRESS -> ErrorCode.REBALANCE_IN_PROGRESS;
      case FENCED_INSTANCE -> ErrorCode.FENCED_INSTANCE_ID;
      case INCONSISTENT_PROTOCOL -> ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
      case INVALID_SESSION_TIMEOUT -> ErrorCode.INVALID_SESSION_TIMEOUT;
      case OFFSET_METADATA_TOO_LARGE -> ErrorCode.OFFSET_METADATA_TOO_LARGE;
      case INVALID_TRANSACTION_STATE -> ErrorCode.INVALID_TXN_STATE;
      case INVALID_TRANSACTION_TIMEOUT -> ErrorCode.INVALID_TRANSACTION_TIMEOUT;
      case CONCURRENT_TRANSACTIONS -> ErrorCode.CONCURRENT_TRANSACTIONS;
      case PRODUCER_FENCED -> ErrorCode.PRODUCER_FENCED;
      case OTHER_PRODUCER_ID -> ErrorCode.INVALID_PRODUCER_ID_MAPPING;
      case TRANSACTIONAL_ID_NOT_FOUND -> ErrorCode.TRANSACTIONAL_ID_NOT_FOUND;
    };
  }

  /** The code for a batch that the validator refused. */
  public static ErrorCode of(io.millrace.record.Refusal refusal) {
    return switch (refusal) {
      case CORRUPT_MESSAGE -> ErrorCode.CORRUPT_MESSAGE;
      case MESSAGE_TOO_LARGE -> ErrorCode.MESSAGE_TOO_LARGE;
      case INVALID_TIMESTAMP -> ErrorCode.INVALID_TIMESTAMP;
      case UNSUPPORTED_FOR_MESSAGE_FORMAT -> ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT;
      case UNSUPPORTED_COMPRESSION_TYPE -> ErrorCode.UNSUPPORTED_COMPRESSION_TYPE;
      case INVALID_RECORD -> ErrorCode.INVALID_RECORD;
    };
  }

  /** The code for a batch that the sequencer refused. */
  public static ErrorCode of(AppendRefusal refusal) {
    return switch (refusal) {
      case NO_SUCH_LOG -> ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      case OUT_OF_ORDER_SEQUENCE -> ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER;
      case OLD_PRODUCER_EPOCH -> ErrorCode.INVALID_PRODUCER_EPOCH;
      case NO_OPEN_TRANSACTION, OUTSIDE_ITS_TRANSACTION -> ErrorCode.INVALID_TXN_STATE;
      case OTHER_PRODUCER_ID -> ErrorCode.INVALID_PRODUCER_ID_MAPPING;
      case TRANSACTION_ENDING -> ErrorCode.CONCURRENT_TRANSACTIONS;
      case TOO_MANY_TRANSACTIONS, TOO_MANY_ABORTED -> ErrorCode.POLICY_VIOLATION;
      case DISK_NEARLY_FULL, SHARD_STOPPED -> ErrorCode.KAFKA_STORAGE_ERROR;
    };
  }

  /** The code for what went wrong with a future of the broker; 0 if nothing did. */
  public static short codeOf(@Nullable Throwable failure) {
    return failure == null ? ErrorCode.NONE.code() : of(refusal(failure).reason()).code();
  }

  /** A refusal, to be thrown. */
  public static RefusedException refused(Refusal.Reason reason, String message) {
    return new RefusedException(reason, message);
  }

  /**
   * What went wrong with a future of the broker, as a refusal.
   *
   * @param byName whether the client named the topic, which it did not do by its id
   */
  public static Refusal refusal(Throwable failure, boolean byName) {
    Refusal refusal = refusal(failure);
    return byName && refusal.reason() == Refusal.Reason.UNKNOWN_TOPIC_ID
        ? Refusal.of(Refusal.Reason.UNKNOWN_TOPIC, "the topic was deleted")
        : refusal;
  }

  /** What went wrong with a future of the broker, as a refusal. */
  public static Refusal refusal(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof RefusedException refused) {
      return refused.refusal();
    }
    return Refusal.of(Refusal.Reason.STORAGE, "the broker failed: " + cause);
  }
}
