package io.millrace.kafka.handler;

import io.millrace.kafka.Door;
import io.millrace.kafka.Exchange;
import io.millrace.kafka.FetchSession;
import io.millrace.kafka.FetchSession.Interest;
import io.millrace.kafka.FetchSession.Key;
import io.millrace.kafka.Handler;
import io.millrace.kafka.KafkaConnection;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.FetchRequest;
import io.millrace.wire.message.FetchResponse;
import java.util.concurrent.atomic.AtomicInteger;

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
  private final AtomicInteger sessions = new AtomicInteger();
  private final AtomicInteger lastSessionId = new AtomicInteger();

  public FetchHandler(Door door) {
    this.door = door;
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
      update(session, request);
    } else {
      endSession(connection);
      session = newSession(connection, request.sessionEpoch != FINAL_EPOCH);
      update(session, request);
    }
    new FetchWait(door, exchange, request, session, incremental).begin();
  }

  private static FetchResponse failed(ErrorCode code) {
    FetchResponse response = new FetchResponse();
    response.errorCode = code.code();
    return response;
  }

  // --- sessions ---

  private FetchSession newSession(KafkaConnection connection, boolean lasting) {
    if (!lasting || !takeSlot()) {
      return new FetchSession(FetchSession.NO_SESSION);
    }
    FetchSession session =
        new FetchSession(
            lastSessionId.updateAndGet(last -> last == Integer.MAX_VALUE ? 1 : last + 1));
    connection.fetchSession(session);
    session.whenClosed(connection.onClose(() -> endSession(connection)));
    return session;
  }

  private boolean takeSlot() {
    int slots = door.broker().settings().int32("max.incremental.fetch.session.cache.slots");
    if (sessions.incrementAndGet() <= slots) {
      return true;
    }
    sessions.decrementAndGet();
    return false;
  }

  private void endSession(KafkaConnection connection) {
    FetchSession session = connection.fetchSession();
    if (session != null) {
      connection.fetchSession(null);
      session.close();
      sessions.decrementAndGet();
    }
  }

  private static void fill(Interest interest, FetchRequest.FetchPartition from) {
    interest.fetchOffset = from.fetchOffset;
    interest.bytesMax = from.partitionMaxBytes;
    interest.leaderEpoch = from.currentLeaderEpoch;
  }

  private static void update(FetchSession session, FetchRequest request) {
    for (FetchRequest.ForgottenTopic topic : request.forgottenTopicsData) {
      for (int partition : topic.partitions) {
        session.remove(new Key(topic.topic, topic.topicId, partition));
      }
    }
    for (FetchRequest.FetchTopic topic : request.topics) {
      for (FetchRequest.FetchPartition partition : topic.partitions) {
        Key key = new Key(topic.topic, topic.topicId, partition.partition);
        Interest interest = session.find(key);
        if (interest == null) {
          interest = new Interest(topic.topic, topic.topicId, partition.partition);
          session.add(key, interest);
        }
        fill(interest, partition);
      }
    }
  }
}
