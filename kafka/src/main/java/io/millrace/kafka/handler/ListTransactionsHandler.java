package io.millrace.kafka.handler;

import io.millrace.broker.transaction.TransactionCoordinator;
import io.millrace.broker.transaction.TransactionPhase;
import io.millrace.broker.transaction.TransactionView;
import io.millrace.kafka.Door;
import io.millrace.kafka.Errors;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.message.ListTransactionsRequest;
import io.millrace.wire.message.ListTransactionsResponse;
import io.millrace.wire.message.ListTransactionsResponse.TransactionState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * ListTransactions, key 66, versions 0 and 1: every transactional id, or those in some states, of
 * some producers, or whose transaction is open for some time. They come by name.
 */
public final class ListTransactionsHandler implements Handler<ListTransactionsRequest> {

  private final Door door;

  public ListTransactionsHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(ListTransactionsRequest request, Exchange exchange) {
    List<CompletableFuture<List<TransactionView>>> lists = new ArrayList<>();
    for (TransactionCoordinator coordinator : door.broker().transactions().all()) {
      lists.add(coordinator.list());
    }
    long nowMs = door.broker().clock().millis();
    CompletableFuture.allOf(lists.toArray(CompletableFuture<?>[]::new))
        .whenComplete((nothing, failure) -> {
          ListTransactionsResponse response = new ListTransactionsResponse();
          response.errorCode = Errors.codeOf(failure);
          for (String name : request.stateFilters) {
            if (Arrays.stream(TransactionPhase.values())
                .noneMatch(phase -> phase.kafkaName().equals(name))) {
              response.unknownStateFilters.add(name);
            }
          }
          if (failure == null) {
            lists.stream()
                .flatMap(list -> list.join().stream())
                .filter(view -> isWanted(request, view, nowMs))
                .forEach(view -> response.transactionStates.add(listed(view)));
            response.transactionStates.sort(Comparator.comparing(one -> one.transactionalId));
          }
          exchange.reply(response);
        });
  }

  private static boolean isWanted(
      ListTransactionsRequest request, TransactionView view, long nowMs) {
    boolean state =
        request.stateFilters.isEmpty() || request.stateFilters.contains(view.phase().kafkaName());
    boolean producer =
        request.producerIdFilters.length == 0
            || Arrays.stream(request.producerIdFilters).anyMatch(id -> id == view.producer().id());
    boolean age =
        request.durationFilter < 0
            || view.startedMs() >= 0 && nowMs - view.startedMs() > request.durationFilter;
    return view.phase() != TransactionPhase.DEAD && state && producer && age;
  }

  private static TransactionState listed(TransactionView view) {
    TransactionState one = new TransactionState();
    one.transactionalId = view.id();
    one.producerId = view.producer().id();
    one.transactionState = view.phase().kafkaName();
    return one;
  }
}
