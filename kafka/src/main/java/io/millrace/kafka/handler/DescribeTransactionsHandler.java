package io.millrace.kafka.handler;

import io.millrace.broker.topic.Topic;
import io.millrace.broker.transaction.TransactionView;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.log.LogId;
import io.millrace.wire.message.DescribeTransactionsRequest;
import io.millrace.wire.message.DescribeTransactionsResponse;
import io.millrace.wire.message.DescribeTransactionsResponse.TopicData;
import io.millrace.wire.message.DescribeTransactionsResponse.TransactionState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** DescribeTransactions, key 65, version 0 (KIP-664): the latest transaction of each id. */
public final class DescribeTransactionsHandler implements Handler<DescribeTransactionsRequest> {

  private final Door door;

  public DescribeTransactionsHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(DescribeTransactionsRequest request, Exchange exchange) {
    DescribeTransactionsResponse response = new DescribeTransactionsResponse();
    List<CompletableFuture<?>> beingDescribed = new ArrayList<>();
    for (String id : request.transactionalIds) {
      TransactionState state = new TransactionState();
      state.transactionalId = id;
      response.transactionStates.add(state);
      beingDescribed.add(
          Transactional.coordinator(door, id)
              .describe(id)
              .handle((view, failure) -> {
                state.errorCode = Errors.codeOf(failure);
                if (failure == null) {
                  fill(state, view);
                }
                return state;
              }));
    }
    CompletableFuture.allOf(beingDescribed.toArray(CompletableFuture<?>[]::new))
        .whenComplete((nothing, failure) -> exchange.reply(response));
  }

  private void fill(TransactionState state, TransactionView view) {
    state.transactionState = view.phase().kafkaName();
    state.transactionTimeoutMs = view.timeoutMs();
    state.transactionStartTimeMs = view.startedMs();
    state.producerId = view.producer().id();
    state.producerEpoch = (short) view.producer().epoch();
    Map<String, List<Integer>> partitions = new TreeMap<>();
    for (LogId log : view.logs()) {
      Topic topic = door.broker().topics().find(log.topicId());
      if (topic != null) {
        partitions.computeIfAbsent(topic.name(), name -> new ArrayList<>()).add(log.partition());
      }
    }
    partitions.forEach((name, indexes) -> {
      TopicData topic = new TopicData();
      topic.topic = name;
      topic.partitions = indexes.stream().mapToInt(Integer::intValue).sorted().toArray();
      state.topics.add(topic);
    });
  }
}
