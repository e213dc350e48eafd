package io.millrace.producer;

import io.millrace.wire.message.MetadataResponse;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The one thread of a producer that talks to brokers. It owns the connections, what is known of the
 * cluster, and every batch from when it is due until it is reported.
 *
 * <p><b>Waking.</b> The loop sleeps until the next thing is due. Before that it says until when
 * ({@code wakeAtNanos}); whoever brings something that is due earlier wakes it. While it is awake
 * nobody needs to: it looks at everything that was announced before it sleeps again.
 */
final class IoLoop implements Runnable, Cluster.TopicOpener {

  private static final long AWAKE = Long.MIN_VALUE;
  private static final System.Logger LOG = System.getLogger(IoLoop.class.getName());
  private static final long SLEEP_NANOS_MAX = 1_000_000_000L;
  private static final long LATE_COMERS_NANOS = 100_000L;
  private static final int LATE_COMERS_ROUNDS = 2000;

  private final Selector selector;
  private final ConcurrentHashMap<String, TopicQueues> topics;
  private final Cluster cluster;
  private final Identity identity;
  private final Deliveries deliveries;
  private final Queries queries;
  private final IdleTopics idle;
  private final ReportQueue reports;
  private final Outcomes outcomes;
  private final Metrics metrics;
  private final Notices notices;
  private final Alarms alarms;
  private final Telemetry telemetry;
  private final @Nullable MetricBeans beans;
  private final @Nullable Transactions transactions;
  private final Statistics statistics;
  private final Room room;
  private final FatalState fatal;
  private final BatchLimits limits;
  private final PartitioningChoice partitioning;
  private final BufferPool pool;
  private final Clock clock;
  private final long lingerNanos;
  private final Aside aside;

  private final ConcurrentLinkedQueue<PartitionQueue> arrivals = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Runnable> errands = new ConcurrentLinkedQueue<>();
  private volatile long wakeAtNanos = AWAKE;
  private volatile int flushing;
  private volatile boolean ending;
  private volatile boolean ended;
  private volatile @Nullable ProducerError connectionError;
  private long nextNanos;
  private long awakeNanos;

  /** The state of the metrics that JMX was last told of. */
  private int beansOf;

  IoLoop(
      ProducerSettings settings,
      ConcurrentHashMap<String, TopicQueues> topics,
      ReportQueue reports,
      FatalState fatal,
      BufferPool pool,
      Onlookers onlookers,
      Clock clock)
      throws IOException {
    this.clock = clock;
    this.nextNanos = clock.nanos();
    this.selector = Selector.open();
    this.topics = topics;
    this.reports = reports;
    this.metrics = onlookers.metrics();
    this.notices = onlookers.notices();
    this.alarms = new Alarms(notices);
    this.telemetry = new Telemetry(settings.pushesMetrics(), onlookers, clock);
    this.room = metrics.room();
    this.fatal = fatal;
    this.pool = pool;
    this.limits = settings.batchLimits();
    this.partitioning = settings.partitioning();
    this.lingerNanos = settings.send().lingerNanos();
    LinkSettings links = settings.links();
    this.awakeNanos = clock.nanos();
    this.statistics =
        new Statistics(
            onlookers, reports.wantsStatistics() ? settings.statisticsNanos() : 0, clock.nanos());
    this.aside = new Aside("millrace-aside-" + links.clientId(), this::run, clock);
    this.cluster =
        new Cluster(
            settings.cluster(),
            topics,
            (id, host, port) ->
                new BrokerLink(id, host, port, links, statistics.broker(id).link, selector, aside),
            this,
            notices);
    TransactionSettings wanted = settings.transactions();
    long retry = settings.cluster().retryNanos();
    this.identity = new Identity(settings.idempotent(), wanted != null, retry);
    this.transactions =
        wanted == null
            ? null
            : new Transactions(
                wanted, identity, cluster, fatal, this::purgeForAbort, retry, clock.nanos());
    this.idle = new IdleTopics(topics, identity, settings.cluster().idleNanosMax(), clock.nanos());
    this.queries = new Queries(cluster, settings.cluster().retryNanos(), clock);
    DeadLetters letters =
        new DeadLetters(
            settings.deadLetters(), reports, room, limits, pool, clock, this::sendDeadLetter);
    this.outcomes =
        outcome -> {
          count(outcome);
          if (transactions != null) {
            transactions.delivered(outcome);
          }
          letters.add(outcome);
        };
    metrics.metadataFrom(cluster::refreshedNanos);
    this.beans = settings.registersBeans() ? new MetricBeans(metrics) : null;
    updateBeans();
    this.deliveries =
        new Deliveries(
            settings.send(), identity, cluster, outcomes, fatal, statistics, transactions);
  }

  // --- by any thread ---

  /** A queue has something new. */
  void announce(PartitionQueue queue, PartitionQueue.Appended what, long nowNanos) {
    switch (what) {
      case NOTHING_NEW, RETIRED -> {}
      case NEW -> {
        arrivals.add(queue);
        wakeBefore(nowNanos + lingerNanos);
      }
      case DUE -> wakeBefore(nowNanos);
      case NEW_AND_DUE -> {
        arrivals.add(queue);
        wakeBefore(nowNanos);
      }
    }
  }

  private void wakeBefore(long dueNanos) {
    long wakes = wakeAtNanos;
    if (wakes != AWAKE && dueNanos - wakes < 0) {
      wakeAtNanos = AWAKE;
      selector.wakeup();
    }
  }

  /** Has the loop do something, soon. */
  void run(Runnable errand) {
    errands.add(errand);
    selector.wakeup();
  }

  /** A topic is produced to for the first time. */
  void wantTopic() {
    run(cluster::outdated);
  }

  /** From now on everything is due, until {@link #flushEnds}. */
  void flushBegins() {
    synchronized (this) {
      flushing++;
    }
    selector.wakeup();
  }

  @SuppressWarnings("NonAtomicVolatileUpdate")
  synchronized void flushEnds() {
    flushing--;
  }

  /** Whether nothing is done any more. Any thread. */
  boolean isEnded() {
    return ended;
  }

  /** Pushes metrics for the last time; completes when that is done, or nobody wants them. */
  CompletableFuture<Boolean> endTelemetry() {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    run(() -> telemetry.end(cluster, done, clock.nanos()));
    return done;
  }

  /** What brokers know the producer by; null if none has given it an id. Any thread. */
  @Nullable UUID clientInstanceId() {
    return telemetry.instance();
  }

  /** Ends the loop; what is left is reported as destroyed. */
  void end() {
    ending = true;
    selector.wakeup();
  }

  // --- the thread ---

  @Override
  public void run() {
    while (!ending) {
      try {
        turn();
      } catch (IOException | RuntimeException | Error e) {
        fatal.set(ProducerError.of(LocalError.FATAL, "the producer's loop failed: " + e));
        ending = true;
      }
    }
    long now = clock.nanos();
    ProducerError closed = ProducerError.of(LocalError.DESTROY, "the producer was closed");
    for (BrokerLink link : cluster.all()) {
      link.down(closed, now);
    }
    room.close();
    failAll(closed, now);
    awaitLateComers(closed);
    queries.failAll(closed);
    if (transactions != null) {
      transactions.failAll(closed);
    }
    ended = true;
    deliveries.close();
    if (beans != null) {
      beans.close();
    }
    reports.close();
    aside.close();
    try {
      selector.close();
    } catch (IOException e) {
      return;
    }
  }

  /** Whoever was let in before the end may still be on the way to a queue. */
  private void awaitLateComers(ProducerError why) {
    for (int i = 0; i < LATE_COMERS_ROUNDS && room.messages() > reports.waiting(); i++) {
      LockSupport.parkNanos(LATE_COMERS_NANOS);
      failAll(why, clock.nanos());
    }
  }

  private void turn() throws IOException {
    long fellAsleep = sleep();
    long now = clock.nanos();
    metrics.turned(fellAsleep - awakeNanos, now - fellAsleep, now);
    awakeNanos = now;
    for (SelectionKey key : selector.selectedKeys()) {
      ((BrokerLink) key.attachment()).ready(now);
    }
    selector.selectedKeys().clear();
    for (Runnable errand; (errand = errands.poll()) != null; ) {
      errand.run();
    }
    for (PartitionQueue queue; (queue = arrivals.poll()) != null; ) {
      queue.heard();
      deliveries.activate(queue);
    }
    ProducerError refused = identity.refused();
    if (refused != null) {
      fatal.set(refused);
    }
    if (fatal.isSet()) {
      purgeForFatal(now);
    }
    long next = Long.MAX_VALUE;
    for (BrokerLink link : cluster.all()) {
      link.expire(now);
    }
    next = Math.min(next, deliveries.expire(now));
    next = Math.min(next, expireWaiting(now));
    next = Math.min(next, idle.work(now));
    cluster.work(now);
    identity.work(cluster, now);
    next = Math.min(next, deliveries.work(now, flushing > 0));
    next = Math.min(next, queries.work(now));
    if (transactions != null) {
      next = Math.min(next, transactions.work(now));
    }
    if (statistics.isDue(now)) {
      report(now);
    }
    alarms.look(cluster, fatal, identity);
    next = Math.min(next, telemetry.work(cluster, now));
    metrics.keepTopics(topics.keySet());
    if (metrics.changes() != beansOf) {
      updateBeans();
    }
    next = Math.min(next, statistics.dueNanos());
    for (BrokerLink link : cluster.all()) {
      next = Math.min(next, link.nextDeadlineNanos());
    }
    long ask = Math.min(cluster.dueNanos(now), identity.dueNanos());
    boolean nobody = cluster.anyUp() == null;
    connectionError = cluster.isConnected() ? null : cluster.lastError();
    nextNanos = Math.min(next, nobody && ask <= now ? cluster.nextAttemptNanos(now) : ask);
  }

  /** Has JMX know what there is. */
  private void updateBeans() {
    beansOf = metrics.changes();
    MetricBeans of = beans;
    if (of != null) {
      aside.run(
          () -> {
            of.update();
            return of;
          },
          (done, now) -> {},
          (why, now) -> LOG.log(System.Logger.Level.WARNING, "metrics are not in JMX", why));
    }
  }

  private void count(ReportQueue.Outcome outcome) {
    ProducerError error = outcome.error();
    if (error != null) {
      MessageBatch batch = outcome.batch();
      metrics.failed(batch.queue.topic.name, batch.count(), error, outcome.atNanos());
      if (notices.sees(Debug.MSG)) {
        notices.debug(
            Debug.MSG, "FAILED", batch.queue + ": " + batch.count() + " messages: " + error);
      }
    }
  }

  /** Hands statistics over. */
  private void report(long nowNanos) {
    statistics.keepTopics(topics.keySet());
    reports.statistics(
        new StatisticsText(statistics, room, reports, identity, fatal, transactions, nowNanos)
            .print(cluster.all(), topics.values(), clock.millis()));
    statistics.clearWindows(topics.values());
  }

  /** Sleeps until there is something to do; returns when it began to. */
  private long sleep() throws IOException {
    long now = clock.nanos();
    long until = Math.min(nextNanos, now + SLEEP_NANOS_MAX);
    wakeAtNanos = until;
    if (!arrivals.isEmpty() || !errands.isEmpty() || until - now <= 0) {
      wakeAtNanos = AWAKE;
      selector.selectNow();
      return now;
    }
    long ms = (until - now + 999_999) / 1_000_000;
    selector.select(ms);
    wakeAtNanos = AWAKE;
    return now;
  }

  // --- topics ---

  @Override
  public void located(
      TopicQueues topic, MetadataResponse.MetadataResponseTopic found, long nowNanos) {
    topic.error = null;
    topic.locatedNanos = nowNanos;
    PartitionQueue[] known = topic.partitions;
    int count = known.length;
    for (MetadataResponse.MetadataResponsePartition one : found.partitions) {
      count = Math.max(count, one.partitionIndex + 1);
    }
    PartitionQueue[] queues = known;
    if (count > known.length) {
      queues = Arrays.copyOf(known, count);
      for (int i = known.length; i < count; i++) {
        queues[i] = new PartitionQueue(topic, i, limits, pool);
      }
    }
    for (MetadataResponse.MetadataResponsePartition one : found.partitions) {
      PartitionQueue queue = queues[one.partitionIndex];
      if (one.leaderEpoch >= 0 && one.leaderEpoch < queue.leaderEpoch) {
        continue;
      }
      queue.leaderEpoch = one.leaderEpoch;
      if (one.leaderId != queue.leader) {
        queue.leaderChanged |= !queue.inFlight.isEmpty();
        if (queue.leader >= 0) {
          notices.debug(Debug.TOPIC, "TOPIC", queue + " is led by broker " + one.leaderId);
        }
        queue.leader = one.leaderId;
      }
    }
    if (queues != known) {
      notices.debug(Debug.TOPIC, "TOPIC", topic.name + " has partitions: " + count);
      if (known.length == 0) {
        idle.remember(topic, queues);
      }
      open(topic, queues, nowNanos);
    }
  }

  /** A message that waited for its topic and can go to none of its partitions. */
  private record Nowhere(TopicQueues.Unassigned message, ProducerError why) {}

  /** Gives waiting messages their partitions, in their order and before any that comes later. */
  private void open(TopicQueues topic, PartitionQueue[] queues, long nowNanos) {
    List<Nowhere> nowhere = new ArrayList<>();
    synchronized (topic) {
      for (TopicQueues.Unassigned one; (one = topic.unpark()) != null; ) {
        int partition = one.partition();
        if (partition < 0) {
          try {
            partition =
                topic.partitioning.choose(one.key(), one.value(), one.headers(), queues, nowNanos);
          } catch (ProducerException e) {
            nowhere.add(new Nowhere(one, e.error()));
            continue;
          }
        }
        if (partition < 0 || partition >= queues.length) {
          nowhere.add(new Nowhere(one, unknownPartition(topic, partition, queues.length)));
          continue;
        }
        PartitionQueue queue = queues[partition];
        PartitionQueue.Appended appended = queue.append(one);
        announce(queue, appended, nowNanos);
      }
      topic.partitions = queues;
    }
    for (Nowhere one : nowhere) {
      fail(topic, one.message, one.why, nowNanos);
    }
  }

  static ProducerError unknownPartition(TopicQueues topic, int partition, int count) {
    return ProducerError.of(
        LocalError.UNKNOWN_PARTITION,
        topic.name
            + " has no partition "
            + partition
            + ": it has "
            + count
            + (count == 1 ? " partition" : " partitions, 0 to " + (count - 1)));
  }

  @Override
  public void failed(TopicQueues topic, ProducerError why, long nowNanos) {
    topic.refuse(why);
    notices.debug(Debug.TOPIC, "TOPIC", topic.name + ": " + why);
    for (TopicQueues.Unassigned one; (one = topic.unpark()) != null; ) {
      fail(topic, one, why, nowNanos);
    }
    deliveries.purge(Arrays.asList(topic.partitions), why, nowNanos);
  }

  /** Reports a message that never had a partition. */
  private void fail(
      TopicQueues topic, TopicQueues.Unassigned one, ProducerError why, long nowNanos) {
    outcomes.add(new ReportQueue.Outcome(alone(topic, one), -1, -1, why, nowNanos));
  }

  /** Sends a message that nobody of the application sends; false if there is no way. */
  private boolean sendDeadLetter(String name, TopicQueues.Unassigned letter, long nowNanos) {
    if (ending) {
      return false;
    }
    TopicQueues topic = topics.get(name);
    if (topic != null && topic.error != null && !topic.isKnown()) {
      // The next one asks for it anew.
      topics.remove(name, topic);
      return false;
    }
    if (topic == null) {
      TopicQueues made = new TopicQueues(name, partitioning.forTopic(name), nowNanos);
      TopicQueues other = topics.putIfAbsent(name, made);
      topic = other == null ? made : other;
      cluster.outdated();
    }
    if (topic.park(letter) == TopicQueues.Parked.WAITS) {
      return true;
    }
    PartitionQueue[] queues = topic.partitions;
    int chosen;
    try {
      chosen =
          topic.partitioning.choose(
              letter.key(), letter.value(), letter.headers(), queues, nowNanos);
    } catch (ProducerException e) {
      return false;
    }
    if (chosen < 0 || chosen >= queues.length) {
      return false;
    }
    announce(queues[chosen], queues[chosen].append(letter), nowNanos);
    return true;
  }

  /** A batch of one message that never had a partition. Any thread. */
  MessageBatch alone(TopicQueues topic, TopicQueues.Unassigned one) {
    PartitionQueue nowhere = new PartitionQueue(topic, one.partition(), limits, pool);
    nowhere.append(one);
    return Objects.requireNonNull(nowhere.take());
  }

  /** Gives up messages that have waited too long for their topic. */
  private long expireWaiting(long nowNanos) {
    long next = Long.MAX_VALUE;
    for (TopicQueues topic : topics.values()) {
      for (TopicQueues.Unassigned one;
          (one = topic.unparkLate(limits.deliveryNanosMax(), nowNanos)) != null; ) {
        fail(
            topic,
            one,
            ProducerError.of(
                LocalError.MSG_TIMED_OUT,
                "topic "
                    + topic.name
                    + " did not become known within the message's time (delivery.timeout.ms)"
                    + whyUnknown(topic)),
            nowNanos);
      }
      next = Math.min(next, topic.firstDueNanos(limits.deliveryNanosMax()));
    }
    return next;
  }

  private String whyUnknown(TopicQueues topic) {
    if (cluster.isConnected() && topic.refusal != null) {
      return "; a broker says: " + topic.refusal.message();
    }
    ProducerError last = cluster.isConnected() ? null : cluster.lastError();
    return last == null ? cluster.underWay() : "; the last attempt: " + last;
  }

  // --- the end of things ---

  private void purgeForFatal(long nowNanos) {
    ProducerError why = fatal.get();
    if (why != null) {
      failAll(
          new ProducerError(
              LocalError.FATAL.code(),
              LocalError.FATAL.label(),
              "the producer cannot go on: " + why,
              false,
              true,
              false,
              ProducerError.Persisted.NOT),
          nowNanos);
    }
  }

  private void failAll(ProducerError why, long nowNanos) {
    for (TopicQueues topic : topics.values()) {
      for (TopicQueues.Unassigned one; (one = topic.unpark()) != null; ) {
        fail(topic, one, why, nowNanos);
      }
      deliveries.purge(Arrays.asList(topic.partitions), why, nowNanos);
    }
  }

  /** Gives up what waits, because its transaction is aborted. */
  private void purgeForAbort(long nowNanos) {
    ProducerError queued =
        ProducerError.of(LocalError.PURGE_QUEUE, "its transaction was aborted before it was sent");
    ProducerError sent =
        ProducerError.of(
            LocalError.PURGE_INFLIGHT, "its transaction was aborted while it was to be sent again");
    for (TopicQueues topic : topics.values()) {
      for (TopicQueues.Unassigned one; (one = topic.unpark()) != null; ) {
        fail(topic, one, queued, nowNanos);
      }
      deliveries.purge(Arrays.asList(topic.partitions), queued, sent, nowNanos);
    }
  }

  int transactionTimeoutMs() {
    return transactions == null ? 0 : transactions.settings().timeoutMs();
  }

  /** Null without a {@code transactional.id}. Owned by the loop, but for what any thread may. */
  @Nullable Transactions transactions() {
    return transactions;
  }

  /** On the loop's thread. */
  Queries queries() {
    return queries;
  }

  /** Takes out what waits in queues. On the loop's thread. */
  void purgeQueued(ProducerError why) {
    notices.debug(Debug.QUEUE, "PURGE", room.messages() + " messages are held");
    failAll(why, clock.nanos());
  }

  /** Breaks off what is under way. On the loop's thread. */
  void breakOff(ProducerError why) {
    long now = clock.nanos();
    for (BrokerLink link : cluster.all()) {
      if (link.producesInFlight > 0) {
        link.down(why, now);
      }
    }
  }

  /** Why no broker is connected; null if one is, or none was tried. Any thread. */
  @Nullable ProducerError connectionError() {
    return connectionError;
  }

  int underWay() {
    return deliveries.underWay();
  }
}
