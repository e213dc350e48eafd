package io.millrace.kafka.handler;

import io.millrace.kafka.Door;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.DescribeClusterRequest;
import io.millrace.wire.message.DescribeClusterResponse;

/**
 * DescribeCluster, key 60, versions 0 to 2.
 *
 * <p>This node is the only broker and the controller; it is never fenced. Controllers have no port
 * of their own, so asking for them is a MISMATCHED_ENDPOINT_TYPE, as from any of Kafka's brokers.
 */
public final class DescribeClusterHandler implements Handler<DescribeClusterRequest> {

  private static final byte BROKERS = 1;
  private static final byte CONTROLLERS = 2;

  private final Door door;

  public DescribeClusterHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(DescribeClusterRequest request, Exchange exchange) {
    DescribeClusterResponse response = new DescribeClusterResponse();
    if (request.endpointType != BROKERS) {
      boolean known = request.endpointType == CONTROLLERS;
      response.errorCode =
          (known ? ErrorCode.MISMATCHED_ENDPOINT_TYPE : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE).code();
      response.errorMessage =
          known
              ? "this address serves brokers, not controllers"
              : "there is no endpoint type " + request.endpointType;
      exchange.reply(response);
      return;
    }
    response.clusterId = door.node().clusterId();
    response.controllerId = door.node().id();
    DescribeClusterResponse.DescribeClusterBroker self =
        new DescribeClusterResponse.DescribeClusterBroker();
    self.brokerId = door.node().id();
    self.host = exchange.connection().listener().advertisedHost();
    self.port = exchange.connection().listener().advertisedPort();
    response.brokers.add(self);
    if (request.includeClusterAuthorizedOperations) {
      response.clusterAuthorizedOperations = AuthorizedOperations.CLUSTER;
    }
    exchange.reply(response);
  }
}
