package io.millrace.producer;

import io.millrace.record.Compression;
import io.millrace.record.Header;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Sends messages to a broker that speaks Kafka's protocol. Threads may share one; it has a thread
 * of its own for the connections, and one more that hands reports over.
 *
 * <p>A message is accepted or refused at once. Every accepted one gets exactly one final {@link
 * DeliveryReport}, whatever happens: retries go on inside and are not seen.
 *
 * <pre>{@code
 * try (Producer producer = Producer.open(Map.of("bootstrap.servers", "127.0.0.1:9092"))) {
 *   producer.produce("visits", key, value, report -> {
 *     if (!report.isDelivered()) { ... }
 *   });
 * }
 * }</pre>
 */
public final class Producer implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Producer.class.getName());
  private static final long FOREVER = Long.MAX_VALUE / 4;
  private static final long GOODBYE_NANOS_MAX = 1_000_000_000L;
  private static final long POOL_IDLE_BYTES = 64L << 20;
  private static final long LOOK_AGAIN_MS = 100;

  private final Clock clock;
  private final ProducerSettings settings;
  private final Room room;
  private final Metrics metrics;
  private final Notices notices;
  private final ReportQueue reports;
  private final Interceptors interceptors;
  private final SpillFile spill;
  private final FatalState fatal = new FatalState();
  private final ConcurrentHashMap<String, TopicQueues> topics = new ConcurrentHashMap<>();
  private final IoLoop loop;

  /** Null without a {@code transactional.id}. */
  private final @Nullable Transactions transactions;

  private final @Nullable TransactionCalls transactionCalls;
  private final Thread loopThread;
  private final @Nullable Thread dispatcher;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * What the monotonic clock must be added to give milliseconds since 1970; set anew each second.
   */
  private volatile long clockOffsetMs;

  private volatile long clockSetNanos;

  private Producer(
      ProducerSettings settings, ProducerListeners listeners, Surroundings surroundings)
      throws IOException {
    settings.deadLetters().check();
    this.clock = surroundings.clock();
    this.settings = settings;
    this.room = new Room(settings.messagesMax(), settings.bytesMax());
    this.metrics = new Metrics(settings.links().clientId(), settings.samples(), room, clock);
    this.interceptors =
        new Interceptors(
            listeners.interceptors(),
            thrown -> LOG.log(System.Logger.Level.WARNING, "an interceptor threw", thrown));
    this.spill = new SpillFile(settings.deadLetters().spillFile());
    this.reports =
        new ReportQueue(
            room,
            listeners,
            settings.onlyErrors(),
            interceptors,
            this::spill,
            thrown -> LOG.log(System.Logger.Level.WARNING, "a delivery callback threw", thrown));
    this.notices = new Notices(reports, listeners, settings.debug(), settings.logLevel());
    this.loop =
        new IoLoop(
            settings,
            topics,
            reports,
            fatal,
            new BufferPool(POOL_IDLE_BYTES),
            new Onlookers(metrics, notices),
            clock);
    this.transactions = loop.transactions();
    this.transactionCalls =
        transactions == null
            ? null
            : new TransactionCalls(transactions, loop, reports, this::flush, clock);
    setClock(clock.nanos());
    String name = settings.links().clientId();
    this.loopThread = new Thread(loop, "millrace-producer-" + name);
    loopThread.setDaemon(true);
    loopThread.start();
    this.dispatcher =
        settings.dispatches() ? new Thread(this::dispatch, "millrace-reports-" + name) : null;
    if (dispatcher != null) {
      dispatcher.setDaemon(true);
      dispatcher.start();
    }
  }

  /**
   * Opens a producer. Nothing is connected yet, and no broker need be there.
   *
   * @param settings by librdkafka's or Kafka's names; {@code bootstrap.servers} at least
   * @throws IllegalArgumentException if a name is unknown, a value not allowed, or two contradict
   *     one another; the message says which, and names the nearest
   */
  public static Producer open(Map<String, ?> settings) {
    return open(settings, new ProducerListeners());
  }

  /**
   * Opens a producer.
   *
   * @param everyReport gets the reports of messages that have no callback of their own; null for
   *     nobody
   */
  public static Producer open(Map<String, ?> settings, @Nullable DeliveryCallback everyReport) {
    return open(settings, new ProducerListeners().everyReport(everyReport));
  }

  /** Opens a producer that calls more than callbacks. */
  public static Producer open(Map<String, ?> settings, ProducerListeners listeners) {
    return open(settings, listeners, Surroundings.SYSTEM);
  }

  /** Opens a producer on a machine that a test says. */
  static Producer open(
      Map<String, ?> settings, ProducerListeners listeners, Surroundings surroundings) {
    try {
      return new Producer(ProducerTable.read(settings, surroundings), listeners, surroundings);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether there is a setting of this name, or alias, that can be given. */
  public static boolean takes(String name) {
    return ProducerTable.ALL.find(name) != null;
  }

  /** Whether a setting of this name, or alias, does anything. */
  public static boolean uses(String name) {
    ProducerSetting row = ProducerTable.ALL.find(name);
    return row != null && row.effect() == ProducerSetting.Effect.WORKS;
  }

  /** Every setting, what is in force and where it comes from; in the order of the page. */
  public List<SettingInUse> describeSettings() {
    return settings.described();
  }

  /** Writes a batch of dead letters to the file. By the thread that serves reports. */
  private @Nullable DeadLetterPlace spill(MessageBatch letters) {
    String topic = letters.queue.topic.name;
    try {
      Path file = spill.append(topic, letters.toSend(Compression.NONE, null, false, new CRC32C()));
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} messages that could not be delivered are in {1}, meant for {2}",
          letters.count(),
          file,
          topic);
      return new DeadLetterPlace(topic, -1, -1, file);
    } catch (IOException | RuntimeException e) {
      LOG.log(
          System.Logger.Level.ERROR,
          letters.count() + " messages for " + topic + " are kept nowhere but in their reports",
          e);
      return null;
    }
  }

  /** How many callbacks and listeners have thrown; each is logged, and changes nothing else. */
  public long callbacksThrown() {
    return reports.thrown();
  }

  /** What became of messages that could not be delivered, so far. */
  public DeadLetterCounts deadLetters() {
    return reports.deadLetters();
  }

  private void dispatch() {
    try {
      while (!closed.get() || loopThread.isAlive() || reports.waiting() > 0) {
        reports.serve(Integer.MAX_VALUE, TimeUnit.MILLISECONDS.toNanos(200));
      }
      // What was said at the very end.
      reports.serve(Integer.MAX_VALUE, 0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      closeSpill();
    }
  }

  private void closeSpill() {
    try {
      spill.close();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "the file of dead letters was not closed", e);
    }
  }

  // --- messages ---

  /** Sends a message whose report nobody asks for but the callback of the producer. */
  public void produce(String topic, byte @Nullable [] key, byte @Nullable [] value) {
    produce(topic, -1, key, value, null, -1, null, null, MessageBatch.NO_DEADLINE);
  }

  /**
   * Sends a message.
   *
   * @param callback gets its report
   * @throws QueueFullException if there is no room, within {@code max.block.ms} if that is set;
   *     never waits when called by a callback
   * @throws ProducerException if the producer is closed or cannot go on, the message is too large,
   *     or the topic is known not to exist
   */
  public void produce(
      String topic,
      byte @Nullable [] key,
      byte @Nullable [] value,
      @Nullable DeliveryCallback callback) {
    produce(topic, -1, key, value, null, -1, callback, null, MessageBatch.NO_DEADLINE);
  }

  /**
   * Sends a message.
   *
   * @return nothing: the report says what became of it
   */
  public void produce(ProducerMessage message) {
    if (interceptors.isEmpty()) {
      accept(message);
    } else {
      intercept(message);
    }
  }

  private void accept(ProducerMessage message) {
    long deadline =
        message.deadline() == null
            ? MessageBatch.NO_DEADLINE
            : clock.nanos() + message.deadline().toNanos();
    accept(
        message.topic(),
        message.partition(),
        message.key(),
        message.value(),
        message.headers().isEmpty() ? null : message.headers(),
        message.timestamp(),
        message.callback(),
        message.opaque(),
        deadline);
  }

  /**
   * Sends a message.
   *
   * @return completes with the report; takes the place of the message's own callback
   */
  public Delivery send(ProducerMessage message) {
    Delivery delivery = new Delivery();
    produce(message.onDelivery(delivery));
    return delivery;
  }

  /**
   * Sends a message, and where there is no room for it tries again after waits that double and are
   * never quite the same, so that many threads do not come back at once. Beyond {@code
   * max.block.ms} for each attempt. Without a dispatcher's thread it hands reports over meanwhile.
   *
   * @param attemptsMax how often it is tried, at least 1
   * @param base the first wait
   * @throws QueueFullException if there was no room at the last attempt; at the first when called
   *     by a callback
   */
  public void produceWithBackoff(ProducerMessage message, int attemptsMax, Duration base)
      throws InterruptedException {
    Backoff backoff = new Backoff(attemptsMax, nanos(base));
    for (int attempt = 1; ; attempt++) {
      try {
        produce(message);
        return;
      } catch (QueueFullException e) {
        if (attempt >= attemptsMax || reports.isServing()) {
          throw e;
        }
        backoff.await(attempt, dispatcher == null ? reports : null, clock, Chance.SYSTEM);
      }
    }
  }

  /**
   * Sends several messages, each for itself.
   *
   * @return for each, in their order, why it was not accepted; null for those that were
   */
  public List<@Nullable ProducerError> produceAll(List<ProducerMessage> messages) {
    List<@Nullable ProducerError> outcome = new ArrayList<>(messages.size());
    for (ProducerMessage message : messages) {
      ProducerError error = null;
      try {
        produce(message);
      } catch (ProducerException e) {
        error = e.error();
      }
      outcome.add(error);
    }
    return outcome;
  }

  /**
   * Takes a message out of its queue, if it waits there and was never sent. It is reported with
   * {@code _PURGE_QUEUE}.
   *
   * @return whether it was taken out; if not, it is under way or done
   */
  public boolean cancel(Delivery delivery) {
    for (TopicQueues topic : topics.values()) {
      MessageBatch taken = topic.cancel(delivery, loop::alone);
      if (taken != null) {
        reports.add(
            new ReportQueue.Outcome(
                taken,
                -1,
                -1,
                ProducerError.of(LocalError.PURGE_QUEUE, "cancelled while it waited in its queue"),
                clock.nanos()));
        return true;
      }
    }
    return false;
  }

  /** Has the interceptors see a message, and goes on with what they make of it. */
  private void intercept(ProducerMessage given) {
    ProducerMessage message = interceptors.onSend(given);
    try {
      accept(message);
    } catch (ProducerException e) {
      interceptors.onRefusal(message, e.error());
      throw e;
    }
  }

  private void produce(
      String topic,
      int partition,
      byte @Nullable [] key,
      byte @Nullable [] value,
      @Nullable List<Header> headers,
      long timestamp,
      @Nullable DeliveryCallback callback,
      @Nullable Object opaque,
      long deadlineNanos) {
    if (interceptors.isEmpty()) {
      accept(topic, partition, key, value, headers, timestamp, callback, opaque, deadlineNanos);
    } else {
      intercept(ProducerMessage.to(topic).key(key).value(value).onDelivery(callback));
    }
  }

  private void accept(
      String topic,
      int partition,
      byte @Nullable [] key,
      byte @Nullable [] value,
      @Nullable List<Header> headers,
      long timestamp,
      @Nullable DeliveryCallback callback,
      @Nullable Object opaque,
      long deadlineNanos) {
    requireUsable();
    long recordBytes = MessageBatch.recordBytesMax(key, value, headers);
    if (recordBytes + io.millrace.record.RecordBatch.HEADER_SIZE > settings.messageBytesMax()) {
      throw new ProducerException(tooLarge(topic, recordBytes));
    }
    long payload = MessageBatch.payloadBytes(key, value, headers);
    takeRoom(payload);
    boolean accepted = false;
    try {
      if (transactions != null) {
        // Behind the taking of room, so that an end that waits for the room waits for this too.
        transactions.requireOpen();
      }
      long now = clock.nanos();
      long time = timestamp >= 0 ? timestamp : timeMs(now);
      accepted =
          enqueue(
              topic,
              partition,
              key,
              value,
              headers,
              time,
              callback,
              opaque,
              deadlineNanos,
              (int) recordBytes,
              payload,
              now);
    } finally {
      if (!accepted) {
        room.give(1, payload);
      }
    }
  }

  private boolean enqueue(
      String topic,
      int partition,
      byte @Nullable [] key,
      byte @Nullable [] value,
      @Nullable List<Header> headers,
      long time,
      @Nullable DeliveryCallback callback,
      @Nullable Object opaque,
      long deadlineNanos,
      int recordBytes,
      long payload,
      long now) {
    while (!enqueue(
        topic(topic, now),
        partition,
        key,
        value,
        headers,
        time,
        callback,
        opaque,
        deadlineNanos,
        recordBytes,
        payload,
        now)) {
      // The loop is just forgetting the topic: it is gone from the map at once.
      Thread.onSpinWait();
    }
    return true;
  }

  /**
   * @return false if the topic is forgotten, and must be looked up again
   */
  private boolean enqueue(
      TopicQueues of,
      int partition,
      byte @Nullable [] key,
      byte @Nullable [] value,
      @Nullable List<Header> headers,
      long time,
      @Nullable DeliveryCallback callback,
      @Nullable Object opaque,
      long deadlineNanos,
      int recordBytes,
      long payload,
      long now) {
    PartitionQueue[] queues = of.partitions;
    if (queues.length == 0) {
      ProducerError error = of.error;
      if (error != null) {
        topics.remove(of.name, of);
        throw new ProducerException(error);
      }
      TopicQueues.Parked parked =
          of.park(
              new TopicQueues.Unassigned(
                  partition,
                  time,
                  key,
                  value,
                  headers,
                  payload,
                  callback,
                  opaque,
                  deadlineNanos,
                  now));
      if (parked != TopicQueues.Parked.KNOWN) {
        return parked == TopicQueues.Parked.WAITS;
      }
      queues = of.partitions;
    }
    int chosen =
        partition >= 0 ? partition : of.partitioning.choose(key, value, headers, queues, now);
    if (chosen < 0 || chosen >= queues.length) {
      throw new ProducerException(IoLoop.unknownPartition(of, chosen, queues.length));
    }
    PartitionQueue queue = queues[chosen];
    PartitionQueue.Appended appended =
        queue.append(
            time, key, value, headers, recordBytes, payload, callback, opaque, deadlineNanos, now);
    if (appended == PartitionQueue.Appended.RETIRED) {
      return false;
    }
    if (appended != PartitionQueue.Appended.NOTHING_NEW) {
      loop.announce(queue, appended, now);
    }
    return true;
  }

  private void requireUsable() {
    if (closed.get()) {
      throw new ProducerException(
          ProducerError.of(LocalError.STATE, "the producer is closed: open another"));
    }
    ProducerError why = fatal.get();
    if (why != null) {
      throw new ProducerException(
          ProducerError.of(LocalError.FATAL, "the producer cannot go on, close it: " + why)
              .asFatal());
    }
  }

  private ProducerError tooLarge(String topic, long bytes) {
    return ProducerError.of(
        (short) 10,
        "a message for "
            + topic
            + " takes "
            + bytes
            + " bytes in a batch, at most "
            + settings.messageBytesMax()
            + " allowed (message.max.bytes)");
  }

  private void takeRoom(long payload) {
    if (room.take(payload)) {
      return;
    }
    if (settings.blockNanosMax() > 0 && !reports.isServing()) {
      long began = clock.nanos();
      try {
        if (room.take(payload, settings.blockNanosMax())) {
          return;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        metrics.waited(clock.nanos() - began);
      }
    }
    requireUsable();
    metrics.refused();
    if (notices.sees(Debug.QUEUE)) {
      notices.debug(Debug.QUEUE, "FULL", room.messages() + " messages are held");
    }
    throw new QueueFullException(
        "no room: "
            + room.messages()
            + " messages with "
            + room.bytes()
            + " bytes are held, at most "
            + room.messagesMax()
            + " (queue.buffering.max.messages) and "
            + room.bytesMax()
            + " bytes (queue.buffering.max.kbytes) may be; try again once some are delivered");
  }

  private TopicQueues topic(String name, long now) {
    Objects.requireNonNull(name, "a message without a topic");
    TopicQueues known = topics.get(name);
    if (known != null) {
      return known;
    }
    TopicQueues made = new TopicQueues(name, settings.partitioning().forTopic(name), now);
    TopicQueues other = topics.putIfAbsent(name, made);
    if (other != null) {
      return other;
    }
    loop.wantTopic();
    return made;
  }

  private long timeMs(long nanos) {
    if (nanos - clockSetNanos > 1_000_000_000L) {
      setClock(nanos);
    }
    return clockOffsetMs + nanos / 1_000_000;
  }

  private void setClock(long nanos) {
    clockOffsetMs = clock.millis() - nanos / 1_000_000;
    clockSetNanos = nanos;
  }

  // --- transactions ---

  private TransactionCalls transactional() {
    TransactionCalls calls = transactionCalls;
    if (calls == null) {
      throw new ProducerException(
          ProducerError.of(
              LocalError.NOT_CONFIGURED, "there are no transactions without transactional.id"));
    }
    if (closed.get()) {
      requireUsable();
    }
    return calls;
  }

  /**
   * Gets the producer id that belongs to {@code transactional.id}. With that whoever used the name
   * before is fenced off, and what it left open is aborted, before this returns. To be called once,
   * before all other transactional calls.
   *
   * <p>Of this and the other calls: when the time is over, {@code _TIMED_OUT} is thrown, and what
   * was begun goes on; the same call waits for it again. An error says by itself what to do: {@link
   * ProducerError#retriable} the same call again; {@link ProducerError#txnRequiresAbort} {@link
   * #abortTransaction}; if it is neither, close the producer. {@link #inTransaction} does so. They
   * are made by one thread at a time ({@code _CONFLICT}) and not from a delivery callback ({@code
   * _STATE}).
   *
   * @throws ProducerException besides, {@code _STATE} if it was called before; fatal if the broker
   *     allows it not, or not such a {@code transaction.timeout.ms}; {@code _NOT_CONFIGURED}
   *     without {@code transactional.id}
   */
  public void initTransactions(Duration wait) throws InterruptedException {
    transactional().initialize(wait);
  }

  /**
   * Begins a transaction: from now on messages are taken, until it ends. No broker is asked.
   *
   * @throws ProducerException {@code _STATE} if one is open, or there was no {@link
   *     #initTransactions}
   */
  public void beginTransaction() throws InterruptedException {
    transactional().begin();
  }

  /**
   * Has the transaction move the offsets of a consumer group: they are moved when it is committed,
   * and not if it is aborted. When this returns they are with the group's coordinator.
   *
   * @param offsets the next ones to be consumed; none at all is no error, and does nothing
   * @param member who moves them: one that is no longer in the group is refused, and the
   *     transaction must be aborted
   */
  public void sendOffsetsToTransaction(List<GroupOffset> offsets, GroupMember member, Duration wait)
      throws InterruptedException {
    transactional().sendOffsets(offsets, member, wait);
  }

  /**
   * Sends what waits, and commits: all messages and offsets of the transaction show, or none. When
   * this returns it is committed and every report was handed over.
   *
   * @throws ProducerException as at {@link #initTransactions}. If a message was not delivered, its
   *     error, with {@link ProducerError#txnRequiresAbort}
   */
  public void commitTransaction(Duration wait) throws InterruptedException {
    transactional().commit(wait);
  }

  /**
   * Aborts: nothing of the transaction will show. Messages that wait are reported with {@code
   * _PURGE_QUEUE}, or {@code _PURGE_INFLIGHT} if one attempt was made; those that are under way are
   * awaited. When this returns it is aborted and every report was handed over.
   */
  public void abortTransaction(Duration wait) throws InterruptedException {
    transactional().abort(wait);
  }

  /**
   * Runs something in a transaction and commits it, once: see the longer form, with one run and
   * {@code transaction.timeout.ms} for each call.
   */
  public <T, E extends Exception> T inTransaction(TransactionBody<T, E> body)
      throws E, InterruptedException {
    return inTransaction(1, Duration.ofMillis(loop.transactionTimeoutMs()), body);
  }

  /**
   * Runs something in a transaction and commits it. On an error it takes the way that the error
   * wants: a call that can be made again is, while there is time; a transaction that must be
   * aborted is, and the body run again if it may be; an error after which the producer cannot go on
   * is thrown, and the producer is to be closed. What the body throws of its own accord aborts the
   * transaction and is thrown, without another run.
   *
   * @param runsMax how often the body may be run; each run must give the same, for only one counts
   * @param wait how long commit and abort may each take
   * @return what the body has returned; it is committed
   * @throws ProducerException why it was not committed. If {@code _TIMED_OUT}, whether it was is
   *     not known: {@link #commitTransaction} or {@link #abortTransaction}, whichever the message
   *     names, is to be called again
   */
  public <T, E extends Exception> T inTransaction(
      int runsMax, Duration wait, TransactionBody<T, E> body) throws E, InterruptedException {
    return transactional().run(body, runsMax, wait);
  }

  // --- reports ---

  /**
   * Hands over reports that are waiting, by the calling thread. Needed only with {@code
   * delivery.dispatch=poll}.
   *
   * @param wait how long to wait for the first
   * @return how many were handed over
   */
  public int poll(Duration wait) throws InterruptedException {
    return reports.serve(Integer.MAX_VALUE, nanos(wait));
  }

  /**
   * Sends everything at once and waits until no message is left that was not reported: those that
   * other threads bring meanwhile count too.
   *
   * @return how many messages are not reported yet when the time is over: 0 if all are
   */
  public long flush(Duration wait) throws InterruptedException {
    if (reports.isServing()) {
      throw new ProducerException(
          ProducerError.of(LocalError.STATE, "a delivery callback cannot wait for deliveries"));
    }
    return flush(clock.nanos() + nanos(wait), () -> true);
  }

  private long flush(long end, BooleanSupplier goesOn) throws InterruptedException {
    long began = clock.nanos();
    if (notices.sees(Debug.QUEUE)) {
      notices.debug(Debug.QUEUE, "FLUSH", room.messages() + " messages are held");
    }
    loop.flushBegins();
    try {
      while (room.messages() > 0 && goesOn.getAsBoolean()) {
        long left = end - clock.nanos();
        if (left <= 0) {
          break;
        }
        long step = Math.min(left, TimeUnit.MILLISECONDS.toNanos(10));
        if (dispatcher == null) {
          reports.serve(Integer.MAX_VALUE, step);
        } else {
          room.awaitChange(step);
        }
      }
      return room.messages();
    } finally {
      loop.flushEnds();
      metrics.flushNanos.add(clock.nanos() - began);
    }
  }

  static long nanos(Duration wait) {
    try {
      return Math.min(FOREVER, wait.toNanos());
    } catch (ArithmeticException e) {
      return FOREVER;
    }
  }

  /**
   * Asks a broker for a topic's partitions. The topic is not made by that.
   *
   * @throws ProducerException if there is no such topic, no answer in time, or the producer is
   *     closed
   */
  public TopicMetadata metadata(String topic, Duration wait) throws InterruptedException {
    return metadata(topic, false, wait);
  }

  /**
   * Asks a broker for a topic's partitions until it has some: a broker that makes topics when they
   * are asked for makes it, if {@code allow.auto.create.topics} allows that.
   *
   * @throws ProducerException if there is none in time
   */
  public TopicMetadata awaitTopic(String topic, Duration wait) throws InterruptedException {
    // With that the loop learns of it too, before the first message.
    topic(topic, clock.nanos());
    return metadata(topic, true, wait);
  }

  private TopicMetadata metadata(String topic, boolean awaited, Duration wait)
      throws InterruptedException {
    requireUsable();
    CompletableFuture<TopicMetadata> result = new CompletableFuture<>();
    long deadline = clock.nanos() + nanos(wait);
    boolean making = awaited && settings.cluster().allowAutoCreateTopics();
    loop.run(() -> loop.queries().metadata(result, topic, awaited, making, deadline));
    return answer(result);
  }

  /**
   * Asks a partition's leader where it begins and ends.
   *
   * @throws ProducerException if there is no such partition, or no answer in time
   */
  public Watermarks watermarks(String topic, int partition, Duration wait)
      throws InterruptedException {
    requireUsable();
    long deadline = clock.nanos() + nanos(wait);
    TopicQueues of = topic(topic, clock.nanos());
    while (!of.isKnown() && of.error == null && clock.nanos() - deadline < 0) {
      metadata(topic, Duration.ofNanos(Math.max(1, deadline - clock.nanos())));
      loop.wantTopic();
    }
    ProducerError error = of.error;
    if (!of.isKnown()) {
      throw new ProducerException(
          error != null
              ? error
              : ProducerError.of(
                  LocalError.TIMED_OUT, "the partitions of " + topic + " did not come in time"));
    }
    PartitionQueue[] queues = of.partitions;
    if (partition < 0 || partition >= queues.length) {
      throw new ProducerException(IoLoop.unknownPartition(of, partition, queues.length));
    }
    CompletableFuture<Long> low = new CompletableFuture<>();
    CompletableFuture<Long> high = new CompletableFuture<>();
    loop.run(() -> loop.queries().offset(low, queues[partition], true, deadline));
    loop.run(() -> loop.queries().offset(high, queues[partition], false, deadline));
    return new Watermarks(answer(low), answer(high));
  }

  private <T> T answer(CompletableFuture<T> result) throws InterruptedException {
    while (true) {
      try {
        return result.get(1, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        if (!loopThread.isAlive() && !result.isDone()) {
          // It came after the loop had looked for the last time.
          throw new ProducerException(
              ProducerError.of(LocalError.DESTROY, "the producer was closed"));
        }
      } catch (ExecutionException e) {
        if (e.getCause() instanceof ProducerException refused) {
          throw refused;
        }
        throw new IllegalStateException(e.getCause());
      }
    }
  }

  /**
   * The leader of each partition of a topic, as far as the producer knows now: asks nobody.
   *
   * @return by partition, the broker's number or -1 if there is none; empty if the topic is not
   *     known
   */
  public int[] leaders(String topic) {
    TopicQueues known = topics.get(topic);
    PartitionQueue[] queues = known == null ? TopicQueues.NONE : known.partitions;
    int[] leaders = new int[queues.length];
    for (int i = 0; i < queues.length; i++) {
      leaders[i] = queues[i].leader;
    }
    return leaders;
  }

  /** Seconds that the doctor remembers. */
  int seconds() {
    return metrics.vitals(0).seconds().size();
  }

  /** How many topics are known, or being asked for. */
  int topics() {
    return topics.size();
  }

  /** Gives a broker that wants metrics a moment to get the last ones. */
  private void sayGoodbye(Duration wait) throws InterruptedException {
    long nanos = Math.min(nanos(wait), GOODBYE_NANOS_MAX);
    if (nanos > 0 && loopThread.isAlive()) {
      try {
        loop.endTelemetry().get(nanos, TimeUnit.NANOSECONDS);
      } catch (ExecutionException | TimeoutException e) {
        notices.debug(Debug.TELEMETRY, "TELEMETRY", "the last metrics did not arrive in time");
      }
    }
  }

  // --- what it has done ---

  /**
   * By which brokers know this producer in the metrics that it pushes to them; null if none has
   * asked for some.
   */
  public @Nullable UUID clientInstanceId() {
    return loop.clientInstanceId();
  }

  /**
   * What the producer has done, in numbers named as in kafka-clients. Rates and means are over the
   * recent past: {@code metrics.sample.window.ms} and {@code metrics.num.samples}. The same are in
   * JMX, unless {@code auto.include.jmx.reporter} is false.
   */
  public List<Metric> metrics() {
    return metrics.all();
  }

  /** The same numbers, for who keeps them and reads each when it is wanted. */
  public List<LiveMetric> liveMetrics() {
    return metrics.live();
  }

  /**
   * The same for Prometheus, to be served by whatever serves HTTP in the program: text in the
   * exposition format 0.0.4, {@code text/plain; version=0.0.4; charset=utf-8}.
   */
  public String prometheus() {
    return PrometheusPage.of(metrics.all());
  }

  /**
   * Says in sentences whether the settings fit what the producer does, and which to change: small
   * batches, a growing backlog, skewed keys, errors, slow answers, little room. It looks at the
   * recent past, {@code metrics.sample.window.ms} times {@code metrics.num.samples}, and at the
   * last minute second by second.
   */
  public Diagnosis doctor() {
    return Doctor.examine(metrics.vitals(reports.waiting()), settings);
  }

  /** Messages that are accepted and not reported yet. */
  public long queueLength() {
    return room.messages();
  }

  /** Why the producer cannot go on; null while it can. */
  public @Nullable ProducerError fatalError() {
    return fatal.get();
  }

  /**
   * Why no broker can be used at the moment: {@code _SSL}, {@code _AUTHENTICATION}, {@code
   * _RESOLVE} or {@code _TRANSPORT}, with what to do; null if one is connected, or none was tried
   * yet. Messages wait meanwhile, for it may pass.
   */
  public @Nullable ProducerError connectionError() {
    return loop.connectionError();
  }

  /**
   * Gives up messages that were accepted before: each gets its report. It is done when this
   * returns, though reports may still be on their way; what is accepted afterwards is not touched.
   *
   * @param queued those that wait in queues ({@code _PURGE_QUEUE})
   * @param inFlight those that were sent and are not answered, whose end is then not known ({@code
   *     _PURGE_INFLIGHT}); their connections are broken off
   */
  public void purge(boolean queued, boolean inFlight) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    loop.run(() -> {
      if (queued) {
        loop.purgeQueued(
            ProducerError.of(LocalError.PURGE_QUEUE, "purged while it waited in its queue"));
      }
      if (inFlight) {
        loop.breakOff(ProducerError.of(LocalError.PURGE_INFLIGHT, "purged while it was under way"));
      }
      done.complete(null);
    });
    if (Thread.currentThread() == loopThread) {
      return;
    }
    boolean interrupted = false;
    while (loopThread.isAlive() && !done.isDone()) {
      try {
        done.get(LOOK_AGAIN_MS, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (ExecutionException | TimeoutException e) {
        // The loop may have ended without having seen it.
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits as long as messages may take, then closes; what is left is reported as destroyed. */
  @Override
  public void close() {
    close(Duration.ofNanos(settings.batchLimits().deliveryNanosMax()));
  }

  /**
   * Waits until every message is reported, then ends the connections and threads. Messages that are
   * left are reported with {@code _DESTROY}. A transaction that is open is aborted, if that can be
   * done in the time. A second call does nothing.
   *
   * @param wait how long to wait at most
   */
  public void close(Duration wait) {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      if (!reports.isServing()) {
        long end = clock.nanos() + nanos(wait);
        if (transactionCalls != null) {
          transactionCalls.leave(wait);
        }
        flush(end, () -> true);
      }
      sayGoodbye(wait);
      loop.end();
      loopThread.join();
      if (dispatcher == null) {
        while (reports.serve(Integer.MAX_VALUE, 0) > 0) {}
        closeSpill();
      } else if (Thread.currentThread() != dispatcher) {
        dispatcher.join();
      }
    } catch (InterruptedException e) {
      loop.end();
      Thread.currentThread().interrupt();
    }
  }
}
