package io.millrace.kafka.handler;

import io.millrace.broker.setting.SettingValues;
import io.millrace.kafka.FetchSession;
import io.millrace.kafka.FetchSession.Interest;
import io.millrace.kafka.FetchSession.Key;
import io.millrace.kafka.KafkaConnection;
import io.millrace.wire.message.FetchRequest;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The fetch sessions of all connections: how many there are, and what they may hold together. Each
 * belongs to its connection's loop; what they share may be used by all.
 */
final class FetchSessions {

  private static final int HEAP_SHARE = 16;

  private final int sessionsMax;
  private final int partitionsMax;
  private final long bytesMax;
  private final AtomicInteger sessions = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicInteger lastId = new AtomicInteger();

  FetchSessions(SettingValues settings) {
    sessionsMax = settings.int32("max.incremental.fetch.session.cache.slots");
    partitionsMax = settings.int32("max.partitions");
    long set = settings.number("fetch.sessions.max.bytes");
    bytesMax = set == 0 ? Runtime.getRuntime().maxMemory() / HEAP_SHARE : set;
  }

  /**
   * Begins the session that a request asks for, in place of the connection's last one.
   *
   * @param lasting whether it is to be remembered after the request
   * @return with id {@link FetchSession#NO_SESSION} if it is not remembered, perhaps for want of
   *     room
   */
  FetchSession begin(KafkaConnection connection, FetchRequest request, boolean lasting) {
    end(connection);
    if (lasting && sessions.incrementAndGet() <= sessionsMax) {
      FetchSession session =
          new FetchSession(lastId.updateAndGet(last -> last == Integer.MAX_VALUE ? 1 : last + 1));
      connection.fetchSession(session);
      session.whenClosed(connection.onClose(() -> end(connection)));
      if (update(session, request)) {
        return session;
      }
      end(connection);
    } else if (lasting) {
      sessions.decrementAndGet();
    }
    FetchSession once = new FetchSession(FetchSession.NO_SESSION);
    update(once, request);
    return once;
  }

  /** Ends the session of a connection, if it has one. */
  void end(KafkaConnection connection) {
    FetchSession session = connection.fetchSession();
    if (session != null) {
      connection.fetchSession(null);
      bytes.addAndGet(-session.bytes());
      session.close();
      sessions.decrementAndGet();
    }
  }

  /**
   * Adds and removes partitions as a request says.
   *
   * @return false if it is more than may be remembered; then some of it was not done
   */
  boolean update(FetchSession session, FetchRequest request) {
    for (FetchRequest.ForgottenTopic topic : request.forgottenTopicsData) {
      for (int partition : topic.partitions) {
        forget(session, new Key(topic.topic, topic.topicId, partition));
      }
    }
    for (FetchRequest.FetchTopic topic : request.topics) {
      for (FetchRequest.FetchPartition partition : topic.partitions) {
        Key key = new Key(topic.topic, topic.topicId, partition.partition);
        Interest interest = session.find(key);
        if (interest == null) {
          interest = new Interest(topic.topic, topic.topicId, partition.partition);
          if (!mayAdd(session, interest)) {
            return false;
          }
          session.add(key, interest);
        }
        fill(interest, partition);
      }
    }
    return true;
  }

  private void forget(FetchSession session, Key key) {
    Interest interest = session.find(key);
    if (interest != null) {
      session.remove(key);
      if (session.id() != FetchSession.NO_SESSION) {
        bytes.addAndGet(-interest.bytes());
      }
    }
  }

  private boolean mayAdd(FetchSession session, Interest interest) {
    if (session.id() == FetchSession.NO_SESSION) {
      return true;
    }
    if (session.interests().size() >= partitionsMax) {
      return false;
    }
    if (bytes.addAndGet(interest.bytes()) > bytesMax) {
      bytes.addAndGet(-interest.bytes());
      return false;
    }
    return true;
  }

  private static void fill(Interest interest, FetchRequest.FetchPartition from) {
    interest.fetchOffset = from.fetchOffset;
    interest.bytesMax = from.partitionMaxBytes;
    interest.leaderEpoch = from.currentLeaderEpoch;
  }
}
