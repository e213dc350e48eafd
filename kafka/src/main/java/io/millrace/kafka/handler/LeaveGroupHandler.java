package io.millrace.kafka.handler;

import io.millrace.broker.group.ConsumerGroups;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.message.LeaveGroupRequest;
import io.millrace.wire.message.LeaveGroupResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * LeaveGroup, key 13, versions 0 to 5: one member, from version 3 on several, static ones by name.
 */
public final class LeaveGroupHandler implements Handler<LeaveGroupRequest> {

  private final Door door;

  public LeaveGroupHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(LeaveGroupRequest request, Exchange exchange) {
    ConsumerGroups groups = door.broker().groups().of(request.groupId);
    LeaveGroupResponse response = new LeaveGroupResponse();
    if (exchange.version() < 3) {
      groups
          .leave(request.groupId, request.memberId, null)
          .whenComplete((left, failure) -> {
            response.errorCode = Errors.codeOf(failure);
            exchange.reply(response);
          });
      return;
    }
    List<CompletableFuture<?>> leaving = new ArrayList<>();
    for (LeaveGroupRequest.MemberIdentity member : request.members) {
      LeaveGroupResponse.MemberResponse one = new LeaveGroupResponse.MemberResponse();
      one.memberId = member.memberId;
      one.groupInstanceId = member.groupInstanceId;
      response.members.add(one);
      leaving.add(
          groups
              .leave(request.groupId, member.memberId, member.groupInstanceId)
              .handle((left, failure) -> {
                one.errorCode = Errors.codeOf(failure);
                return one;
              }));
    }
    CompletableFuture.allOf(leaving.toArray(CompletableFuture<?>[]::new))
        .whenComplete((all, failure) -> exchange.reply(response));
  }
}
