package io.millrace.producer;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The transactional calls, on the thread that makes them: each has the loop do something and waits
 * for it. One at a time: a second thread is refused with {@code _CONFLICT}.
 */
final class TransactionCalls {

  /** Sends everything, and waits until it is reported. */
  interface Flush {
    /** Returns how many messages are not reported when the time is over, or {@code goesOn} is. */
    long flush(long deadlineNanos, BooleanSupplier goesOn) throws InterruptedException;
  }

  private interface Call {
    void make() throws InterruptedException;
  }

  private static final long LOOK_MS = 100;

  private final Transactions transactions;
  private final IoLoop loop;
  private final ReportQueue reports;
  private final Flush flush;
  private final Clock clock;
  private final AtomicReference<@Nullable String> current = new AtomicReference<>();

  TransactionCalls(
      Transactions transactions, IoLoop loop, ReportQueue reports, Flush flush, Clock clock) {
    this.transactions = transactions;
    this.loop = loop;
    this.reports = reports;
    this.flush = flush;
    this.clock = clock;
  }

  void initialize(Duration wait) throws InterruptedException {
    long deadline = deadline(wait);
    String name = "initTransactions";
    alone(name, () -> await(name, deadline, transactions::initialize));
  }

  void begin() throws InterruptedException {
    String name = "beginTransaction";
    alone(name, () -> awaitSoon(name, transactions::begin));
  }

  void sendOffsets(List<GroupOffset> offsets, GroupMember member, Duration wait)
      throws InterruptedException {
    long deadline = deadline(wait);
    String name = "sendOffsetsToTransaction";
    alone(
        name, () -> await(name, deadline, call -> transactions.sendOffsets(call, offsets, member)));
  }

  void commit(Duration wait) throws InterruptedException {
    long deadline = deadline(wait);
    String name = "commitTransaction";
    alone(
        name,
        () -> {
          awaitSoon(name, transactions::seal);
          flush(name, deadline, TransactionState.FLUSHING);
          await(name, deadline, transactions::commit);
        });
  }

  void abort(Duration wait) throws InterruptedException {
    long deadline = deadline(wait);
    String name = "abortTransaction";
    alone(
        name,
        () -> {
          awaitSoon(name, transactions::drain);
          flush(name, deadline, TransactionState.DRAINING);
          await(name, deadline, transactions::abort);
        });
  }

  /** The producer is being closed: what is open is aborted, as far as it goes. */
  void leave(Duration wait) throws InterruptedException {
    try {
      switch (transactions.state()) {
        case OPEN, FLUSHING, ABORTABLE, DRAINING, ABORTING -> abort(wait);
        case COMMITTING -> commit(wait);
        case UNINITIALIZED, INITIALIZING, INITIALIZED, READY, COMMITTED, ABORTED, FATAL -> {}
      }
    } catch (ProducerException e) {
      // The next producer of the name aborts it, or the coordinator does when its time is over.
    }
  }

  private void flush(String name, long deadlineNanos, TransactionState during)
      throws InterruptedException {
    long left = flush.flush(deadlineNanos, () -> transactions.state() == during);
    if (left > 0 && transactions.state() == during) {
      throw new ProducerException(
          Transactions.timedOut(
              name,
              ProducerError.of(
                  LocalError.TIMED_OUT, left + " messages of the transaction are not reported")));
    }
  }

  private long deadline(Duration wait) {
    return clock.nanos() + Producer.nanos(wait);
  }

  private void alone(String name, Call call) throws InterruptedException {
    if (reports.isServing()) {
      throw new ProducerException(
          ProducerError.of(
              LocalError.STATE, name + ": a delivery callback cannot wait for a transaction"));
    }
    if (!current.compareAndSet(null, name)) {
      throw new ProducerException(
          ProducerError.of(LocalError.CONFLICT, name + ": another thread is in " + current.get()));
    }
    try {
      call.make();
    } finally {
      current.set(null);
    }
  }

  private void await(String name, long deadlineNanos, Consumer<Transactions.Waiter> errand)
      throws InterruptedException {
    CompletableFuture<@Nullable Void> result = new CompletableFuture<>();
    loop.run(() -> errand.accept(new Transactions.Waiter(result, name, deadlineNanos)));
    while (true) {
      try {
        result.get(LOOK_MS, TimeUnit.MILLISECONDS);
        return;
      } catch (InterruptedException e) {
        if (result.cancel(false)) {
          throw e;
        }
        // It was done at that moment.
        Thread.currentThread().interrupt();
        if (!result.isCompletedExceptionally()) {
          return;
        }
        throw e;
      } catch (TimeoutException e) {
        requireLoop(name, result);
      } catch (ExecutionException e) {
        throw thrown(e);
      }
    }
  }

  /** For what the loop does at once: not broken off by an interrupt. */
  private void awaitSoon(String name, Consumer<Transactions.Waiter> errand)
      throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException(name);
    }
    CompletableFuture<@Nullable Void> result = new CompletableFuture<>();
    loop.run(() -> errand.accept(new Transactions.Waiter(result, name, Long.MAX_VALUE)));
    boolean interrupted = false;
    try {
      while (true) {
        try {
          result.get(LOOK_MS, TimeUnit.MILLISECONDS);
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (TimeoutException e) {
          requireLoop(name, result);
        } catch (ExecutionException e) {
          throw thrown(e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void requireLoop(String name, CompletableFuture<@Nullable Void> result) {
    if (loop.isEnded() && !result.isDone()) {
      throw new ProducerException(
          ProducerError.of(LocalError.STATE, name + ": the producer is closed: open another"));
    }
  }

  private static RuntimeException thrown(ExecutionException e) {
    if (e.getCause() instanceof ProducerException refused) {
      // The caller's own stack says where it was.
      return new ProducerException(refused.error());
    }
    return new IllegalStateException(e.getCause());
  }

  // --- the three ways ---

  /**
   * @param runsMax how often the body is run at most
   * @param wait how long each call may take, with what is called again
   */
  <T, E extends Exception> T run(TransactionBody<T, E> body, int runsMax, Duration wait)
      throws E, InterruptedException {
    for (int run = 1; ; run++) {
      begin();
      T result;
      try {
        result = body.run();
      } catch (ProducerException e) {
        undo(e, wait);
        if (run < runsMax && (e.error().retriable() || e.error().txnRequiresAbort())) {
          continue;
        }
        throw e;
      } catch (Throwable e) {
        undo(e, wait);
        throw e;
      }
      try {
        repeat(() -> commit(wait), wait);
        return result;
      } catch (ProducerException e) {
        if (!e.error().txnRequiresAbort()) {
          throw e;
        }
        undo(e, wait);
        if (run >= runsMax) {
          throw e;
        }
      }
    }
  }

  /** Aborts because of what was thrown, unless the producer cannot go on. */
  private void undo(Throwable because, Duration wait) throws InterruptedException {
    if (because instanceof ProducerException e && e.error().fatal()) {
      return;
    }
    // An abort must not be left out because the body was interrupted.
    boolean interrupted = because instanceof InterruptedException | Thread.interrupted();
    try {
      repeat(() -> abort(wait), wait);
    } catch (ProducerException e) {
      e.addSuppressed(because);
      throw e;
    } finally {
      if (interrupted && !(because instanceof InterruptedException)) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Makes a call again while its error says that this may help, and there is time. */
  private void repeat(Call call, Duration wait) throws InterruptedException {
    long deadline = deadline(wait);
    while (true) {
      try {
        call.make();
        return;
      } catch (ProducerException e) {
        if (!e.error().retriable() || clock.nanos() - deadline >= 0) {
          throw e;
        }
      }
    }
  }
}
