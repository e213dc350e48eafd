package io.millrace.kafka.handler;

import io.millrace.broker.RefusedException;
import io.millrace.broker.topic.Partition;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.message.DeleteRecordsRequest;
import io.millrace.wire.message.DeleteRecordsRequest.DeleteRecordsPartition;
import io.millrace.wire.message.DeleteRecordsRequest.DeleteRecordsTopic;
import io.millrace.wire.message.DeleteRecordsResponse;
import io.millrace.wire.message.DeleteRecordsResponse.DeleteRecordsPartitionResult;
import io.millrace.wire.message.DeleteRecordsResponse.DeleteRecordsTopicResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * DeleteRecords, key 21, versions 0 to 2 (KIP-107): records below an offset can no longer be read;
 * -1 is the end of the log. An offset that is below the start already changes nothing. A topic that
 * is compacted and not deleted from is refused with POLICY_VIOLATION. The timeout is not looked at.
 */
public final class DeleteRecordsHandler implements Handler<DeleteRecordsRequest> {

  private static final long END = -1;

  private final Door door;

  public DeleteRecordsHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(DeleteRecordsRequest request, Exchange exchange) {
    DeleteRecordsResponse response = new DeleteRecordsResponse();
    List<CompletableFuture<?>> beingDeleted = new ArrayList<>();
    for (DeleteRecordsTopic topic : request.topics) {
      DeleteRecordsTopicResult answer = new DeleteRecordsTopicResult();
      answer.name = topic.name;
      response.topics.add(answer);
      for (DeleteRecordsPartition wanted : topic.partitions) {
        DeleteRecordsPartitionResult one = new DeleteRecordsPartitionResult();
        one.partitionIndex = wanted.partitionIndex;
        one.lowWatermark = -1;
        answer.partitions.add(one);
        beingDeleted.add(
            delete(topic.name, wanted)
                .handle((start, failure) -> {
                  if (failure == null) {
                    one.lowWatermark = start;
                  } else {
                    one.errorCode = Errors.of(Errors.refusal(failure, true).reason()).code();
                  }
                  return one;
                }));
      }
    }
    CompletableFuture.allOf(beingDeleted.toArray(CompletableFuture<?>[]::new))
        .whenComplete((nothing, failure) -> exchange.reply(response));
  }

  private CompletableFuture<Long> delete(String topic, DeleteRecordsPartition wanted) {
    try {
      Partition partition = Named.partition(door, topic, wanted.partitionIndex);
      return partition.deleteRecords(
          wanted.offset == END ? partition.log().endOffset() : wanted.offset);
    } catch (RefusedException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
