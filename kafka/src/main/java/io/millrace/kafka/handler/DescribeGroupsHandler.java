package io.millrace.kafka.handler;

import io.millrace.broker.Refusal;
import io.millrace.broker.group.GroupState;
import io.millrace.broker.group.GroupView;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.message.DescribeGroupsRequest;
import io.millrace.wire.message.DescribeGroupsResponse;
import io.millrace.wire.message.DescribeGroupsResponse.DescribedGroup;
import io.millrace.wire.message.DescribeGroupsResponse.DescribedGroupMember;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * DescribeGroups, key 15, versions 0 to 6: the members of groups. What they subscribe to and are
 * assigned is told while the group is stable. A group that does not exist is Dead, from version 6
 * on with GROUP_ID_NOT_FOUND (KIP-1043).
 */
public final class DescribeGroupsHandler implements Handler<DescribeGroupsRequest> {

  private final Door door;

  public DescribeGroupsHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(DescribeGroupsRequest request, Exchange exchange) {
    DescribeGroupsResponse response = new DescribeGroupsResponse();
    List<CompletableFuture<?>> beingDescribed = new ArrayList<>();
    for (String groupId : request.groups) {
      DescribedGroup answer = new DescribedGroup();
      answer.groupId = groupId;
      response.groups.add(answer);
      if (request.includeAuthorizedOperations) {
        answer.authorizedOperations = AuthorizedOperations.GROUP;
      }
      beingDescribed.add(
          door.broker()
              .groups()
              .of(groupId)
              .describe(groupId)
              .handle((group, failure) -> {
                if (failure == null) {
                  describe(group, answer);
                } else {
                  refuse(answer, Errors.refusal(failure), exchange.version());
                }
                return answer;
              }));
    }
    CompletableFuture.allOf(beingDescribed.toArray(CompletableFuture<?>[]::new))
        .whenComplete((nothing, failure) -> exchange.reply(response));
  }

  private static void refuse(DescribedGroup answer, Refusal refusal, short version) {
    boolean missing = refusal.reason() == Refusal.Reason.GROUP_NOT_FOUND;
    if (missing) {
      answer.groupState = GroupState.DEAD.kafkaName();
    }
    if (!missing || version >= 6) {
      answer.errorCode = Errors.of(refusal.reason()).code();
    }
    if (version >= 6) {
      answer.errorMessage = refusal.message();
    }
  }

  private static void describe(GroupView group, DescribedGroup answer) {
    boolean stable = group.state() == GroupState.STABLE;
    answer.groupState = group.state().kafkaName();
    answer.protocolType = group.protocolType();
    answer.protocolData = stable ? group.protocolName() : "";
    for (GroupView.MemberView member : group.members()) {
      DescribedGroupMember one = new DescribedGroupMember();
      one.memberId = member.id();
      one.groupInstanceId = member.instanceId();
      one.clientId = member.clientId();
      one.clientHost = member.clientHost();
      if (stable) {
        one.memberMetadata = ByteBuffer.wrap(member.metadata());
        one.memberAssignment = ByteBuffer.wrap(member.assignment());
      }
      answer.members.add(one);
    }
  }
}
