package io.millrace.producer.kafka;

import io.millrace.producer.GroupMember;
import io.millrace.producer.GroupOffset;
import io.millrace.producer.Producer;
import io.millrace.producer.ProducerError;
import io.millrace.producer.ProducerException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * The transactional calls as Kafka's producer makes them: each waits for {@code max.block.ms} at
 * most, and can be made again after a {@code TimeoutException}.
 *
 * <p>As there, a transaction in which a record was refused cannot be committed, even if nobody has
 * looked at its future: the producer underneath leaves that to who calls it, and so it is
 * remembered here.
 */
final class KafkaTransactions {

  private final Producer producer;
  private final KafkaErrors errors;
  private final @Nullable String transactionalId;
  private final Duration wait;
  private volatile @Nullable Exception refused;

  /**
   * @param transactionalId null for a producer without transactions
   * @param wait how long a call may take
   */
  KafkaTransactions(
      Producer producer, KafkaErrors errors, @Nullable String transactionalId, Duration wait) {
    this.producer = producer;
    this.errors = errors;
    this.transactionalId = transactionalId;
    this.wait = wait;
  }

  private interface Call {
    void make() throws InterruptedException;
  }

  void initialize() {
    make(() -> producer.initTransactions(wait));
  }

  void begin() {
    make(producer::beginTransaction);
    refused = null;
  }

  void sendOffsets(Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group) {
    if (offsets.isEmpty()) {
      return;
    }
    requireComplete();
    List<GroupOffset> places = new ArrayList<>();
    offsets.forEach((where, place) ->
        places.add(
            new GroupOffset(
                where.topic(),
                where.partition(),
                place.offset(),
                place.leaderEpoch().orElse(-1),
                place.metadata())));
    GroupMember member =
        new GroupMember(
            group.groupId(),
            group.generationId(),
            group.memberId(),
            group.groupInstanceId().orElse(null));
    make(() -> producer.sendOffsetsToTransaction(places, member, wait));
  }

  void commit() {
    requireComplete();
    make(() -> producer.commitTransaction(wait));
  }

  void abort() {
    make(() -> producer.abortTransaction(wait));
    refused = null;
  }

  /** A record of the transaction was not accepted. */
  void refused(Exception why) {
    if (transactionalId != null && refused == null) {
      refused = why;
    }
  }

  /** Refuses to go on with a transaction of which something is missing. */
  void requireComplete() {
    Exception why = refused;
    if (why != null) {
      throw new KafkaException("a record of the transaction was refused: abort it", why);
    }
  }

  private void make(Call call) {
    if (transactionalId == null) {
      throw new IllegalStateException(
          "there are no transactions without " + ProducerConfig.TRANSACTIONAL_ID_CONFIG);
    }
    try {
      call.make();
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ProducerException e) {
      throw exception(e.error());
    }
  }

  /** What made the transaction one to abort comes as a cause, but for what the group has said. */
  private RuntimeException exception(ProducerError error) {
    if (!error.txnRequiresAbort()) {
      return errors.exception(error);
    }
    return switch (error.code() < -1 ? Errors.NONE : Errors.forCode((short) error.code())) {
      case UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, STALE_MEMBER_EPOCH ->
          new CommitFailedException("the group refuses the offsets: " + error.message());
      case FENCED_INSTANCE_ID, GROUP_AUTHORIZATION_FAILED, TRANSACTION_ABORTABLE ->
          errors.exception(error);
      default -> new KafkaException("the transaction can only be aborted", errors.exception(error));
    };
  }
}
