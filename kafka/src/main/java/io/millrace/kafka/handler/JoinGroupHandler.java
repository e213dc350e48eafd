package io.millrace.kafka.handler;

import io.millrace.broker.Refusal;
import io.millrace.broker.group.JoinRequest;
import io.millrace.broker.group.Joined;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.message.JoinGroupRequest;
import io.millrace.wire.message.JoinGroupResponse;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * JoinGroup, key 11, versions 0 to 9. A member without an id is given one first from version 4 on.
 */
public final class JoinGroupHandler implements Handler<JoinGroupRequest> {

  private final Door door;

  public JoinGroupHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(JoinGroupRequest request, Exchange exchange) {
    List<JoinRequest.JoinProtocol> protocols =
        request.protocols.stream()
            .map(p -> new JoinRequest.JoinProtocol(p.name, Bytes.copy(p.metadata)))
            .toList();
    JoinRequest join =
        new JoinRequest(
            request.memberId,
            request.groupInstanceId,
            exchange.version() >= 4,
            exchange.clientId(),
            exchange.connection().peerHost(),
            request.sessionTimeoutMs,
            request.rebalanceTimeoutMs < 0
                ? Math.max(0, request.sessionTimeoutMs)
                : request.rebalanceTimeoutMs,
            request.protocolType,
            protocols);
    door.broker()
        .groups()
        .of(request.groupId)
        .join(request.groupId, join)
        .whenComplete((joined, failure) ->
            exchange.reply(
                failure == null
                    ? response(joined, exchange.version())
                    : failed(Errors.refusal(failure), exchange.version())));
  }

  private static JoinGroupResponse response(Joined joined, short version) {
    Refusal refusal = joined.refusal();
    if (refusal != null) {
      JoinGroupResponse response = failed(refusal, version);
      response.memberId = joined.memberId();
      return response;
    }
    JoinGroupResponse response = new JoinGroupResponse();
    response.generationId = joined.generation();
    response.protocolType = joined.protocolType();
    response.protocolName = joined.protocolName();
    // A leader that is back and need not assign is told so from version 9 on (KIP-814); before, it
    // is told that somebody else leads.
    boolean leads = !joined.skipAssignment() || version >= 9;
    response.leader = leads ? joined.leaderId() : "";
    response.skipAssignment = joined.skipAssignment() && version >= 9;
    response.memberId = joined.memberId();
    for (Joined.JoinedMember member : leads ? joined.members() : List.<Joined.JoinedMember>of()) {
      JoinGroupResponse.JoinGroupResponseMember one =
          new JoinGroupResponse.JoinGroupResponseMember();
      one.memberId = member.id();
      one.groupInstanceId = member.instanceId();
      one.metadata = ByteBuffer.wrap(member.metadata());
      response.members.add(one);
    }
    return response;
  }

  private static JoinGroupResponse failed(Refusal refusal, short version) {
    JoinGroupResponse response = new JoinGroupResponse();
    response.errorCode = Errors.of(refusal.reason()).code();
    // Only from version 7 on may there be no protocol.
    response.protocolName = version >= 7 ? null : "";
    return response;
  }
}
