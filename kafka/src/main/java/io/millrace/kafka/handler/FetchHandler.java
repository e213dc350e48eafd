package io.millrace.kafka.handler;

import io.millrace.kafka.Door;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.FetchSession;
import io.millrace.kafka.Handler;
import io.millrace.kafka.KafkaConnection;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.FetchRequest;
import io.millrace.wire.message.FetchResponse;

/**
 * Fetch, key 1, versions 4 to 18.
 *
 * <p>Runs on the connection's loop from end to end: logs are read without a lock, records are sent
 * from their files by the kernel. A fetch that finds too little waits for an append to one of its
 * partitions, or for its time to pass.
 *
 * <p>Differs from Kafka: a session belongs to its connection; records that are damaged on disk are
 * CORRUPT_MESSAGE; a fetch that claims to come from a replica is refused, for replicas have a port
 * of their own.
 */
public final class FetchHandler implements Handler<FetchRequest> {

  private static final int FINAL_EPOCH = -1;

  private final Door door;
  private final FetchSessions sessions;

  public FetchHandler(Door door) {
    this.door = door;
    this.sessions = new FetchSessions(door.broker().settings());
  }

  @Override
  public void handle(FetchRequest request, Exchange exchange) {
    if (request.replicaId >= 0 || request.replicaState.replicaId >= 0) {
      exchange.reply(failed(ErrorCode.CLUSTER_AUTHORIZATION_FAILED));
      return;
    }
    KafkaConnection connection = exchange.connection();
    FetchSession session = connection.fetchSession();
    boolean incremental = request.sessionEpoch > 0;
    if (incremental) {
      if (session == null || session.id() != request.sessionId) {
        exchange.reply(failed(ErrorCode.FETCH_SESSION_ID_NOT_FOUND));
        return;
      }
      if (session.epoch() != request.sessionEpoch) {
        exchange.reply(failed(ErrorCode.INVALID_FETCH_SESSION_EPOCH));
        return;
      }
      session.nextEpoch();
      if (!sessions.update(session, request)) {
        // As if it had been forgotten: the client names all its partitions, without a session.
        sessions.end(connection);
        exchange.reply(failed(ErrorCode.FETCH_SESSION_ID_NOT_FOUND));
        return;
      }
    } else {
      session = sessions.begin(connection, request, request.sessionEpoch != FINAL_EPOCH);
    }
    // The request may wait for minutes, and what it names is in the session now.
    request.topics.clear();
    request.forgottenTopicsData.clear();
    new FetchWait(door, exchange, request, session, incremental).begin();
  }

  private static FetchResponse failed(ErrorCode code) {
    FetchResponse response = new FetchResponse();
    response.errorCode = code.code();
    return response;
  }
}
