package io.millrace.kafka.handler;

import io.millrace.kafka.Door;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.AddOffsetsToTxnRequest;
import io.millrace.wire.message.AddOffsetsToTxnResponse;
import java.util.Set;

/**
 * AddOffsetsToTxn, key 25, versions 0 to 4: clients of the older flow say for which group their
 * transaction is about to commit offsets.
 */
public final class AddOffsetsToTxnHandler implements Handler<AddOffsetsToTxnRequest> {

  private static final int FENCED_SINCE = 2;

  private final Door door;

  public AddOffsetsToTxnHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(AddOffsetsToTxnRequest request, Exchange exchange) {
    AddOffsetsToTxnResponse response = new AddOffsetsToTxnResponse();
    if (request.groupId.isEmpty()) {
      response.errorCode = ErrorCode.INVALID_GROUP_ID.code();
      exchange.reply(response);
      return;
    }
    Transactional.coordinator(door, request.transactionalId)
        .extend(
            Transactional.speaker(
                exchange, request.transactionalId, request.producerId, request.producerEpoch),
            Set.of(),
            Set.of(request.groupId))
        .whenComplete((done, failure) -> {
          response.errorCode = Transactional.code(failure, exchange, FENCED_SINCE);
          exchange.reply(response);
        });
  }
}
