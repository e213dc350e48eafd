package io.millrace.shard;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A thread that does one kind of work on entries, in the order in which they are handed over. It is
 * started by the first one, so that a shard that does everything inline has none.
 *
 * <p>Nothing interrupts it: an interrupt would close the file that it is writing.
 */
final class Lane {

  private final String name;
  private final Consumer<Entry> work;
  private final boolean threaded;
  private final ConcurrentLinkedQueue<Entry> queue = new ConcurrentLinkedQueue<>();
  private @Nullable Thread thread;
  private volatile boolean sleeping;
  private volatile boolean stopped;

  /**
   * @param threaded whether to have a thread; without, the work is done by the caller
   */
  Lane(String name, boolean threaded, Consumer<Entry> work) {
    this.name = name;
    this.threaded = threaded;
    this.work = work;
  }

  /** Hands over an entry. From one thread only. */
  void submit(Entry entry) {
    if (!threaded) {
      work.accept(entry);
      return;
    }
    queue.add(entry);
    Thread running = thread;
    if (running == null) {
      running = new Thread(this::run, name);
      running.setDaemon(true);
      thread = running;
      running.start();
    } else if (sleeping) {
      LockSupport.unpark(running);
    }
  }

  private void run() {
    while (true) {
      Entry entry = queue.poll();
      if (entry != null) {
        work.accept(entry);
      } else if (stopped) {
        return;
      } else {
        sleeping = true;
        if (queue.isEmpty() && !stopped) {
          LockSupport.park(this);
        }
        sleeping = false;
      }
    }
  }

  /** Ends the thread after what was handed over. */
  void stop() {
    stopped = true;
    Thread running = thread;
    if (running != null) {
      LockSupport.unpark(running);
    }
  }
}
