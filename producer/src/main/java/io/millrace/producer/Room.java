package io.millrace.producer;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How many messages and bytes the producer may hold, of all topics together. A message counts from
 * its acceptance until its report has been handed to the application. Any thread may call.
 *
 * <p>Both limits hold exactly: no interleaving accepts one message more.
 */
final class Room {

  private final long messagesMax;
  private final long bytesMax;
  private final AtomicLong messages = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition released = lock.newCondition();
  private volatile int waiting;
  private volatile boolean closed;

  /**
   * @param messagesMax 0 for no limit
   * @param bytesMax at least 1
   */
  Room(long messagesMax, long bytesMax) {
    this.messagesMax = messagesMax == 0 ? Long.MAX_VALUE : messagesMax;
    this.bytesMax = bytesMax;
  }

  /**
   * Takes room for one message, if there is some. A message larger than the limit is taken when
   * nothing else is held, so that it can be sent at all.
   */
  boolean take(long size) {
    if (!add(messages, 1, messagesMax, false)) {
      return false;
    }
    if (!add(bytes, size, bytesMax, true)) {
      messages.decrementAndGet();
      wake();
      return false;
    }
    if (closed) {
      give(1, size);
      return false;
    }
    return true;
  }

  /** Takes no message any more. Who has taken room before is counted in {@link #messages}. */
  void close() {
    closed = true;
    wake();
  }

  private static boolean add(AtomicLong to, long amount, long most, boolean oneMayBeLarger) {
    while (true) {
      long now = to.get();
      if (now + amount > most && !(oneMayBeLarger && now == 0)) {
        return false;
      }
      if (to.compareAndSet(now, now + amount)) {
        return true;
      }
    }
  }

  /**
   * Waits for room and takes it.
   *
   * @param nanos how long to wait at most
   * @return false if there was none in that time
   */
  boolean take(long size, long nanos) throws InterruptedException {
    if (take(size)) {
      return true;
    }
    long left = nanos;
    lock.lockInterruptibly();
    try {
      waiting++;
      while (!take(size)) {
        if (left <= 0 || closed) {
          return false;
        }
        left =
            released.awaitNanos(Math.min(left, TimeUnit.MILLISECONDS.toNanos(100)))
                + Math.max(0, left - TimeUnit.MILLISECONDS.toNanos(100));
      }
      return true;
    } finally {
      waiting--;
      lock.unlock();
    }
  }

  /** What is held already has grown: limits do not count. */
  void enlarge(long size) {
    bytes.addAndGet(size);
  }

  /** Gives room back. */
  void give(long howMany, long size) {
    messages.addAndGet(-howMany);
    if (size != 0) {
      bytes.addAndGet(-size);
    }
    wake();
  }

  /** Waits until something is given back, or for so long. */
  void awaitChange(long nanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      waiting++;
      if (messages.get() > 0 && released.awaitNanos(nanos) <= 0) {
        return;
      }
    } finally {
      waiting--;
      lock.unlock();
    }
  }

  private void wake() {
    if (waiting > 0) {
      lock.lock();
      try {
        released.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  long messages() {
    return messages.get();
  }

  long bytes() {
    return bytes.get();
  }

  long messagesMax() {
    return messagesMax == Long.MAX_VALUE ? 0 : messagesMax;
  }

  long bytesMax() {
    return bytesMax;
  }

  int waiting() {
    return waiting;
  }
}
