package io.millrace.kafka.handler;

import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.message.ListPartitionReassignmentsRequest;
import io.millrace.wire.message.ListPartitionReassignmentsResponse;

/**
 * ListPartitionReassignments, key 46, version 0 (KIP-455): there is one node, so nothing is ever
 * being reassigned.
 */
public final class ListPartitionReassignmentsHandler
    implements Handler<ListPartitionReassignmentsRequest> {

  @Override
  public void handle(ListPartitionReassignmentsRequest request, Exchange exchange) {
    ListPartitionReassignmentsResponse response = new ListPartitionReassignmentsResponse();
    response.errorMessage = null;
    exchange.reply(response);
  }
}
