package io.millrace.kafka.handler;

import io.millrace.broker.Refusal;
import io.millrace.broker.Refusal.Reason;
import io.millrace.broker.RefusedException;
import io.millrace.broker.topic.Topic;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.message.CreatePartitionsRequest;
import io.millrace.wire.message.CreatePartitionsRequest.CreatePartitionsAssignment;
import io.millrace.wire.message.CreatePartitionsRequest.CreatePartitionsTopic;
import io.millrace.wire.message.CreatePartitionsResponse;
import io.millrace.wire.message.CreatePartitionsResponse.CreatePartitionsTopicResult;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * CreatePartitions, key 37, versions 0 to 3.
 *
 * <p>A topic can only grow. An assignment by hand may name this node only. The timeout is not
 * looked at: the answer comes when the partitions are there.
 */
public final class CreatePartitionsHandler implements Handler<CreatePartitionsRequest> {

  private final Door door;

  public CreatePartitionsHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(CreatePartitionsRequest request, Exchange exchange) {
    CreatePartitionsResponse response = new CreatePartitionsResponse();
    Set<String> once = new HashSet<>();
    Set<String> twice = new HashSet<>();
    for (CreatePartitionsTopic wanted : request.topics) {
      if (!once.add(wanted.name)) {
        twice.add(wanted.name);
      }
    }
    List<CompletableFuture<?>> beingMade = new ArrayList<>();
    for (CreatePartitionsTopic wanted : request.topics) {
      CreatePartitionsTopicResult result = new CreatePartitionsTopicResult();
      result.name = wanted.name;
      response.results.add(result);
      try {
        if (twice.contains(wanted.name)) {
          throw Errors.refused(
              Reason.INVALID_REQUEST, "the request names topic " + wanted.name + " twice");
        }
        Topic topic = Named.topic(door, wanted.name);
        checkAssignments(wanted, topic);
        beingMade.add(
            door.broker()
                .topics()
                .addPartitions(topic.id(), wanted.count, request.validateOnly)
                .handle((grown, failure) -> {
                  if (failure != null) {
                    refuse(result, Errors.refusal(failure, true));
                  }
                  return result;
                }));
      } catch (RefusedException e) {
        refuse(result, e.refusal());
      }
    }
    CompletableFuture.allOf(beingMade.toArray(CompletableFuture<?>[]::new))
        .whenComplete((nothing, failure) -> exchange.reply(response));
  }

  private void checkAssignments(CreatePartitionsTopic wanted, Topic topic) {
    List<CreatePartitionsAssignment> assignments = wanted.assignments;
    int added = wanted.count - topic.partitionCount();
    if (assignments == null || added <= 0) {
      return;
    }
    if (assignments.size() != added) {
      throw Errors.refused(
          Reason.INVALID_REPLICA_ASSIGNMENT,
          added + " partitions are to be added, but " + assignments.size() + " are assigned");
    }
    for (CreatePartitionsAssignment assignment : assignments) {
      if (assignment.brokerIds.length != 1 || assignment.brokerIds[0] != door.node().id()) {
        throw Errors.refused(
            Reason.INVALID_REPLICA_ASSIGNMENT,
            "a partition can only be assigned to the one node there is, number "
                + door.node().id());
      }
    }
  }

  private static void refuse(CreatePartitionsTopicResult result, Refusal refusal) {
    result.errorCode = Errors.of(refusal.reason()).code();
    result.errorMessage = refusal.message();
  }
}
