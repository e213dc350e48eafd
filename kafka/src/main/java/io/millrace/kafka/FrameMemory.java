package io.millrace.kafka;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes of requests may be on their way in at a time, over all connections: being read, or
 * read and waiting for their turn. A connection asks for a frame's room when it knows its size and
 * does not read on before it has it, so that a frame that was begun can always be finished.
 *
 * <p>It counts, it does not allocate: a buffer grows as its bytes come. Any thread may call.
 */
final class FrameMemory {

  private final long bytesMax;
  private final AtomicLong taken = new AtomicLong();
  private final ConcurrentLinkedQueue<Runnable> waiters = new ConcurrentLinkedQueue<>();

  FrameMemory(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** Takes room for a frame; false if there is too little. One frame always finds room. */
  boolean take(int bytes) {
    while (true) {
      long before = taken.get();
      if (before > 0 && before + bytes > bytesMax) {
        return false;
      }
      if (taken.compareAndSet(before, before + bytes)) {
        return true;
      }
    }
  }

  /** Gives room back and lets those that wait try again. */
  void giveBack(int bytes) {
    taken.addAndGet(-bytes);
    wakeWaiters();
  }

  /** Has an action run, by any thread, when room was given back after this call or just before. */
  void whenRoom(int bytes, Runnable tryAgain) {
    waiters.add(tryAgain);
    long now = taken.get();
    if (now == 0 || now + bytes <= bytesMax) {
      // What was given back between the refusal and now.
      wakeWaiters();
    }
  }

  private void wakeWaiters() {
    // As many as there are now: one that is refused again queues up behind.
    for (int n = waiters.size(); n > 0; n--) {
      Runnable waiter = waiters.poll();
      if (waiter == null) {
        return;
      }
      waiter.run();
    }
  }

  /** Whether a frame waits for room. */
  boolean isWanted() {
    return !waiters.isEmpty();
  }

  /** Bytes that are taken. */
  long taken() {
    return taken.get();
  }
}
