package io.millrace.kafka.handler;

import io.millrace.broker.Refusal.Reason;
import io.millrace.broker.RefusedException;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.AlterPartitionReassignmentsRequest;
import io.millrace.wire.message.AlterPartitionReassignmentsRequest.ReassignablePartition;
import io.millrace.wire.message.AlterPartitionReassignmentsRequest.ReassignableTopic;
import io.millrace.wire.message.AlterPartitionReassignmentsResponse;
import io.millrace.wire.message.AlterPartitionReassignmentsResponse.ReassignablePartitionResponse;
import io.millrace.wire.message.AlterPartitionReassignmentsResponse.ReassignableTopicResponse;

/**
 * AlterPartitionReassignments, key 45, versions 0 to 1 (KIP-455). There is one node: a partition
 * can be assigned to it, which changes nothing and is done at once, and to no other. So there is
 * never a reassignment that could be cancelled.
 */
public final class AlterPartitionReassignmentsHandler
    implements Handler<AlterPartitionReassignmentsRequest> {

  private final Door door;

  public AlterPartitionReassignmentsHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(AlterPartitionReassignmentsRequest request, Exchange exchange) {
    AlterPartitionReassignmentsResponse response = new AlterPartitionReassignmentsResponse();
    response.errorMessage = null;
    response.allowReplicationFactorChange = request.allowReplicationFactorChange;
    for (ReassignableTopic topic : request.topics) {
      ReassignableTopicResponse answer = new ReassignableTopicResponse();
      answer.name = topic.name;
      response.responses.add(answer);
      for (ReassignablePartition partition : topic.partitions) {
        ReassignablePartitionResponse one = new ReassignablePartitionResponse();
        one.partitionIndex = partition.partitionIndex;
        one.errorMessage = null;
        answer.partitions.add(one);
        reassign(topic.name, partition, one);
      }
    }
    exchange.reply(response);
  }

  private void reassign(
      String topic, ReassignablePartition wanted, ReassignablePartitionResponse one) {
    try {
      Named.partition(door, topic, wanted.partitionIndex);
      int[] replicas = wanted.replicas;
      if (replicas == null) {
        one.errorCode = ErrorCode.NO_REASSIGNMENT_IN_PROGRESS.code();
        one.errorMessage = "the partition is not being reassigned";
      } else if (replicas.length != 1 || replicas[0] != door.node().id()) {
        throw Errors.refused(
            Reason.INVALID_REPLICA_ASSIGNMENT,
            "a partition can only be assigned to the one node there is, number "
                + door.node().id());
      }
    } catch (RefusedException e) {
      one.errorCode = Errors.of(e.refusal().reason()).code();
      one.errorMessage = e.refusal().message();
    }
  }
}
