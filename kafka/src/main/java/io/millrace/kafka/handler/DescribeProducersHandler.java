package io.millrace.kafka.handler;

import io.millrace.broker.Refusal;
import io.millrace.broker.RefusedException;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.shard.ShardLog;
import io.millrace.wire.message.DescribeProducersRequest;
import io.millrace.wire.message.DescribeProducersRequest.TopicRequest;
import io.millrace.wire.message.DescribeProducersResponse;
import io.millrace.wire.message.DescribeProducersResponse.PartitionResponse;
import io.millrace.wire.message.DescribeProducersResponse.ProducerState;
import io.millrace.wire.message.DescribeProducersResponse.TopicResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * DescribeProducers, key 61, version 0 (KIP-664): the idempotent producers that a log remembers,
 * with what is durable of them, and where their open transactions begin.
 */
public final class DescribeProducersHandler implements Handler<DescribeProducersRequest> {

  private final Door door;

  public DescribeProducersHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(DescribeProducersRequest request, Exchange exchange) {
    DescribeProducersResponse response = new DescribeProducersResponse();
    List<CompletableFuture<?>> beingDescribed = new ArrayList<>();
    for (TopicRequest topic : request.topics) {
      TopicResponse answer = new TopicResponse();
      answer.name = topic.name;
      response.topics.add(answer);
      for (int index : topic.partitionIndexes) {
        PartitionResponse one = new PartitionResponse();
        one.partitionIndex = index;
        answer.partitions.add(one);
        beingDescribed.add(
            producers(topic.name, index)
                .handle((producers, failure) -> {
                  if (failure == null) {
                    producers.forEach(producer -> one.activeProducers.add(state(producer)));
                  } else {
                    Refusal refusal = Errors.refusal(failure);
                    one.errorCode = Errors.of(refusal.reason()).code();
                    one.errorMessage = refusal.message();
                  }
                  return one;
                }));
      }
    }
    CompletableFuture.allOf(beingDescribed.toArray(CompletableFuture<?>[]::new))
        .whenComplete((nothing, failure) -> exchange.reply(response));
  }

  private CompletableFuture<List<ShardLog.KnownProducer>> producers(String topic, int index) {
    try {
      return Named.partition(door, topic, index).producers();
    } catch (RefusedException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static ProducerState state(ShardLog.KnownProducer producer) {
    ProducerState state = new ProducerState();
    state.producerId = producer.id();
    state.producerEpoch = producer.epoch();
    state.lastSequence = producer.lastSequence();
    state.lastTimestamp = producer.lastMs();
    state.coordinatorEpoch = producer.transactionOffset() < 0 ? -1 : 0;
    state.currentTxnStartOffset = producer.transactionOffset();
    return state;
  }
}
