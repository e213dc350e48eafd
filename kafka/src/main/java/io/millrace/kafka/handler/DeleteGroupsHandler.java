package io.millrace.kafka.handler;

import io.millrace.broker.Refusal;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.message.DeleteGroupsRequest;
import io.millrace.wire.message.DeleteGroupsResponse;
import io.millrace.wire.message.DeleteGroupsResponse.DeletableGroupResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** DeleteGroups, key 42, versions 0 to 3: groups without members, with all their offsets. */
public final class DeleteGroupsHandler implements Handler<DeleteGroupsRequest> {

  private final Door door;

  public DeleteGroupsHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(DeleteGroupsRequest request, Exchange exchange) {
    DeleteGroupsResponse response = new DeleteGroupsResponse();
    List<CompletableFuture<?>> beingDeleted = new ArrayList<>();
    for (String groupId : request.groupsNames) {
      DeletableGroupResult result = new DeletableGroupResult();
      result.groupId = groupId;
      response.results.add(result);
      beingDeleted.add(
          door.broker()
              .groups()
              .of(groupId)
              .delete(groupId)
              .handle((deleted, failure) -> {
                if (failure != null) {
                  Refusal refusal = Errors.refusal(failure);
                  result.errorCode = Errors.of(refusal.reason()).code();
                  if (exchange.version() >= 3) {
                    result.errorMessage = refusal.message();
                  }
                }
                return result;
              }));
    }
    CompletableFuture.allOf(beingDeleted.toArray(CompletableFuture<?>[]::new))
        .whenComplete((nothing, failure) -> exchange.reply(response));
  }
}
