package io.millrace.kafka;

import io.millrace.broker.topic.Partition;
import io.millrace.shard.ShardLog;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer fetches, remembered from one request to the next, so that a request names only
 * what changed and an answer only what has something new (KIP-227).
 *
 * <p>It belongs to one connection and ends with it: a consumer that comes back begins a new one.
 * Belongs to the connection's loop.
 */
public final class FetchSession {

  /** A partition of a session, or of a single request. */
  public static final class Interest {
    private static final int BYTES = 300;

    public final String topicName;
    public final UUID topicId;
    public final int index;
    public long fetchOffset;
    public int bytesMax;
    public int leaderEpoch;

    /** The partition; null while there is none of that name or number. */
    public @Nullable Partition partition;

    // What the client was told last.
    public long toldHighWatermark = -1;
    public long toldStartOffset = -1;
    public boolean toldError;
    private boolean watched;

    public Interest(String topicName, UUID topicId, int index) {
      this.topicName = topicName;
      this.topicId = topicId;
      this.index = index;
    }

    /** What remembering it takes, roughly, with its place in the session. */
    public int bytes() {
      return BYTES + Character.BYTES * topicName.length();
    }
  }

  /** Which partition, by name or by id: one of the two is empty. */
  public record Key(String topicName, UUID topicId, int index) {}

  /**
   * The id of what a request without a session asks for: it is remembered for that request only.
   */
  public static final int NO_SESSION = 0;

  private final int id;
  private final Map<Key, Interest> interests = new LinkedHashMap<>();
  private final ShardLog.Watcher watcher = this::appended;
  private final AtomicReference<@Nullable Runnable> waiting = new AtomicReference<>();
  private Runnable closed = () -> {};
  private int epoch = 1;

  public FetchSession(int id) {
    this.id = id;
  }

  /** {@link #NO_SESSION} if it ends with its request. */
  public int id() {
    return id;
  }

  /** Has an action run, by any thread, at the next append to one of the partitions, once. */
  public void whenAppended(Runnable action) {
    watchAll();
    waiting.set(action);
  }

  /** Calls {@link #whenAppended} off. */
  public void stopWaiting() {
    waiting.set(null);
  }

  private void appended() {
    Runnable action = waiting.get() == null ? null : waiting.getAndSet(null);
    if (action != null) {
      action.run();
    }
  }

  /** The epoch that the next request must have. */
  public int epoch() {
    return epoch;
  }

  /** Epochs go round after 2^31 - 1, leaving out 0, which begins a session. */
  public void nextEpoch() {
    epoch = epoch == Integer.MAX_VALUE ? 1 : epoch + 1;
  }

  /** Bytes of all interests. */
  public long bytes() {
    return interests.values().stream().mapToLong(Interest::bytes).sum();
  }

  public Collection<Interest> interests() {
    return interests.values();
  }

  public @Nullable Interest find(Key key) {
    return interests.get(key);
  }

  public void add(Key key, Interest interest) {
    interests.put(key, interest);
  }

  public void remove(Key key) {
    Interest interest = interests.remove(key);
    if (interest != null) {
      unwatch(interest);
    }
  }

  /** Puts partitions last, so that those that had nothing to say come first the next time. */
  public void moveToEnd(Collection<Interest> answered) {
    if (answered.size() == interests.size()) {
      return;
    }
    for (Interest interest : new ArrayList<>(answered)) {
      Key key = new Key(interest.topicName, interest.topicId, interest.index);
      if (interests.remove(key) != null) {
        interests.put(key, interest);
      }
    }
  }

  private void watchAll() {
    for (Interest interest : interests.values()) {
      Partition partition = interest.partition;
      if (partition != null && !interest.watched) {
        partition.log().watch(watcher);
        interest.watched = true;
      }
    }
  }

  private void unwatch(Interest interest) {
    Partition partition = interest.partition;
    if (partition != null && interest.watched) {
      partition.log().unwatch(watcher);
      interest.watched = false;
    }
  }

  /** Which partition an interest is about now: a topic may have come, gone or come again. */
  public void partition(Interest interest, @Nullable Partition partition) {
    if (interest.partition != partition) {
      unwatch(interest);
      interest.partition = partition;
    }
  }

  /** Has something done once when the session is closed. */
  public void whenClosed(Runnable action) {
    closed = action;
  }

  public void close() {
    stopWaiting();
    interests.values().forEach(this::unwatch);
    interests.clear();
    closed.run();
  }
}
