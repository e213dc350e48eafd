package io.millrace.kafka.handler;

import io.millrace.kafka.Door;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.Handler;
import io.millrace.kafka.Listener;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.FindCoordinatorRequest;
import io.millrace.wire.message.FindCoordinatorResponse;
import org.jspecify.annotations.Nullable;

/**
 * FindCoordinator, key 10, versions 0 to 6.
 *
 * <p>This node coordinates every group and every transaction. Share groups are refused with
 * INVALID_REQUEST, which no client tries again.
 */
public final class FindCoordinatorHandler implements Handler<FindCoordinatorRequest> {

  private static final byte GROUP = 0;
  private static final byte TRANSACTION = 1;

  private final Door door;

  public FindCoordinatorHandler(Door door) {
    this.door = door;
  }

  @Override
  public void handle(FindCoordinatorRequest request, Exchange exchange) {
    FindCoordinatorResponse response = new FindCoordinatorResponse();
    Listener listener = exchange.connection().listener();
    if (exchange.version() < 4) {
      ErrorCode code = problem(request.keyType, request.key);
      response.errorCode = code.code();
      response.errorMessage = message(code, request.keyType);
      response.nodeId = code == ErrorCode.NONE ? door.node().id() : -1;
      response.host = code == ErrorCode.NONE ? listener.advertisedHost() : "";
      response.port = code == ErrorCode.NONE ? listener.advertisedPort() : -1;
    } else {
      for (String key : request.coordinatorKeys) {
        ErrorCode code = problem(request.keyType, key);
        FindCoordinatorResponse.Coordinator found = new FindCoordinatorResponse.Coordinator();
        found.key = key;
        found.errorCode = code.code();
        found.errorMessage = message(code, request.keyType);
        found.nodeId = code == ErrorCode.NONE ? door.node().id() : -1;
        found.host = code == ErrorCode.NONE ? listener.advertisedHost() : "";
        found.port = code == ErrorCode.NONE ? listener.advertisedPort() : -1;
        response.coordinators.add(found);
      }
    }
    exchange.reply(response);
  }

  private static ErrorCode problem(byte keyType, String key) {
    if (keyType == GROUP) {
      return key.isEmpty() ? ErrorCode.INVALID_GROUP_ID : ErrorCode.NONE;
    }
    return keyType == TRANSACTION && !key.isEmpty() ? ErrorCode.NONE : ErrorCode.INVALID_REQUEST;
  }

  private static @Nullable String message(ErrorCode code, byte keyType) {
    if (code == ErrorCode.NONE) {
      return null;
    }
    return switch (keyType) {
      case GROUP -> "a group needs a name";
      case TRANSACTION -> "a transactional id is not empty";
      default ->
          "this version coordinates consumer groups and transactions, not keys of type " + keyType;
    };
  }
}
