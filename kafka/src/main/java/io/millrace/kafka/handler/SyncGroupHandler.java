package io.millrace.kafka.handler;

import io.millrace.broker.Refusal;
import io.millrace.broker.group.Synced;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.SyncGroupRequest;
import io.millrace.wire.message.SyncGroupResponse;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/** SyncGroup, key 14, versions 0 to 5. */
public final class SyncGroupHandler implements Handler<SyncGroupRequest> {

  private final Door door;

  public SyncGroupHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(SyncGroupRequest request, Exchange exchange) {
    if (exchange.version() >= 5 && (request.protocolType == null || request.protocolName == null)) {
      SyncGroupResponse response = new SyncGroupResponse();
      response.errorCode = ErrorCode.INCONSISTENT_GROUP_PROTOCOL.code();
      exchange.reply(response);
      return;
    }
    Map<String, byte[]> assignments = new HashMap<>();
    for (SyncGroupRequest.SyncGroupRequestAssignment one : request.assignments) {
      assignments.put(one.memberId, Bytes.copy(one.assignment));
    }
    door.broker()
        .groups()
        .of(request.groupId)
        .sync(
            request.groupId,
            request.memberId,
            request.groupInstanceId,
            request.generationId,
            request.protocolType,
            request.protocolName,
            assignments)
        .whenComplete((synced, failure) -> {
          SyncGroupResponse response = new SyncGroupResponse();
          if (failure != null) {
            response.errorCode = Errors.of(Errors.refusal(failure).reason()).code();
          } else {
            fill(response, synced);
          }
          exchange.reply(response);
        });
  }

  private static void fill(SyncGroupResponse response, Synced synced) {
    Refusal refusal = synced.refusal();
    if (refusal != null) {
      response.errorCode = Errors.of(refusal.reason()).code();
    } else {
      response.protocolType = synced.protocolType();
      response.protocolName = synced.protocolName();
      response.assignment = ByteBuffer.wrap(synced.assignment());
    }
  }
}
