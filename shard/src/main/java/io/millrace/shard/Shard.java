package io.millrace.shard;

import io.millrace.log.LogId;
import io.millrace.log.LogSettings;
import io.millrace.log.LogStore;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One writer: takes what arrives, makes it durable in its journal, applies it, answers.
 *
 * <p><b>Threads.</b> The loop below is the shard's thread. While the disk syncs quickly and entries
 * are not large it writes journal and logs itself: an entry costs no hand-over, and what arrives
 * meanwhile is the next one. Otherwise the journal is written by one lane and the logs by another,
 * so that the loop goes on sequencing and keeping time while a sync runs. Everything in flight is a
 * chain: the open entry, at most two with the journal, those that are durable and wait to be
 * applied, those being written to the logs.
 *
 * <p><b>Failure.</b> A write or a sync that fails is never repeated: the shard stops, everything
 * under way is answered with {@link AppendRefusal#SHARD_STOPPED}, and whoever runs the broker is
 * told.
 */
public final class Shard implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Shard.class);

  private static final int TASKS_A_TURN = 1024;

  /** Shortly before the journal is full, an entry waits this long. */
  private static final long SLOWEST_ENTRY_NANOS = 20_000_000;

  /** This long after a trim or a deletion a checkpoint begins, so that its space comes back. */
  static final long REMOVAL_MS = 9_000;

  /** What is not to be had now is tried again after this long. */
  private static final long RETRY_MS = 100;

  /** A sync that takes longer than this is left to the journal's lane. */
  private static final long QUICK_SYNC_NANOS = 1_000_000;

  private final int number;
  private final ShardSettings settings;
  private final ShardFiles files;
  private final Clock clock;
  private final Surroundings surroundings;
  private final ShardState state;
  private final ProducerBound producers;
  private final TransactionBound transactions;
  private final LogWriter logWriter = new LogWriter();
  private final JournalFiles journalFiles;
  private final Timers timers;
  private final Checkpoint checkpoint;
  private final Lane journalLane;
  private final Lane logLane;

  private final Queue<Task> mailbox = new ConcurrentLinkedQueue<>();
  private final Set<Task> undecided = ConcurrentHashMap.newKeySet();
  private final Queue<Runnable> signals = new ConcurrentLinkedQueue<>();
  private final AtomicLong inFlightBytes = new AtomicLong();
  private final Queue<Runnable> roomWaiters = new ConcurrentLinkedQueue<>();
  private final CountDownLatch ended = new CountDownLatch(1);

  private volatile @Nullable Thread thread;
  private volatile boolean sleeping;
  private volatile boolean stopping;

  /** Nothing more is taken. */
  private volatile boolean stopped;

  private volatile @Nullable Throwable failure;

  // The loop's own.
  private @Nullable Journal journal;
  private @Nullable Sequencer sequencer;
  private @Nullable DiskReserve reserve;
  private final ArrayDeque<Entry> committed = new ArrayDeque<>();
  private int journaling;
  private int writing;
  private long lastIndex;
  private long appliedIndex;
  private long appliedTimeMs;
  private long markedIndex;
  private boolean timersQueued;
  private Timers.@Nullable Timer markTimer;
  private Timers.@Nullable Timer removalTimer;
  private long smoothedSyncNanos;
  private long notBeforeNanos;
  private @Nullable RecoveryReport report;

  /** What {@link #recover} did. */
  public record RecoveryReport(
      long snapshotIndex, long replayedEntries, long replayedBytes, long damagedBatches) {}

  /**
   * @param number which shard of the data directory; 0 holds the metadata
   * @param logSettings what to use for a log that is in the journal before anyone asked for it
   */
  public Shard(
      int number,
      ShardFiles files,
      ShardSettings settings,
      Function<LogId, LogSettings> logSettings,
      Surroundings surroundings) {
    this.number = number;
    this.files = files;
    this.settings = settings;
    this.clock = surroundings.clock();
    this.surroundings = surroundings;
    this.producers = new ProducerBound(settings.producersMax());
    this.transactions = new TransactionBound(settings.transactionsMax());
    this.state = new ShardState(files, logSettings, producers, transactions);
    this.timers = new Timers(clock);
    this.journalFiles = new JournalFiles(files, number, settings.journal(), surroundings);
    this.checkpoint =
        new Checkpoint(
            number,
            files,
            state,
            logWriter,
            journalFiles,
            new Surroundings(clock, surroundings.random(), surroundings.background(), this::fail),
            this::signal);
    this.journalLane =
        new Lane("millrace-journal-" + number, settings.threaded(), this::journalInLane);
    this.logLane = new Lane("millrace-logs-" + number, settings.threaded(), this::writeInLane);
  }

  // --- life ---

  /** Adds a kind of state. Before {@link #recover}. */
  public void add(StateMachine machine) {
    state.add(machine);
  }

  /** Brings the state back from disk. Afterwards the shard can be looked at, and started. */
  public RecoveryReport recover() throws IOException {
    long started = clock.nanos();
    Recovery.Result result = Recovery.run(number, files, state, logWriter, journalFiles);
    journal = result.journal();
    lastIndex = result.lastIndex();
    appliedIndex = lastIndex;
    markedIndex = lastIndex;
    files.disk().createDirectories(files.logs());
    reserve =
        new DiskReserve(
            files.disk(),
            List.of(files.journal(), files.logs()),
            settings.diskReserveBytes(),
            surroundings.background(),
            clock);
    sequencer =
        new Sequencer(
            clock, reserve, producers, transactions, state.logs(), result.leaderEpoch() + 1);
    if (result.replayedEntries() > 0) {
      LOG.info(
          "shard {}: replayed {} entries, {} bytes, in {} ms",
          number,
          result.replayedEntries(),
          result.replayedBytes(),
          (clock.nanos() - started) / 1_000_000);
    }
    RecoveryReport done =
        new RecoveryReport(
            result.snapshotIndex(),
            result.replayedEntries(),
            result.replayedBytes(),
            result.damagedBatches());
    report = done;
    if (result.replayedBytes() >= settings.journal().checkpointBytes()) {
      checkpoint.want();
    } else if (logWriter.hasRemoved()) {
      reclaimAfter(REMOVAL_MS);
    }
    return done;
  }

  /** Starts the loop. */
  public void start() {
    Thread loop = new Thread(this::loop, "millrace-shard-" + number);
    loop.setDaemon(true);
    thread = loop;
    loop.start();
  }

  /**
   * Finishes what was taken, makes a checkpoint and ends. What comes later is answered as by a
   * stopped shard. One that was not started does all this on the caller's thread.
   */
  @Override
  public void close() {
    stopping = true;
    if (thread == null) {
      if (sequencer != null && !stopped) {
        loop();
      }
      return;
    }
    wake();
    boolean interrupted = false;
    while (true) {
      try {
        ended.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Why the shard stopped by itself; null if it did not. */
  public @Nullable Throwable failure() {
    return failure;
  }

  // --- for everyone ---

  public int number() {
    return number;
  }

  /** The log of a partition, made if it was never used. */
  public ShardLog log(LogId id) {
    return state.log(id);
  }

  /** The log of a partition; null if it was never used. */
  public @Nullable ShardLog find(LogId id) {
    return state.find(id);
  }

  /** Every log that was used. A weak view: any thread may walk it. */
  public Collection<ShardLog> logs() {
    return state.logs();
  }

  public LogStore store() {
    return state.store();
  }

  /** Has a task run on the shard's thread. */
  public void execute(Task task) {
    put(task);
    wake();
  }

  private void put(Task task) {
    mailbox.add(task);
    if (stopped) {
      drainStopped();
    }
  }

  /** Appends batches. */
  public void append(Append append) {
    enqueue(append);
    wake();
  }

  /**
   * Appends batches, but does not wake the shard: whoever has more to hand over does so first, and
   * then calls {@link #ring}. So what came in one read is one entry.
   */
  public void enqueue(Append append) {
    inFlightBytes.addAndGet(append.keptBytes());
    put(new AppendTask(append));
  }

  /**
   * Counts what an append keeps in memory against what the shard may hold, before it is given to
   * the shard: first its transaction's coordinator looks at it. {@link #appendHeld} or {@link
   * #refuseHeld} must follow. Any thread.
   */
  public void hold(Append append) {
    inFlightBytes.addAndGet(append.keptBytes());
  }

  /** Appends batches that were held. */
  public void appendHeld(Append append) {
    put(new AppendTask(append));
    wake();
  }

  /** Answers an append that was held: none of its batches is taken. */
  public void refuseHeld(Append append, AppendRefusal why) {
    append.batches().forEach(batch -> batch.refuse(why));
    append.answer();
    released(append);
  }

  /**
   * Wakes the shard, if it sleeps and something was handed over. Costs next to nothing otherwise.
   */
  public void ring() {
    if (sleeping && !mailbox.isEmpty()) {
      LockSupport.unpark(thread);
    }
  }

  /**
   * Has a task told by {@link Task#stopped} if the shard ends before the task is {@link #decided}.
   * On the shard's thread, while the task runs.
   */
  public void undecided(Task task) {
    undecided.add(task);
  }

  /** A task that was {@link #undecided} has its outcome. Any thread. */
  public void decided(Task task) {
    undecided.remove(task);
  }

  private final class AppendTask implements Task {
    private final Append append;

    AppendTask(Append append) {
      this.append = append;
    }

    @Override
    public void run(Sequencer into) {
      boolean waits = into.sequence(append);
      if (!waits || append.acks() == Append.Acks.NONE) {
        append.answer();
      }
      if (!waits) {
        released(append);
      }
    }

    @Override
    public void stopped() {
      append.batches().forEach(batch -> batch.refuse(AppendRefusal.SHARD_STOPPED));
      append.answer();
      released(append);
    }
  }

  private void released(Append append) {
    if (!append.release()) {
      return;
    }
    long now = inFlightBytes.addAndGet(-append.keptBytes());
    if (now < settings.inFlightBytesMax() / 2 && !roomWaiters.isEmpty()) {
      for (Runnable waiter; (waiter = roomWaiters.poll()) != null; ) {
        waiter.run();
      }
    }
  }

  /** Whether so much is in flight that no more should be read from the network. */
  public boolean isCrowded() {
    return inFlightBytes.get() >= settings.inFlightBytesMax();
  }

  /** Has an action run once the shard is no longer {@link #isCrowded}, by any thread. */
  public void whenRoom(Runnable action) {
    roomWaiters.add(action);
    if (inFlightBytes.get() < settings.inFlightBytesMax() / 2 && roomWaiters.remove(action)) {
      action.run();
    }
  }

  /** Timers of the shard's thread; for that thread only. */
  public Timers timers() {
    return timers;
  }

  /** For state machines: what a snapshot under way must be told of. */
  public Capture capture() {
    return state.capture();
  }

  public Clock clock() {
    return clock;
  }

  /** The leader epoch of every log here: one more at each start. */
  public int leaderEpoch() {
    return sequencer().leaderEpoch();
  }

  // --- the loop ---

  private void signal(Runnable action) {
    signals.add(action);
    wake();
    if (stopped) {
      runSignals();
    }
  }

  private boolean runSignals() {
    boolean any = false;
    for (Runnable signal; (signal = signals.poll()) != null; ) {
      signal.run();
      any = true;
    }
    return any;
  }

  private void wake() {
    if (sleeping) {
      LockSupport.unpark(thread);
    }
  }

  private void loop() {
    try {
      while (failure == null && !(stopping && isAtRest())) {
        if (!turn()) {
          rest();
        }
      }
      if (failure == null) {
        finish();
      }
    } catch (Throwable e) {
      fail(e);
    } finally {
      end();
    }
  }

  private void rest() {
    sleeping = true;
    boolean idle = signals.isEmpty() && (mailbox.isEmpty() || isOpenFull());
    if (idle && !stopping && failure == null) {
      long nanos = nanosToRest();
      if (nanos == Long.MAX_VALUE) {
        LockSupport.park(this);
      } else if (nanos > 0) {
        LockSupport.parkNanos(this, nanos);
      }
    } else if (idle && stopping) {
      // What is in flight will signal.
      LockSupport.parkNanos(this, 1_000_000);
    }
    sleeping = false;
  }

  private long nanosToRest() {
    return Math.min(timersQueued ? Long.MAX_VALUE : timers.nanosToNext(), nanosToClose());
  }

  /**
   * Does what there is to do now.
   *
   * @return whether anything was done
   */
  boolean turn() {
    boolean any = runSignals();
    queueDueTimers();
    any |= drain();
    if (checkpoint.isCapturing()) {
      checkpoint.slice();
      any = true;
    }
    any |= applyCommitted();
    any |= closeOpen();
    return any;
  }

  /**
   * Queues what is due behind what has arrived: a member's heartbeat that waits for a stalled
   * journal must not be overtaken by the end of its session.
   */
  private void queueDueTimers() {
    if (!timersQueued && timers.nanosToNext() <= 0) {
      timersQueued = true;
      long dueNanos = clock.nanos();
      put(into -> {
        timersQueued = false;
        timers.runDue(dueNanos);
      });
    }
  }

  private boolean drain() {
    Sequencer into = sequencer();
    boolean any = false;
    for (int n = 0; n < TASKS_A_TURN && !isOpenFull(); n++) {
      Task task = mailbox.poll();
      if (task == null) {
        break;
      }
      task.run(into);
      any = true;
    }
    return any;
  }

  /** Whether nothing more is taken until the open entry is on its way. */
  private boolean isOpenFull() {
    return sequencer().open().bytes() >= settings.entryBytesMax();
  }

  /** Sends the open entry on its way, if it is time and there is room. */
  private boolean closeOpen() {
    wantCheckpointIfDue();
    if (nanosToClose() > 0) {
      return false;
    }
    notBeforeNanos = 0;
    Entry entry = sequencer().close();
    if (entry.hasNoItems()) {
      // Somebody waits for a batch in an entry before. No index may be missing from the journal.
      entry.markOnly();
    }
    entry.index = ++lastIndex;
    if (canWriteInline(entry)) {
      writeInline(entry);
    } else {
      journaling++;
      journalLane.submit(entry);
    }
    return true;
  }

  /**
   * How long the open entry has still to wait.
   *
   * @return ns, 0 if it is time; {@code Long.MAX_VALUE} if there is none, or until something in
   *     flight signals
   */
  private long nanosToClose() {
    Sequencer from = sequencer();
    if (!from.hasOpen()) {
      return Long.MAX_VALUE;
    }
    Entry open = from.open();
    boolean large = open.payloadBytes() >= settings.handOverBytes();
    if (journaling >= (large ? 2 : 1) || committed.size() + writing > 2) {
      return Long.MAX_VALUE;
    }
    long held = nanosHeldBack();
    if (held > 0 || open.isAwaited() || large || stopping) {
      return held;
    }
    return Math.max(0, settings.unawaitedMs() * 1_000_000 - from.openNanos());
  }

  /**
   * How long sequencing must wait because the journal has grown so much since the last checkpoint.
   */
  private long nanosHeldBack() {
    JournalSettings limits = settings.journal();
    long bytes = journalBytes();
    if (bytes < limits.slowBytes() || checkpoint.isIdle()) {
      return 0;
    }
    if (bytes >= limits.bytesMax()) {
      return Long.MAX_VALUE;
    }
    long now = clock.nanos();
    if (notBeforeNanos == 0) {
      long share = 1000 * (bytes - limits.slowBytes()) / (limits.bytesMax() - limits.slowBytes());
      notBeforeNanos = (now + SLOWEST_ENTRY_NANOS / 1000 * share) | 1;
    }
    return Math.max(0, notBeforeNanos - now);
  }

  private void wantCheckpointIfDue() {
    if (journalBytes() >= settings.journal().checkpointBytes()
        || writing == 0 && logWriter.hasRemoved() && wantsSpace()) {
      checkpoint.want();
    }
  }

  private boolean wantsSpace() {
    return reserve != null && reserve.freeBytes() < 2 * reserve.reserveBytes();
  }

  private boolean canWriteInline(Entry entry) {
    return journaling == 0
        && writing == 0
        && committed.isEmpty()
        && entry.payloadBytes() <= settings.inlineBytesMax()
        && smoothedSyncNanos < QUICK_SYNC_NANOS;
  }

  private void writeInline(Entry entry) {
    try {
      journalNow(entry);
      apply(entry);
      writeLogs(entry);
    } catch (Throwable e) {
      lose(entry, e);
    }
  }

  // --- stages ---

  private void journalInLane(Entry entry) {
    if (failure != null) {
      entry.lost(this::released);
      return;
    }
    try {
      journalNow(entry);
      signal(() -> committed(entry));
    } catch (Throwable e) {
      lose(entry, e);
    }
  }

  /**
   * An Error counts like a failed write: whatever went wrong, nobody knows how far the entry came,
   * and whoever waits for it is told.
   */
  private void lose(Entry entry, Throwable cause) {
    try {
      fail(cause);
    } finally {
      entry.lost(this::released);
    }
  }

  private void journalNow(Entry entry) throws IOException {
    Journal into = journal();
    into.write(entry);
    entry.written();
    long before = clock.nanos();
    into.sync();
    smoothedSyncNanos += (clock.nanos() - before - smoothedSyncNanos) / 8;
  }

  private void committed(Entry entry) {
    journaling--;
    if (stopped) {
      entry.lost(this::released);
    } else {
      committed.add(entry);
    }
  }

  private boolean applyCommitted() {
    boolean any = false;
    while (!committed.isEmpty() && !(checkpoint.isWanted() && writing > 0)) {
      beginCheckpointIfWanted();
      Entry entry = committed.poll();
      apply(entry);
      writing++;
      logLane.submit(entry);
      any = true;
    }
    beginCheckpointIfWanted();
    return any;
  }

  private void beginCheckpointIfWanted() {
    if (checkpoint.isWanted() && writing == 0) {
      checkpoint.begin(
          appliedIndex, appliedTimeMs, sequencer().leaderEpoch(), journal().writtenBytes());
    }
  }

  private void apply(Entry entry) {
    state.apply(entry);
    appliedIndex = entry.index;
    appliedTimeMs = entry.timeMs;
    for (Item item : entry.items()) {
      switch (item) {
        case Item.Change change -> change.applied().run();
        case Item.DropTopic drop -> {
          reclaimAfter(REMOVAL_MS);
          drop.applied().run();
        }
        case BatchAppend batch -> {}
        case Item.Trim trim -> reclaimAfter(REMOVAL_MS);
        case Item.ExpireProducers expire -> {}
        case Item.ForgetAborted forget -> {}
      }
    }
    if (entry.isMark()) {
      markedIndex = entry.index;
    } else if (markTimer == null) {
      markTimer = timers.after(settings.idleMarkMs(), this::mark);
    }
  }

  private void reclaimAfter(long delayMs) {
    if (removalTimer == null) {
      removalTimer = timers.after(delayMs, this::reclaim);
    }
  }

  /** Has a checkpoint made, after which what was trimmed or dropped is deleted. */
  private void reclaim() {
    removalTimer = null;
    if (!checkpoint.isIdle() || writing > 0 && !logWriter.hasRemoved()) {
      // The checkpoint under way began before the removal, or the removal is still to be written.
      reclaimAfter(RETRY_MS);
    } else if (logWriter.hasRemoved()) {
      checkpoint.want();
    }
  }

  private void writeInLane(Entry entry) {
    if (failure != null) {
      entry.lost(this::released);
      return;
    }
    try {
      writeLogs(entry);
      signal(() -> writing--);
    } catch (Throwable e) {
      lose(entry, e);
    }
  }

  private void writeLogs(Entry entry) throws IOException {
    logWriter.write(entry);
    reserve().written(entry.payloadBytes());
    entry.applied(this::released);
  }

  /**
   * Writes down, once, that the last entry was synced: a damaged one is then not taken for a torn
   * one.
   */
  private void mark() {
    markTimer = null;
    boolean idle = journaling == 0 && writing == 0 && committed.isEmpty() && !sequencer().hasOpen();
    if (!idle) {
      markTimer = timers.after(settings.idleMarkMs(), this::mark);
    } else if (appliedIndex > markedIndex) {
      Entry entry = sequencer().close();
      entry.markOnly();
      entry.index = ++lastIndex;
      journaling++;
      journalLane.submit(entry);
    }
  }

  // --- the end ---

  private boolean isAtRest() {
    return mailbox.isEmpty()
        && signals.isEmpty()
        && !sequencer().hasOpen()
        && journaling == 0
        && writing == 0
        && committed.isEmpty();
  }

  /** A last checkpoint, so that the next start has nothing to replay. */
  private void finish() {
    while (failure == null && !checkpoint.isIdle()) {
      if (!turn()) {
        LockSupport.parkNanos(this, 1_000_000);
      }
    }
    if (failure == null && checkpoint.finishedIndex() < appliedIndex) {
      checkpoint.want();
      while (failure == null && !checkpoint.isIdle()) {
        if (!turn()) {
          LockSupport.parkNanos(this, 1_000_000);
        }
      }
    }
  }

  private void end() {
    journalLane.stop();
    logLane.stop();
    try {
      stopped = true;
      if (sequencer != null) {
        sequencer.close().lost(this::released);
      }
      committed.forEach(entry -> entry.lost(this::released));
      runSignals();
      drainStopped();
      undecided.forEach(Task::stopped);
      if (journal != null && failure == null) {
        journal.close();
      }
      journalFiles.close();
    } catch (IOException e) {
      LOG.warn("shard {}: closing the journal: {}", number, e.toString());
    } finally {
      ended.countDown();
    }
  }

  private void drainStopped() {
    for (Task task; (task = mailbox.poll()) != null; ) {
      task.stopped();
    }
  }

  private void fail(Throwable cause) {
    boolean first;
    synchronized (this) {
      first = failure == null;
      if (first) {
        failure = cause;
      }
    }
    wake();
    if (first) {
      try {
        LOG.error(
            "shard {} stops: {}. What is acknowledged is on disk; nothing more is acknowledged",
            number,
            cause.toString(),
            cause);
      } finally {
        surroundings.onFailure().accept(cause);
      }
    }
  }

  private Journal journal() {
    return require(journal);
  }

  private Sequencer sequencer() {
    return require(sequencer);
  }

  private DiskReserve reserve() {
    return require(reserve);
  }

  private static <T> T require(@Nullable T part) {
    if (part == null) {
      throw new IllegalStateException("the shard has not recovered yet");
    }
    return part;
  }

  /** What the recovery did; null before it. */
  public @Nullable RecoveryReport recoveryReport() {
    return report;
  }

  /** How much of the journal a restart would replay now, in bytes. */
  public long journalBytes() {
    return journal().writtenBytes() - checkpoint.journalBytesAtLast();
  }

  /** Has a checkpoint made soon. On the shard's thread. */
  public void checkpointSoon() {
    checkpoint.want();
  }

  List<LogId> logIds() {
    return state.logs().stream().map(ShardLog::id).toList();
  }
}
