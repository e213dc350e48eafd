package io.millrace.kafka.handler;

import io.millrace.broker.group.ConsumerGroups;
import io.millrace.broker.group.GroupListing;
import io.millrace.broker.group.GroupState;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.message.ListGroupsRequest;
import io.millrace.wire.message.ListGroupsResponse;
import io.millrace.wire.message.ListGroupsResponse.ListedGroup;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * ListGroups, key 16, versions 0 to 5: every group, from version 4 on those in some states, from
 * version 5 on those of some types. States and types are compared without regard to case; one that
 * does not exist fits no group. All groups are of the classic type. They come by name.
 */
public final class ListGroupsHandler implements Handler<ListGroupsRequest> {

  private static final String CLASSIC = "classic";

  private final Door door;

  public ListGroupsHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(ListGroupsRequest request, Exchange exchange) {
    List<CompletableFuture<List<GroupListing>>> lists = new ArrayList<>();
    for (ConsumerGroups groups : door.broker().groups().all()) {
      lists.add(groups.list());
    }
    CompletableFuture.allOf(lists.toArray(CompletableFuture<?>[]::new))
        .whenComplete((nothing, failure) -> {
          ListGroupsResponse response = new ListGroupsResponse();
          if (failure == null) {
            for (CompletableFuture<List<GroupListing>> list : lists) {
              for (GroupListing group : list.join()) {
                if (isWanted(request, group)) {
                  response.groups.add(listed(group));
                }
              }
            }
            response.groups.sort(Comparator.comparing(group -> group.groupId));
          } else {
            response.errorCode = Errors.codeOf(failure);
          }
          exchange.reply(response);
        });
  }

  private static boolean isWanted(ListGroupsRequest request, GroupListing group) {
    return group.state() != GroupState.DEAD
        && fits(request.statesFilter, group.state().kafkaName())
        && fits(request.typesFilter, CLASSIC);
  }

  private static boolean fits(List<String> filter, String value) {
    return filter.isEmpty() || filter.stream().anyMatch(value::equalsIgnoreCase);
  }

  private static ListedGroup listed(GroupListing group) {
    ListedGroup listed = new ListedGroup();
    listed.groupId = group.id();
    listed.protocolType = group.protocolType();
    listed.groupState = group.state().kafkaName();
    listed.groupType = CLASSIC;
    return listed;
  }
}
