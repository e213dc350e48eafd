package io.millrace.kafka.handler;

import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.InitProducerIdRequest;
import io.millrace.wire.message.InitProducerIdResponse;

/**
 * InitProducerId, key 22, versions 0 to 5.
 *
 * <p>An idempotent producer gets a new id each time; one that asks for the next epoch of the id it
 * has (KIP-360) gets a new id too, as in Kafka. Transactional ids are refused.
 */
public final class InitProducerIdHandler implements Handler<InitProducerIdRequest> {

  private final Door door;

  public InitProducerIdHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(InitProducerIdRequest request, Exchange exchange) {
    InitProducerIdResponse response = new InitProducerIdResponse();
    if (request.transactionalId != null) {
      // Not retriable, so that the producer says so at once.
      response.errorCode = ErrorCode.INVALID_REQUEST.code();
      response.producerEpoch = -1;
      exchange.reply(response);
      return;
    }
    door.broker()
        .producerIds()
        .next()
        .whenComplete((id, failure) -> {
          if (failure == null) {
            response.producerId = id;
          } else {
            response.errorCode = Errors.of(Errors.refusal(failure).reason()).code();
            response.producerEpoch = -1;
          }
          exchange.reply(response);
        });
  }
}
