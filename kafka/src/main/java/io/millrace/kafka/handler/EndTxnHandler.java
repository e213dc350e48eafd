package io.millrace.kafka.handler;

import io.millrace.kafka.Door;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.message.EndTxnRequest;
import io.millrace.wire.message.EndTxnResponse;

/**
 * EndTxn, key 26, versions 0 to 5. From version 5 on each transaction has an epoch of its own
 * (KIP-890), and the answer says how the producer goes on.
 *
 * <p>Differs from Kafka: answered when every partition has its marker, so what was committed can be
 * read when the client hears of it. Before version 5 an end that comes over a connection older than
 * one over which the producer has spoken since is INVALID_TXN_STATE: it was held up on the way, and
 * was meant for an earlier transaction.
 */
public final class EndTxnHandler implements Handler<EndTxnRequest> {

  private static final int FENCED_SINCE = 2;
  private static final int NEXT_EPOCH_SINCE = 5;

  private final Door door;

  public EndTxnHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(EndTxnRequest request, Exchange exchange) {
    boolean nextEpoch = exchange.version() >= NEXT_EPOCH_SINCE;
    Transactional.coordinator(door, request.transactionalId)
        .end(
            Transactional.speaker(
                exchange, request.transactionalId, request.producerId, request.producerEpoch),
            request.committed,
            nextEpoch)
        .whenComplete((identity, failure) -> {
          EndTxnResponse response = new EndTxnResponse();
          response.errorCode = Transactional.code(failure, exchange, FENCED_SINCE);
          if (failure == null && nextEpoch) {
            response.producerId = identity.id();
            response.producerEpoch = (short) identity.epoch();
          }
          exchange.reply(response);
        });
  }
}
