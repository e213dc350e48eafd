package io.millrace.producer;

import io.millrace.record.Varint;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Outcomes on their way to the application: a batch at a time from the loop, a message at a time to
 * the callbacks. Served by one thread at a time, the dispatcher's or whoever polls.
 */
final class ReportQueue implements Outcomes {

  /**
   * What became of a batch.
   *
   * @param baseOffset offset of the first message, -1 if not known
   * @param appendTime milliseconds, -1 if the messages' own times count
   * @param error null if it is stored
   * @param refused messages that were wrong by themselves, by their places in the batch; the others
   *     were refused because of them. Null if the error is the same for all
   * @param spills whether it is a batch of dead letters for the spill file
   */
  record Outcome(
      MessageBatch batch,
      long baseOffset,
      long appendTime,
      @Nullable ProducerError error,
      @Nullable Map<Integer, ProducerError> refused,
      boolean spills,
      long atNanos) {

    Outcome(
        MessageBatch batch,
        long baseOffset,
        long appendTime,
        @Nullable ProducerError error,
        long atNanos) {
      this(batch, baseOffset, appendTime, error, null, false, atNanos);
    }

    Outcome toSpill() {
      return new Outcome(batch, baseOffset, appendTime, error, refused, true, atNanos);
    }

    /** Why a message of the batch is not stored. */
    @Nullable ProducerError errorOf(int index) {
      ProducerError all = error;
      if (refused == null || all == null) {
        return all;
      }
      ProducerError own = refused.get(index);
      return own != null
          ? own
          : ProducerError.of(
                  LocalError.INVALID_DIFFERENT_RECORD,
                  "another message of its batch was refused: " + all.message())
              .withPersisted(all.persisted());
    }
  }

  /** Writes dead letters where nothing else takes them. */
  interface Spill {
    /** Returns where they are; null if they could not be written. */
    @Nullable DeadLetterPlace keep(MessageBatch letters);
  }

  /** How many calls of listeners wait at most. */
  static final int NOTICES_MAX = 10_000;

  private final Room room;
  private final @Nullable DeliveryCallback everyReport;
  private final boolean onlyErrors;
  private final Interceptors interceptors;
  private final @Nullable Spill spill;
  private final @Nullable Consumer<String> onStatistics;
  private final Problems problems;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final ArrayDeque<Outcome> outcomes = new ArrayDeque<>();
  private final ReentrantLock serving = new ReentrantLock();
  private final AtomicLong thrown = new AtomicLong();
  private final AtomicReference<@Nullable String> statistics = new AtomicReference<>();
  private boolean closed;

  // Under the lock: calls of listeners, oldest first.
  private final ArrayDeque<Runnable> notices = new ArrayDeque<>();
  private volatile boolean noticed;
  private final AtomicLong noticesDropped = new AtomicLong();

  // Counted by whoever serves.
  private final AtomicLong lettersSent = new AtomicLong();
  private final AtomicLong lettersSpilled = new AtomicLong();
  private final AtomicLong lettersLost = new AtomicLong();

  // The outcome that is being served, and how far; under serving.
  private @Nullable Outcome current;
  private int next;
  private int position;
  private @Nullable DeadLetterPlace place;

  /**
   * @param everyReport gets the reports of messages without a callback of their own; null for
   *     nobody
   * @param onlyErrors whether successes are not reported
   */
  ReportQueue(
      Room room, @Nullable DeliveryCallback everyReport, boolean onlyErrors, Problems problems) {
    this(
        room,
        new ProducerListeners().everyReport(everyReport),
        onlyErrors,
        new Interceptors(List.of(), problems),
        null,
        problems);
  }

  /**
   * @param spill null if there are no dead letters
   */
  ReportQueue(
      Room room,
      ProducerListeners listeners,
      boolean onlyErrors,
      Interceptors interceptors,
      @Nullable Spill spill,
      Problems problems) {
    this.room = room;
    this.problems = problems;
    this.everyReport = listeners.everyReport();
    this.onStatistics = listeners.statistics();
    this.onlyErrors = onlyErrors;
    this.interceptors = interceptors;
    this.spill = spill;
  }

  @Override
  public void add(Outcome outcome) {
    lock.lock();
    try {
      outcomes.add(outcome);
      arrived.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Whether anybody is there to get statistics. */
  boolean wantsStatistics() {
    return onStatistics != null;
  }

  /** Hands statistics over, in place of any that were not fetched yet. */
  void statistics(String document) {
    statistics.set(document);
    lock.lock();
    try {
      arrived.signal();
    } finally {
      lock.unlock();
    }
  }

  private void serveStatistics() {
    String document = statistics.get() == null ? null : statistics.getAndSet(null);
    if (document != null && onStatistics != null) {
      try {
        onStatistics.accept(document);
      } catch (RuntimeException | Error e) {
        thrown.incrementAndGet();
        problems.thrown(e);
      }
    }
  }

  /**
   * Has a listener called by whoever serves. Of more than {@link #NOTICES_MAX} that nobody fetches
   * the oldest are dropped, counted, and said to be.
   */
  void notice(Runnable call) {
    lock.lock();
    try {
      if (notices.size() >= NOTICES_MAX) {
        notices.poll();
        noticesDropped.incrementAndGet();
      }
      notices.add(call);
      noticed = true;
      arrived.signal();
    } finally {
      lock.unlock();
    }
  }

  private void serveNotices() {
    for (Runnable call; noticed && (call = nextNotice()) != null; ) {
      try {
        call.run();
      } catch (RuntimeException | Error e) {
        thrown.incrementAndGet();
        problems.thrown(e);
      }
    }
  }

  private @Nullable Runnable nextNotice() {
    lock.lock();
    try {
      Runnable next = notices.poll();
      noticed = !notices.isEmpty();
      return next;
    } finally {
      lock.unlock();
    }
  }

  /** How many calls of listeners were dropped because nobody served them. */
  long noticesDropped() {
    return noticesDropped.get();
  }

  /** No more will come; who waits is woken. */
  void close() {
    lock.lock();
    try {
      closed = true;
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** How many callbacks have thrown. */
  long thrown() {
    return thrown.get();
  }

  /** Whether the calling thread is inside a callback. */
  boolean isServing() {
    return serving.isHeldByCurrentThread();
  }

  /**
   * Hands reports over.
   *
   * @param most how many at most
   * @param waitNanos how long to wait for the first
   * @return how many were handed over; 0 if another thread is at it, or if a callback calls
   */
  int serve(int most, long waitNanos) throws InterruptedException {
    if (serving.isHeldByCurrentThread()) {
      return 0;
    }
    if (!serving.tryLock(waitNanos, TimeUnit.NANOSECONDS)) {
      return 0;
    }
    try {
      int served = 0;
      while (served < most) {
        serveStatistics();
        serveNotices();
        Outcome outcome = current;
        if (outcome == null) {
          outcome = take(served == 0 ? waitNanos : 0);
          if (outcome == null) {
            serveStatistics();
            serveNotices();
            return served;
          }
          current = outcome;
          next = 0;
          position = outcome.batch.records().position();
          place = outcome.spills ? spill(outcome.batch) : null;
        }
        served += serve(outcome, most - served);
        if (next == outcome.batch.count()) {
          current = null;
          room.give(0, outcome.batch.payloadBytes());
          outcome.batch.free();
        }
      }
      return served;
    } finally {
      serving.unlock();
    }
  }

  private @Nullable Outcome take(long waitNanos) throws InterruptedException {
    long left = waitNanos;
    lock.lockInterruptibly();
    try {
      while (outcomes.isEmpty()) {
        if (left <= 0 || closed || statistics.get() != null || !notices.isEmpty()) {
          return null;
        }
        left = arrived.awaitNanos(left);
      }
      return outcomes.poll();
    } finally {
      lock.unlock();
    }
  }

  private @Nullable DeadLetterPlace spill(MessageBatch letters) {
    DeadLetterPlace kept = spill == null ? null : spill.keep(letters);
    (kept == null ? lettersLost : lettersSpilled).addAndGet(letters.count());
    return kept;
  }

  DeadLetterCounts deadLetters() {
    return new DeadLetterCounts(lettersSent.get(), lettersSpilled.get(), lettersLost.get());
  }

  /** Goes on with a batch; returns how many messages were done with. */
  private int serve(Outcome outcome, int most) {
    MessageBatch batch = outcome.batch;
    int end = Math.min(batch.count(), next + most);
    int began = next;
    ByteBuffer records = batch.records();
    records.position(position);
    for (; next < end; next++) {
      int at = records.position();
      int behind = Varint.skip(records);
      DeliveryCallback callback = callback(outcome, next);
      if (callback != null || !interceptors.isEmpty()) {
        records.position(records.position() + 1); // attributes
        long timestamp = batch.baseTimestamp() + Varint.getLong(records);
        report(outcome, next, at, timestamp, callback);
      }
      records.position(behind);
      room.give(1, 0);
    }
    position = records.position();
    return end - began;
  }

  /** Who is to be told of a message; null for nobody. */
  private @Nullable DeliveryCallback callback(Outcome outcome, int index) {
    MessageBatch batch = outcome.batch;
    DeliveryCallback own = batch.callback(index);
    if (onlyErrors
        && outcome.error == null
        && !(own instanceof Delivery)
        && !(batch.opaque(index) instanceof DeadLetter)) {
      return null;
    }
    return own == null ? everyReport : own;
  }

  private void report(
      Outcome outcome, int index, int at, long timestamp, @Nullable DeliveryCallback callback) {
    // Each kind is handed over by itself: where two meet, the compiler would have to make objects.
    if (outcome.batch.opaque(index) instanceof DeadLetter message) {
      handOver(ofDeadLetter(outcome, index, at, timestamp, message), callback);
    } else {
      handOver(ofMessage(outcome, index, at, timestamp), callback);
    }
  }

  private void handOver(DeliveryReport report, @Nullable DeliveryCallback callback) {
    try {
      if (!interceptors.isEmpty()) {
        interceptors.onAcknowledgement(report);
      }
      if (callback != null) {
        callback.delivered(report);
      }
    } catch (RuntimeException | Error e) {
      thrown.incrementAndGet();
      problems.thrown(e);
    } finally {
      report.detach();
    }
  }

  private DeliveryReport ofMessage(Outcome outcome, int index, int at, long timestamp) {
    MessageBatch batch = outcome.batch;
    return new DeliveryReport(
        batch.queue.topic.name,
        batch.queue.partition,
        outcome.baseOffset < 0 ? -1 : outcome.baseOffset + index,
        outcome.appendTime < 0 ? timestamp : outcome.appendTime,
        outcome.atNanos - batch.acceptedNanos(index),
        batch.opaque(index),
        outcome.errorOf(index),
        batch,
        at,
        -1,
        place);
  }

  /** The report on a message that was not delivered, now that it is known where it is kept. */
  private DeliveryReport ofDeadLetter(
      Outcome outcome, int index, int at, long timestamp, DeadLetter message) {
    MessageBatch batch = outcome.batch;
    DeadLetterPlace kept = place;
    if (outcome.error == null) {
      lettersSent.incrementAndGet();
      long offset = outcome.baseOffset < 0 ? -1 : outcome.baseOffset + index;
      kept = new DeadLetterPlace(batch.queue.topic.name, batch.queue.partition, offset, null);
    }
    return new DeliveryReport(
        message.topic(),
        message.partition(),
        -1,
        timestamp,
        outcome.atNanos - message.acceptedNanos(),
        message.opaque(),
        message.error(),
        batch,
        at,
        message.headerCount(),
        kept);
  }

  /** Messages whose reports were not handed over. */
  int waiting() {
    lock.lock();
    try {
      int n = 0;
      for (Outcome outcome : outcomes) {
        n += outcome.batch.count();
      }
      return n;
    } finally {
      lock.unlock();
    }
  }

  /** Is told what callbacks throw. */
  interface Problems {
    void thrown(Throwable what);
  }
}
