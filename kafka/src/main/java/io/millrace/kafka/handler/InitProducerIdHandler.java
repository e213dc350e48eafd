package io.millrace.kafka.handler;

import io.millrace.broker.Refusal;
import io.millrace.broker.RefusedException;
import io.millrace.broker.transaction.ProducerIdentity;
import io.millrace.kafka.Door;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.message.InitProducerIdRequest;
import io.millrace.wire.message.InitProducerIdResponse;
import java.util.concurrent.CompletableFuture;

/**
 * InitProducerId, key 22, versions 0 to 5.
 *
 * <p>An idempotent producer gets a new id each time; one that asks for the next epoch of the id it
 * has (KIP-360) gets a new id too, as in Kafka.
 *
 * <p>A transactional producer gets the next epoch of the id that belongs to its transactional id.
 * Differs from Kafka: a transaction that somebody left open is aborted before the answer, where
 * Kafka has the client ask again until it is.
 */
public final class InitProducerIdHandler implements Handler<InitProducerIdRequest> {

  private static final int FENCED_SINCE = 4;

  private final Door door;

  public InitProducerIdHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(InitProducerIdRequest request, Exchange exchange) {
    identity(request, exchange)
        .whenComplete((identity, failure) -> {
          InitProducerIdResponse response = new InitProducerIdResponse();
          response.errorCode = Transactional.code(failure, exchange, FENCED_SINCE);
          response.producerId = failure == null ? identity.id() : -1;
          response.producerEpoch = failure == null ? (short) identity.epoch() : -1;
          exchange.reply(response);
        });
  }

  private CompletableFuture<ProducerIdentity> identity(
      InitProducerIdRequest request, Exchange exchange) {
    String transactionalId = request.transactionalId;
    if (transactionalId == null) {
      return door.broker().producerIds().next().thenApply(id -> new ProducerIdentity(id, 0));
    }
    if (request.producerId < 0 != request.producerEpoch < 0) {
      return CompletableFuture.failedFuture(
          new RefusedException(
              Refusal.Reason.INVALID_REQUEST, "a producer id and its epoch come together"));
    }
    return Transactional.coordinator(door, transactionalId)
        .init(
            Transactional.speaker(
                exchange, transactionalId, request.producerId, request.producerEpoch),
            request.transactionTimeoutMs);
  }
}
