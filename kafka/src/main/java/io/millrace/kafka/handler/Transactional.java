package io.millrace.kafka.handler;

import io.millrace.broker.transaction.ProducerIdentity;
import io.millrace.broker.transaction.TransactionCoordinator;
import io.millrace.broker.transaction.TransactionCoordinator.Speaker;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.wire.ErrorCode;
import org.jspecify.annotations.Nullable;

/** What the handlers of transactions have in common. */
final class Transactional {

  private Transactional() {}

  static TransactionCoordinator coordinator(Door door, String transactionalId) {
    return door.broker().transactions().of(transactionalId);
  }

  static Speaker speaker(
      Exchange exchange, String transactionalId, long producerId, short producerEpoch) {
    return new Speaker(
        transactionalId,
        new ProducerIdentity(producerId, producerEpoch),
        exchange.connection().number());
  }

  /**
   * The code for what went wrong; 0 if nothing did.
   *
   * @param fencedSince first version of the API whose clients know PRODUCER_FENCED
   */
  static short code(@Nullable Throwable failure, Exchange exchange, int fencedSince) {
    short code = Errors.codeOf(failure);
    return code == ErrorCode.PRODUCER_FENCED.code() && exchange.version() < fencedSince
        ? ErrorCode.INVALID_PRODUCER_EPOCH.code()
        : code;
  }
}
