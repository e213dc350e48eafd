package io.millrace.producer;

import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Work that may wait or takes its time, such as looking a name up or checking a certificate: it is
 * done beside the loop, and what follows from it by the loop. A few threads do it for all
 * connections together; they come when there is work and go when there is none.
 */
final class Aside {

  private static final int THREADS_MAX = 4;
  private static final long THREAD_IDLE_SECONDS = 5;

  /** What the loop does with what came of it. */
  interface Then<T> {
    void go(T what, long nowNanos);
  }

  private final Consumer<Runnable> loop;
  private final Clock clock;
  private final ThreadPoolExecutor threads;

  /**
   * @param name of the threads
   * @param loop has the loop's thread do something soon; any thread
   */
  Aside(String name, Consumer<Runnable> loop, Clock clock) {
    this.loop = loop;
    this.clock = clock;
    this.threads =
        new ThreadPoolExecutor(
            THREADS_MAX,
            THREADS_MAX,
            THREAD_IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            work -> {
              Thread thread = new Thread(work, name);
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * Begins work; one of the two is called by the loop when it is done, and neither once the loop
   * has ended.
   */
  <T> void run(Callable<T> work, Then<T> then, Then<Exception> otherwise) {
    try {
      threads.execute(() -> {
        try {
          T result = work.call();
          loop.accept(() -> then.go(result, clock.nanos()));
        } catch (Exception e) {
          loop.accept(() -> otherwise.go(e, clock.nanos()));
        }
      });
    } catch (RejectedExecutionException e) {
      // Closed: nobody waits for it any more.
      return;
    }
  }

  /** Takes no more, and interrupts what is being done. */
  void close() {
    threads.shutdownNow();
  }
}
