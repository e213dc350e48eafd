package io.millrace.kafka.handler;

import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.message.HeartbeatRequest;
import io.millrace.wire.message.HeartbeatResponse;

/** Heartbeat, key 12, versions 0 to 4. */
public final class HeartbeatHandler implements Handler<HeartbeatRequest> {

  private final Door door;

  public HeartbeatHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(HeartbeatRequest request, Exchange exchange) {
    door.broker()
        .groups()
        .of(request.groupId)
        .heartbeat(request.groupId, request.memberId, request.groupInstanceId, request.generationId)
        .whenComplete((alive, failure) -> {
          HeartbeatResponse response = new HeartbeatResponse();
          response.errorCode = Errors.codeOf(failure);
          exchange.reply(response);
        });
  }
}
