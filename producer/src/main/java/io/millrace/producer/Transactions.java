package io.millrace.producer;

import io.millrace.wire.ErrorCode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The transactions of a producer with a {@code transactional.id}, one after the other: a state, and
 * what the coordinator is asked in it. Owned by the loop; whether messages are taken is seen by any
 * thread.
 *
 * <p><b>States.</b> UNINITIALIZED becomes INITIALIZING when the application calls, and READY when
 * the coordinator has given an id and ended what a predecessor left. READY becomes OPEN by {@code
 * beginTransaction}. OPEN becomes FLUSHING when a commit begins: no message is taken any more,
 * those that were are sent. With all reports handed over it becomes COMMITTING: EndTxn is asked,
 * and READY follows. If anything fails for good while OPEN, FLUSHING or COMMITTING, the state is
 * ABORTABLE: nothing more is sent. An abort leads from OPEN, FLUSHING and ABORTABLE to DRAINING, in
 * which what waits is given up and what is under way is awaited, then to ABORTING, EndTxn again,
 * and READY. A commit that was asked for is never followed by an abort unless the coordinator has
 * refused it. From each state FATAL is reached, and none from there.
 *
 * <p><b>A call whose time is over</b> leaves what it began going on. When that is done meanwhile,
 * INITIALIZED, COMMITTED or ABORTED keeps the news for the same call, which must be made again.
 *
 * <p><b>Two flows.</b> Where the coordinator's cluster has {@code transaction.version} 2, a batch
 * brings its partition into the transaction, and each end gives the epoch of the next one: whatever
 * comes late bears an old epoch. In the older flow a partition is announced before the first batch
 * goes there, and epochs stay. If nobody knows then whether a batch is stored, or whether anything
 * was announced, the next epoch is asked for after the abort, naming the present one, so that a
 * producer that was overtaken learns of it.
 *
 * <p><b>Numbers.</b> {@link Identity} holds id and epoch; its wish for a new epoch is served here,
 * after an abort.
 *
 * @see <a href="https://cwiki.apache.org/confluence/x/YJ4wAw">KIP-98</a>, <a
 *     href="https://cwiki.apache.org/confluence/x/0Q3cB">KIP-360</a>, <a
 *     href="https://cwiki.apache.org/confluence/x/B40ODg">KIP-890</a>; librdkafka, INTRODUCTION.md,
 *     Transactional Producer
 */
final class Transactions {

  private static final int SECOND = 2;

  /** Gives up what waits in queues. */
  interface Purge {
    void purge(long nowNanos);
  }

  /**
   * A thread that waits.
   *
   * @param call its name, for the message
   */
  record Waiter(CompletableFuture<@Nullable Void> result, String call, long deadlineNanos) {
    void refuse(ProducerError why) {
      result.completeExceptionally(new ProducerException(why));
    }
  }

  private record Moves(List<GroupOffset> offsets, GroupMember member) {}

  private final TransactionSettings settings;
  private final Identity identity;
  private final Cluster cluster;
  private final FatalState fatal;
  private final Purge purge;
  private final long retryNanos;
  private final Coordinator coordinator;

  private volatile TransactionState state = TransactionState.UNINITIALIZED;

  /** Why the transaction must be aborted. */
  private volatile @Nullable ProducerError cause;

  private long stateSinceNanos;
  private boolean second;

  /** Partitions that were announced, and those that are to be. The older flow's. */
  private final Set<PartitionQueue> added = new HashSet<>();

  private final Set<PartitionQueue> pending = new HashSet<>();

  /** Whether the coordinator knows of the transaction, and whether it may. */
  private boolean reached;

  private boolean maybeReached;

  private @Nullable Waiter waiter;

  /** An id, or the end. */
  private @Nullable CoordinatorStep main;

  private @Nullable CoordinatorStep adding;
  private @Nullable CoordinatorStep moving;
  private @Nullable Moves moves;
  private @Nullable Coordinator ofGroup;

  Transactions(
      TransactionSettings settings,
      Identity identity,
      Cluster cluster,
      FatalState fatal,
      Purge purge,
      long retryNanos,
      long nowNanos) {
    this.settings = settings;
    this.identity = identity;
    this.cluster = cluster;
    this.fatal = fatal;
    this.purge = purge;
    this.retryNanos = retryNanos;
    this.stateSinceNanos = nowNanos;
    this.coordinator =
        new Coordinator(cluster, Coordinator.OF_TRANSACTION, settings.id(), retryNanos);
  }

  // --- by any thread ---

  /** Refuses a message that would be in no transaction. */
  void requireOpen() {
    if (state != TransactionState.OPEN) {
      throw new ProducerException(whyNotOpen());
    }
  }

  TransactionState state() {
    return state;
  }

  private ProducerError whyNotOpen() {
    ProducerError why = cause;
    return switch (state) {
      case ABORTABLE, DRAINING, ABORTING ->
          ProducerError.of(
                  LocalError.STATE,
                  "the transaction takes no more messages, abort it"
                      + (why == null ? "" : ": " + why))
              .requiringAbort();
      case FATAL -> fatalError();
      case UNINITIALIZED, INITIALIZING, INITIALIZED ->
          wrong(
              "messages are taken in transactions only: call initTransactions, then"
                  + " beginTransaction");
      case OPEN, READY, FLUSHING, COMMITTING, COMMITTED, ABORTED ->
          wrong("messages are taken in transactions only: call beginTransaction");
    };
  }

  private ProducerError fatalError() {
    ProducerError why = fatal.get();
    return why == null ? wrong("the producer cannot go on") : why;
  }

  private static ProducerError wrong(String why) {
    return ProducerError.of(LocalError.STATE, why);
  }

  // --- for the steps ---

  TransactionSettings settings() {
    return settings;
  }

  Identity identity() {
    return identity;
  }

  Coordinator coordinator() {
    return coordinator;
  }

  long retryNanos() {
    return retryNanos;
  }

  // --- for deliveries ---

  /** Whether batches go by version 2 of the protocol. */
  boolean isSecond() {
    return second;
  }

  /** Whether a batch of a partition may be sent; if it must be announced first, it will be. */
  boolean maySend(PartitionQueue queue) {
    if (state != TransactionState.OPEN && state != TransactionState.FLUSHING) {
      return false;
    }
    if (second || added.contains(queue)) {
      return true;
    }
    pending.add(queue);
    return false;
  }

  /** Batches are on their way. */
  void sending() {
    maybeReached = true;
  }

  /** What became of a batch. */
  void delivered(ReportQueue.Outcome outcome) {
    ProducerError error = outcome.error();
    if (error == null) {
      reached = true;
    } else if (fatal.isSet()) {
      giveUp(fatalError());
    } else if (error.code() == ErrorCode.PRODUCER_FENCED.code()) {
      giveUp(fenced(error));
    } else if (error.code() == ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED.code()) {
      giveUp(error);
    } else {
      abortable(error);
    }
  }

  // --- the calls ---

  private void state(TransactionState to) {
    state = to;
    stateSinceNanos = 0;
  }

  /** Refuses a call in a state from which only something else leads on. */
  private void refuse(Waiter call, String why) {
    ProducerError because = cause;
    switch (state) {
      case FATAL -> call.refuse(fatalError());
      case ABORTABLE ->
          call.refuse(because == null ? wrong(why).requiringAbort() : because.requiringAbort());
      case COMMITTING, COMMITTED ->
          call.refuse(
              ProducerError.of(
                  LocalError.CONFLICT,
                  call.call + ": a commit was begun and its end is not known: call it again"));
      case DRAINING, ABORTING, ABORTED ->
          call.refuse(
              ProducerError.of(
                  LocalError.CONFLICT,
                  call.call + ": an abort was begun and its end is not known: call it again"));
      case UNINITIALIZED, INITIALIZING, INITIALIZED, READY, OPEN, FLUSHING ->
          call.refuse(wrong(call.call + ": " + why));
    }
  }

  /** Gets an id, and ends what a predecessor has left open. */
  void initialize(Waiter call) {
    switch (state) {
      case UNINITIALIZED -> {
        state(TransactionState.INITIALIZING);
        waiter = call;
        main = new TransactionSteps.Id(this, false);
      }
      case INITIALIZING -> waiter = call;
      case INITIALIZED -> tell(call);
      case READY,
          OPEN,
          FLUSHING,
          COMMITTING,
          COMMITTED,
          ABORTABLE,
          DRAINING,
          ABORTING,
          ABORTED,
          FATAL ->
          refuse(call, "it was called before");
    }
  }

  /** From now on messages are taken. */
  void begin(Waiter call) {
    if (state == TransactionState.READY) {
      cause = null;
      reached = false;
      maybeReached = false;
      added.clear();
      pending.clear();
      state(TransactionState.OPEN);
      call.result.complete(null);
    } else {
      refuse(
          call,
          state == TransactionState.OPEN || state == TransactionState.FLUSHING
              ? "a transaction is open"
              : "call initTransactions first");
    }
  }

  /** No more messages are taken; what was is to be sent. */
  void seal(Waiter call) {
    switch (state) {
      case OPEN -> {
        if (moves != null) {
          call.refuse(
              ProducerError.of(
                  LocalError.CONFLICT,
                  call.call
                      + ": sendOffsetsToTransaction was begun and its end is not known: call it"
                      + " again, or abort"));
          return;
        }
        state(TransactionState.FLUSHING);
        call.result.complete(null);
      }
      case FLUSHING, COMMITTING, COMMITTED -> call.result.complete(null);
      case UNINITIALIZED,
          INITIALIZING,
          INITIALIZED,
          READY,
          ABORTABLE,
          DRAINING,
          ABORTING,
          ABORTED,
          FATAL ->
          refuse(call, "there is no transaction");
    }
  }

  /** Commits; every message of the transaction is reported. */
  void commit(Waiter call) {
    switch (state) {
      case FLUSHING -> {
        waiter = call;
        state(TransactionState.COMMITTING);
        if (maybeReached) {
          main = new TransactionSteps.End(this, true, second);
        } else {
          finish();
        }
      }
      case COMMITTING -> waiter = call;
      case COMMITTED -> tell(call);
      case UNINITIALIZED,
          INITIALIZING,
          INITIALIZED,
          READY,
          OPEN,
          ABORTABLE,
          DRAINING,
          ABORTING,
          ABORTED,
          FATAL ->
          refuse(call, "there is no transaction");
    }
  }

  /** Gives up what waits; nothing more is taken or sent. */
  void drain(Waiter call) {
    switch (state) {
      case OPEN, FLUSHING, ABORTABLE -> {
        state(TransactionState.DRAINING);
        moves = null;
        end(adding);
        end(moving);
        call.result.complete(null);
      }
      case DRAINING, ABORTING, ABORTED -> call.result.complete(null);
      case UNINITIALIZED, INITIALIZING, INITIALIZED, READY, COMMITTING, COMMITTED, FATAL ->
          refuse(call, "there is no transaction");
    }
  }

  /** Aborts; every message of the transaction is reported. */
  void abort(Waiter call) {
    switch (state) {
      case DRAINING -> {
        waiter = call;
        state(TransactionState.ABORTING);
        main = null;
      }
      case ABORTING -> waiter = call;
      case ABORTED -> tell(call);
      case UNINITIALIZED,
          INITIALIZING,
          INITIALIZED,
          READY,
          OPEN,
          FLUSHING,
          COMMITTING,
          COMMITTED,
          ABORTABLE,
          FATAL ->
          refuse(call, "there is no transaction");
    }
  }

  /** Has the transaction move offsets of a group. */
  void sendOffsets(Waiter call, List<GroupOffset> offsets, GroupMember member) {
    if (state != TransactionState.OPEN) {
      refuse(call, "there is no transaction");
      return;
    }
    Moves wanted = new Moves(List.copyOf(offsets), member);
    Moves begun = moves;
    if (begun != null && !begun.equals(wanted)) {
      call.refuse(
          ProducerError.of(
              LocalError.CONFLICT,
              call.call + ": other offsets are on their way: call it again with those, or abort"));
      return;
    }
    if (offsets.isEmpty()) {
      call.result.complete(null);
      return;
    }
    waiter = call;
    if (begun != null) {
      if (moving == null) {
        offsetsMoved();
      }
      return;
    }
    moves = wanted;
    if (second) {
      moving = offsetsStep(wanted);
    } else {
      moving = new TransactionSteps.Group(this, member.groupId());
    }
  }

  private TransactionSteps.Offsets offsetsStep(Moves of) {
    Coordinator to = ofGroup;
    if (to == null || !to.key().equals(of.member.groupId())) {
      to = new Coordinator(cluster, Coordinator.OF_GROUP, of.member.groupId(), retryNanos);
      ofGroup = to;
    }
    return new TransactionSteps.Offsets(this, to, of.offsets, of.member, second);
  }

  private static void end(@Nullable CoordinatorStep step) {
    if (step != null) {
      step.end();
    }
  }

  // --- what steps have come to ---

  void identified(TransactionSteps.Id step, long producerId, short epoch) {
    identity.assign(producerId, epoch);
    BrokerLink link = step.asked();
    second = link != null && link.transactionVersion() >= SECOND;
    main = null;
    finish();
  }

  void added(PartitionQueue queue) {
    reached = true;
    added.add(queue);
  }

  void groupAdded() {
    reached = true;
    Moves of = moves;
    if (state == TransactionState.OPEN && of != null) {
      moving = offsetsStep(of);
    }
  }

  void offsetsMoved() {
    reached = true;
    moving = null;
    Waiter call = waiter;
    if (state == TransactionState.OPEN && call != null) {
      waiter = null;
      if (call.result.complete(null)) {
        moves = null;
      }
    }
  }

  /**
   * The transaction is ended.
   *
   * @param producerId of the next one, below 0 in the older flow
   */
  void ended(TransactionSteps.End step, long producerId, short epoch) {
    if (producerId >= 0 && step.version() >= 5) {
      identity.assign(producerId, epoch);
    }
    BrokerLink link = step.asked();
    boolean offered = link != null && link.transactionVersion() >= SECOND;
    if (offered && !second) {
      identity.bump();
    }
    second = offered;
    goOn();
  }

  /** The coordinator has no transaction that could be aborted. */
  void nothingToAbort(TransactionSteps.End step, ProducerError why) {
    if (reached) {
      failed(step, TransactionVerdict.FATAL, why);
    } else {
      // What comes late must not open one.
      identity.bump();
      goOn();
    }
  }

  private void goOn() {
    if (identity.wantsEpoch()) {
      main = new TransactionSteps.Id(this, true);
    } else {
      main = null;
      finish();
    }
  }

  /** A step has failed for good. */
  void failed(CoordinatorStep step, TransactionVerdict verdict, ProducerError why) {
    if (verdict == TransactionVerdict.FENCED) {
      giveUp(fenced(why));
    } else if (verdict == TransactionVerdict.FATAL) {
      giveUp(why);
    } else if (step != main) {
      if (verdict == TransactionVerdict.NEW_EPOCH) {
        identity.bump();
      }
      abortable(why);
    } else if (state == TransactionState.COMMITTING) {
      if (verdict == TransactionVerdict.NEW_EPOCH) {
        identity.bump();
      }
      main = null;
      abortable(why);
    } else if (state == TransactionState.ABORTING
        && verdict == TransactionVerdict.NEW_EPOCH
        && step instanceof TransactionSteps.End) {
      identity.bump();
      goOn();
    } else {
      giveUp(why);
    }
  }

  private ProducerError fenced(ProducerError why) {
    return ProducerError.of(
        LocalError.FENCED,
        "another producer has taken over transactional.id="
            + settings.id()
            + ", or the transaction took longer than transaction.timeout.ms; close this one: "
            + why);
  }

  private void abortable(ProducerError why) {
    if (state == TransactionState.OPEN
        || state == TransactionState.FLUSHING
        || state == TransactionState.COMMITTING) {
      ProducerError error = why.requiringAbort();
      cause = error;
      state(TransactionState.ABORTABLE);
      moves = null;
      end(moving);
      end(adding);
      refuseWaiter(error);
    }
  }

  private void giveUp(ProducerError why) {
    fatal.set(why);
    if (state != TransactionState.FATAL) {
      state(TransactionState.FATAL);
      refuseWaiter(fatalError());
    }
  }

  private void refuseWaiter(ProducerError why) {
    Waiter call = waiter;
    waiter = null;
    if (call != null) {
      call.refuse(why);
    }
  }

  /** What was begun is done: whoever waits is told, or else whoever asks again. */
  private void finish() {
    state(
        switch (state) {
          case INITIALIZING -> TransactionState.INITIALIZED;
          case COMMITTING -> TransactionState.COMMITTED;
          case ABORTING -> TransactionState.ABORTED;
          case UNINITIALIZED,
              INITIALIZED,
              READY,
              OPEN,
              FLUSHING,
              COMMITTED,
              ABORTABLE,
              DRAINING,
              ABORTED,
              FATAL ->
              throw new IllegalStateException("nothing was begun: " + state);
        });
    Waiter call = waiter;
    if (call != null) {
      tell(call);
    }
  }

  private void tell(Waiter call) {
    waiter = null;
    if (call.result.complete(null)) {
      state(TransactionState.READY);
    }
  }

  // --- the loop ---

  /** Asks what is to be asked; returns when there is something to do next. */
  long work(long nowNanos) {
    if (stateSinceNanos == 0) {
      stateSinceNanos = nowNanos;
    }
    if (fatal.isSet()) {
      giveUp(fatalError());
      return Long.MAX_VALUE;
    }
    if (state == TransactionState.DRAINING) {
      purge.purge(nowNanos);
    }
    boolean sends = state == TransactionState.OPEN || state == TransactionState.FLUSHING;
    if (sends && !pending.isEmpty() && adding == null) {
      pending.removeAll(added);
      adding = pending.isEmpty() ? null : new TransactionSteps.Partitions(this, pending);
      pending.clear();
    }
    long next = Math.min(work(adding, nowNanos), work(moving, nowNanos));
    if (isOver(adding)) {
      adding = null;
    }
    if (isOver(moving)) {
      moving = null;
    }
    if (main == null && state == TransactionState.ABORTING && adding == null && moving == null) {
      if (maybeReached) {
        main = new TransactionSteps.End(this, false, second);
      } else {
        goOn();
      }
    }
    CoordinatorStep step = main;
    if (step != null) {
      next = Math.min(next, step.work(nowNanos));
    }
    return Math.min(next, workFor(waiter, nowNanos));
  }

  private long work(@Nullable CoordinatorStep step, long nowNanos) {
    if (step == null) {
      return Long.MAX_VALUE;
    }
    long next = step.work(nowNanos);
    maybeReached |= step.isUnderWay() || step.maybeSent();
    return next;
  }

  private static boolean isOver(@Nullable CoordinatorStep step) {
    return step != null && step.isOver() && !step.isUnderWay();
  }

  /** Tells who waits when its time is over, or when nobody will ever answer. */
  private long workFor(@Nullable Waiter call, long nowNanos) {
    if (call == null) {
      return Long.MAX_VALUE;
    }
    ProducerError refusal = cluster.refusal();
    if (refusal != null) {
      waiter = null;
      call.refuse(refusal);
    } else if (nowNanos - call.deadlineNanos >= 0) {
      waiter = null;
      ProducerError last = lastError();
      call.refuse(timedOut(call.call, last));
    } else {
      return call.deadlineNanos;
    }
    return Long.MAX_VALUE;
  }

  static ProducerError timedOut(String call, @Nullable ProducerError last) {
    return ProducerError.of(
        LocalError.TIMED_OUT,
        call
            + ": not done in time; it goes on, and the same call waits for it again"
            + (last == null ? "" : "; the last attempt: " + last));
  }

  private @Nullable ProducerError lastError() {
    CoordinatorStep step = main != null ? main : moving;
    ProducerError last = step == null ? null : step.lastError();
    return last == null && !cluster.isConnected() ? cluster.lastError() : last;
  }

  /** The loop ends. */
  void failAll(ProducerError why) {
    refuseWaiter(why);
  }

  /** For the statistics: since when the state is what it is, by the monotonic clock. */
  long stateSinceNanos(long nowNanos) {
    return stateSinceNanos == 0 ? nowNanos : stateSinceNanos;
  }
}
