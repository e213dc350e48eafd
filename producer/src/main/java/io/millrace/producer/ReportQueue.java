package io.millrace.producer;

import io.millrace.record.Varint;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Outcomes on their way to the application: a batch at a time from the loop, a message at a time to
 * the callbacks. Served by one thread at a time, the dispatcher's or whoever polls.
 */
final class ReportQueue {

  /**
   * What became of a batch.
   *
   * @param baseOffset offset of the first message, -1 if not known
   * @param appendTime milliseconds, -1 if the messages' own times count
   */
  record Outcome(
      MessageBatch batch,
      long baseOffset,
      long appendTime,
      @Nullable ProducerError error,
      long atNanos) {}

  private final Room room;
  private final @Nullable DeliveryCallback everyReport;
  private final boolean onlyErrors;
  private final Problems problems;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final ArrayDeque<Outcome> outcomes = new ArrayDeque<>();
  private final ReentrantLock serving = new ReentrantLock();
  private final AtomicLong thrown = new AtomicLong();
  private boolean closed;

  // The outcome that is being served, and how far; under serving.
  private @Nullable Outcome current;
  private int next;
  private int position;

  /**
   * @param everyReport gets the reports of messages without a callback of their own; null for
   *     nobody
   * @param onlyErrors whether successes are not reported
   */
  ReportQueue(
      Room room, @Nullable DeliveryCallback everyReport, boolean onlyErrors, Problems problems) {
    this.room = room;
    this.problems = problems;
    this.everyReport = everyReport;
    this.onlyErrors = onlyErrors;
  }

  void add(Outcome outcome) {
    lock.lock();
    try {
      outcomes.add(outcome);
      arrived.signal();
    } finally {
      lock.unlock();
    }
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
        Outcome outcome = current;
        if (outcome == null) {
          outcome = take(served == 0 ? waitNanos : 0);
          if (outcome == null) {
            return served;
          }
          current = outcome;
          next = 0;
          position = outcome.batch.records().position();
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
        if (left <= 0 || closed) {
          return null;
        }
        left = arrived.awaitNanos(left);
      }
      return outcomes.poll();
    } finally {
      lock.unlock();
    }
  }

  /** Goes on with a batch; returns how many messages were done with. */
  private int serve(Outcome outcome, int most) {
    MessageBatch batch = outcome.batch;
    int end = Math.min(batch.count(), next + most);
    int began = next;
    if (outcome.error == null && onlyErrors) {
      next = end;
      room.give(end - began, 0);
      return end - began;
    }
    ByteBuffer records = batch.records();
    records.position(position);
    for (; next < end; next++) {
      int at = records.position();
      int behind = Varint.skip(records);
      DeliveryCallback callback = batch.callback(next);
      if (callback == null) {
        callback = everyReport;
      }
      if (callback != null) {
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

  private void report(
      Outcome outcome, int index, int at, long timestamp, DeliveryCallback callback) {
    MessageBatch batch = outcome.batch;
    long offset = outcome.baseOffset < 0 ? -1 : outcome.baseOffset + index;
    DeliveryReport report =
        new DeliveryReport(
            batch.queue.topic.name,
            batch.queue.partition,
            offset,
            outcome.appendTime < 0 ? timestamp : outcome.appendTime,
            outcome.atNanos - batch.acceptedNanos(index),
            batch.opaque(index),
            outcome.error,
            batch,
            at);
    try {
      callback.delivered(report);
    } catch (RuntimeException | Error e) {
      thrown.incrementAndGet();
      problems.thrown(e);
    } finally {
      report.detach();
    }
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
