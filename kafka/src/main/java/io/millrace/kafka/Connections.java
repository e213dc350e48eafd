package io.millrace.kafka;

import io.millrace.broker.Broker;
import io.millrace.broker.setting.SettingValues;
import io.millrace.shard.Clock;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of all ports of the Kafka door: how many there may be, what they may hold
 * together, and how they end.
 *
 * <p>Any thread may call.
 */
public final class Connections {

  private static final Logger LOG = LoggerFactory.getLogger(Connections.class);

  private static final long REFUSALS_LOGGED_EVERY_NANOS = 1_000_000_000;

  /** A request other than produce is decoded into objects of some thirty times its size. */
  private static final int OTHER_REQUESTS_SHARE_OF_HEAP = 48;

  private final ConnectionLimits limits;
  private final FrameMemory memory;
  private final Clock clock;
  private final int most;
  private final Set<KafkaConnection> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicLong nextRefusalLogged;
  private final CountDownLatch allEnded = new CountDownLatch(1);
  private volatile boolean finishing;
  private final AtomicReference<@Nullable RequestFaults> faults = new AtomicReference<>();

  public Connections(Broker broker) {
    SettingValues settings = broker.settings();
    this.clock = broker.clock();
    this.most = settings.int32("max.connections");
    int requestBytes = settings.int32("socket.request.max.bytes");
    int otherBytes = settings.int32("socket.request.other.max.bytes");
    if (otherBytes == 0) {
      otherBytes =
          (int)
              Math.max(
                  1 << 20,
                  Math.min(
                      requestBytes,
                      Runtime.getRuntime().maxMemory() / OTHER_REQUESTS_SHARE_OF_HEAP));
    }
    this.limits =
        new ConnectionLimits(
            requestBytes,
            Math.min(otherBytes, requestBytes),
            settings.number("connections.max.idle.ms"),
            settings.number("request.arrival.max.ms"));
    this.memory =
        new FrameMemory(Math.max(settings.number("queued.max.request.bytes"), requestBytes));
    this.nextRefusalLogged = new AtomicLong(clock.nanos());
  }

  ConnectionLimits limits() {
    return limits;
  }

  FrameMemory memory() {
    return memory;
  }

  Clock clock() {
    return clock;
  }

  /** Counts a new connection; false if it is one too many, or the door is closing. */
  boolean add(KafkaConnection connection, String peer) {
    if (finishing) {
      return false;
    }
    if (count.incrementAndGet() > most) {
      removed();
      long now = clock.nanos();
      long due = nextRefusalLogged.get();
      if (now - due >= 0
          && nextRefusalLogged.compareAndSet(due, now + REFUSALS_LOGGED_EVERY_NANOS)) {
        LOG.warn(
            "refusing the connection of {}, and perhaps others: there are {} already"
                + " (max.connections)",
            peer,
            most);
      }
      return false;
    }
    open.add(connection);
    if (finishing) {
      connection.finish();
    }
    return true;
  }

  void remove(KafkaConnection connection) {
    if (open.remove(connection)) {
      removed();
    }
  }

  private void removed() {
    if (count.decrementAndGet() == 0 && finishing) {
      allEnded.countDown();
    }
  }

  /** Connections at the moment. */
  public int count() {
    return count.get();
  }

  /**
   * Ends all connections: nothing more is read, requests under way are answered, and then each is
   * closed. A request that waits for something to happen, as a fetch for records, is not answered.
   *
   * @return whether all ended within that time
   */
  public boolean finish(long ms) {
    finishing = true;
    open.forEach(KafkaConnection::finish);
    if (count.get() == 0) {
      return true;
    }
    try {
      return allEnded.await(ms, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Has requests meet faults from now on. For tests of those who use a broker. */
  public void faults(RequestFaults next) {
    faults.set(next);
  }

  /** Takes faults away, unless others have taken their place. */
  public void withoutFaults(RequestFaults gone) {
    faults.compareAndSet(gone, null);
  }

  @Nullable RequestFaults faults() {
    return faults.get();
  }
}
