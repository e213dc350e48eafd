package io.millrace.kafka.handler;

import io.millrace.broker.Refusal;
import io.millrace.broker.RefusedException;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.ElectLeadersRequest;
import io.millrace.wire.message.ElectLeadersRequest.TopicPartitions;
import io.millrace.wire.message.ElectLeadersResponse;
import io.millrace.wire.message.ElectLeadersResponse.PartitionResult;
import io.millrace.wire.message.ElectLeadersResponse.ReplicaElectionResult;

/**
 * ElectLeaders, key 43, versions 0 to 2: the one replica of a partition leads it, so every
 * partition that is named answers ELECTION_NOT_NEEDED. Whoever names none is told of elections
 * only, and there are none.
 */
public final class ElectLeadersHandler implements Handler<ElectLeadersRequest> {

  private static final byte PREFERRED = 0;
  private static final byte UNCLEAN = 1;

  private final Door door;

  public ElectLeadersHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(ElectLeadersRequest request, Exchange exchange) {
    ElectLeadersResponse response = new ElectLeadersResponse();
    boolean known = request.electionType == PREFERRED || request.electionType == UNCLEAN;
    if (!known) {
      response.errorCode = ErrorCode.INVALID_REQUEST.code();
    } else if (request.topicPartitions != null) {
      for (TopicPartitions wanted : request.topicPartitions) {
        ReplicaElectionResult result = new ReplicaElectionResult();
        result.topic = wanted.topic;
        for (int index : wanted.partitions) {
          result.partitionResult.add(elect(wanted.topic, index));
        }
        response.replicaElectionResults.add(result);
      }
    }
    exchange.reply(response);
  }

  private PartitionResult elect(String topic, int index) {
    PartitionResult result = new PartitionResult();
    result.partitionId = index;
    try {
      Named.partition(door, topic, index);
      result.errorCode = ErrorCode.ELECTION_NOT_NEEDED.code();
      result.errorMessage = "the only replica leads the partition";
    } catch (RefusedException e) {
      Refusal refusal = e.refusal();
      result.errorCode = Errors.of(refusal.reason()).code();
      result.errorMessage = refusal.message();
    }
    return result;
  }
}
