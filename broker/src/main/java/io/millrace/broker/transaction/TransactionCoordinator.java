package io.millrace.broker.transaction;

import io.millrace.broker.Decision;
import io.millrace.broker.Refusal.Reason;
import io.millrace.broker.RefusedException;
import io.millrace.broker.group.Commit;
import io.millrace.broker.group.Committer;
import io.millrace.broker.group.Groups;
import io.millrace.broker.setting.SettingValues;
import io.millrace.broker.topic.Shards;
import io.millrace.broker.transaction.TransactionalId.Passing;
import io.millrace.log.LogId;
import io.millrace.shard.AppendRefusal;
import io.millrace.shard.BatchAppend;
import io.millrace.shard.Sequencer;
import io.millrace.shard.Shard;
import io.millrace.shard.StateMachine;
import io.millrace.shard.StateReader;
import io.millrace.shard.StateWriter;
import io.millrace.shard.Task;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transactional ids of one shard and their transactions: Kafka's two-phase protocol (KIP-98),
 * with an epoch for each transaction where the client can (KIP-890).
 *
 * <p>Everything that belongs to a transaction passes here on its way: its batches, its offsets, its
 * end. This thread looks whether the transaction is open, writes down where it reaches, and hands
 * the rest on to the shard that it is for; from the same thread go the markers that end it.
 * Mailboxes are served in order, so nothing that was let through can come to a log behind the
 * marker, whatever became of the client that sent it.
 *
 * <p>Where it reaches must be durable before anything is there. On this shard that is so by itself,
 * since the journal is in order; for another shard it waits for the sync.
 *
 * <p>An end is decided by one change. Then every log gets its marker and every group its word; when
 * all of them have, the transaction has ended, and only then is the client told, so that what it
 * committed can be read when it hears of it. A crash in between finds the decision in the journal
 * and sends the markers again; a log in which the transaction is no longer open passes them over.
 *
 * <p>Any thread may call; futures complete on the shard's thread.
 */
public final class TransactionCoordinator implements StateMachine {

  /** The {@link #kind()} of transactional ids in journal and snapshot. */
  public static final int KIND = 19;

  private static final Logger LOG = LoggerFactory.getLogger(TransactionCoordinator.class);

  private static final int COORDINATOR_EPOCH = 0;
  private static final long EXPIRY_CHECK_MS = 60L * 60 * 1000;

  /** An id that was used within this time is not forgotten to make room for others. */
  private static final long IN_USE_MS = 15L * 60 * 1000;

  /** So much room is made at a time, as a part of all. */
  private static final int PART = 8;

  private static final ProducerIdentity NO_FRESH_ID = ProducerIdentity.NONE;

  private final Shard shard;
  private final Shards shards;
  private final Groups groups;
  private final ProducerIds producerIds;
  private final TransactionLimits limits;
  private final Map<String, TransactionalId> ids = new HashMap<>();
  private long heldBytes;

  TransactionCoordinator(
      Shard shard, Shards shards, Groups groups, ProducerIds producerIds, SettingValues settings) {
    this.shard = shard;
    this.shards = shards;
    this.groups = groups;
    this.producerIds = producerIds;
    this.limits = TransactionLimits.of(settings);
  }

  /**
   * Whoever speaks for a producer.
   *
   * @param transactionalId its transactional id
   * @param identity who it says it is
   * @param connection number of its connection: later ones have larger numbers
   */
  public record Speaker(String transactionalId, ProducerIdentity identity, long connection) {}

  // --- initialising ---

  /**
   * Makes somebody the one producer of a transactional id: whoever was before is fenced, and a
   * transaction that he left open is aborted before this is answered.
   *
   * @param speaker with the identity that he had, or {@link ProducerIdentity#NONE}: then he must
   *     not have been fenced meanwhile
   * @return his identity from now on, once it is durable
   */
  public CompletableFuture<ProducerIdentity> init(Speaker speaker, int timeoutMs) {
    return init(speaker, timeoutMs, NO_FRESH_ID, ProducerIdentity.NONE);
  }

  /**
   * @param allowedAs whom the producer was when it was found that the speaker may take over; if
   *     somebody else has done so since, that is looked at again
   */
  private CompletableFuture<ProducerIdentity> init(
      Speaker speaker, int timeoutMs, ProducerIdentity fresh, ProducerIdentity allowedAs) {
    return Decision.on(
        shard,
        (sequencer, answer) -> {
          requireName(speaker.transactionalId);
          if (timeoutMs < 1 || timeoutMs > limits.timeoutMsMax()) {
            throw new RefusedException(
                Reason.INVALID_TRANSACTION_TIMEOUT,
                "a transaction timeout is from 1 to "
                    + limits.timeoutMsMax()
                    + " ms (transaction.max.timeout.ms), not "
                    + timeoutMs);
          }
          init(sequencer, speaker, timeoutMs, fresh, allowedAs, answer);
        });
  }

  private void init(
      Sequencer sequencer,
      Speaker speaker,
      int timeoutMs,
      ProducerIdentity fresh,
      ProducerIdentity allowedAs,
      CompletableFuture<ProducerIdentity> answer) {
    String id = speaker.transactionalId;
    TransactionalId known = ids.get(id);
    if (known != null) {
      TransactionState now = known.now();
      requireAlive(now);
      boolean checked = now.producer().equals(allowedAs);
      if (!checked && isRepeatedInit(now, speaker.identity)) {
        // The answer was lost: nobody has used what it said.
        ProducerIdentity same = now.producer();
        propose(
            sequencer,
            known,
            TransactionState.initialised(change(id), same, speaker.identity, timeoutMs),
            () -> answer.complete(same));
        return;
      }
      if (!checked && !mayInit(now, speaker.identity)) {
        throw fenced(id);
      }
      if (now.phase() == TransactionPhase.ONGOING) {
        fence(sequencer, known);
      }
      if (known.now().phase().isEnding()) {
        ProducerIdentity allowed = known.now().producer();
        known.whenEnded(() -> forward(init(speaker, timeoutMs, fresh, allowed), answer));
        return;
      }
    } else {
      requireRoom(sequencer, TransactionalId.bytes(id));
    }
    boolean needsFresh = known == null || known.now().producer().isExhausted();
    if (needsFresh && fresh.id() < 0) {
      ProducerIdentity allowed = known == null ? ProducerIdentity.NONE : known.now().producer();
      forward(
          producerIds
              .next()
              .thenCompose(
                  newId -> init(speaker, timeoutMs, new ProducerIdentity(newId, 0), allowed)),
          answer);
      return;
    }
    TransactionalId made = known == null ? new TransactionalId(id) : known;
    ids.putIfAbsent(id, made);
    made.connection = speaker.connection;
    ProducerIdentity next = needsFresh ? fresh : made.now().producer().next();
    propose(
        sequencer,
        made,
        TransactionState.initialised(change(id), next, speaker.identity, timeoutMs),
        () -> answer.complete(next));
  }

  private static boolean isRepeatedInit(TransactionState now, ProducerIdentity asked) {
    return asked.id() >= 0 && now.phase() == TransactionPhase.EMPTY && asked.equals(now.previous());
  }

  private static boolean mayInit(TransactionState now, ProducerIdentity asked) {
    boolean unheard = asked.equals(now.previous()) && now.phase() != TransactionPhase.ONGOING;
    return asked.id() < 0 || asked.equals(now.producer()) || unheard;
  }

  // --- where a transaction reaches ---

  /**
   * Has a transaction reach logs and a group; begins it, if it is not open. For the older flow, in
   * which clients say so themselves.
   */
  public CompletableFuture<Boolean> extend(Speaker speaker, Set<LogId> logs, Set<String> toGroups) {
    return Decision.on(
        shard,
        (sequencer, answer) -> {
          TransactionalId known = requireKnown(speaker);
          requireCurrent(known.now(), speaker);
          requireLatestConnection(known, speaker.connection);
          requireNotEnding(known.now());
          if (!known.isUnderWay() && reaches(known.now(), logs, toGroups)) {
            answer.complete(true);
          } else {
            extend(sequencer, known, logs, toGroups, () -> answer.complete(true));
          }
        });
  }

  private static boolean reaches(
      TransactionState now, Collection<LogId> logs, Collection<String> toGroups) {
    return now.phase() == TransactionPhase.ONGOING
        && now.logs().containsAll(logs)
        && now.groups().containsAll(toGroups);
  }

  private void extend(
      Sequencer sequencer,
      TransactionalId known,
      Set<LogId> logs,
      Set<String> toGroups,
      Runnable applied) {
    requireRoom(sequencer, TransactionalId.bytesOfParts(logs, toGroups));
    boolean begins = known.now().phase() != TransactionPhase.ONGOING;
    propose(
        sequencer,
        known,
        TransactionState.extended(change(known.id), logs, toGroups),
        () -> {
          pass(known);
          applied.run();
        });
    if (begins) {
      known.began();
      abortAfter(known, known.now().timeoutMs());
    }
  }

  /** Hands on what has waited until it was durable where the transaction reaches. */
  private static void pass(TransactionalId known) {
    for (Passing next; (next = known.passing.peek()) != null && known.isOpenFor(next); ) {
      known.passing.remove();
      next.forward().run();
    }
  }

  private void pass(TransactionalId known, boolean isHere, Passing one) {
    if (isHere) {
      one.forward().run();
    } else {
      known.passing.add(one);
      pass(known);
    }
  }

  // --- what goes through a transaction ---

  /**
   * Appends batches of a transaction, after a look at the transaction. They were held ({@link
   * Shard#hold}).
   *
   * @param reaches whether the transaction is to reach their logs by this; else it must already
   */
  public void append(Speaker speaker, boolean reaches, List<HeldAppend> appends) {
    shard.execute(new AppendTask(speaker, reaches, appends));
  }

  private final class AppendTask implements Task {
    private final Speaker speaker;
    private final boolean reaches;
    private final List<HeldAppend> appends;
    private int waiting;

    AppendTask(Speaker speaker, boolean reaches, List<HeldAppend> appends) {
      this.speaker = speaker;
      this.reaches = reaches;
      this.appends = new ArrayList<>(appends);
    }

    @Override
    public void run(Sequencer sequencer) {
      AppendRefusal refusal = pass(sequencer);
      if (refusal != null) {
        refuse(refusal);
      }
    }

    private @Nullable AppendRefusal pass(Sequencer sequencer) {
      TransactionalId known = ids.get(speaker.transactionalId);
      if (known == null) {
        return AppendRefusal.OTHER_PRODUCER_ID;
      }
      TransactionState now = known.now();
      Set<LogId> logs = new LinkedHashSet<>();
      for (HeldAppend held : appends) {
        for (BatchAppend batch : held.append().batches()) {
          AppendRefusal refusal = problem(now, batch);
          if (refusal != null) {
            return refusal;
          }
          logs.add(batch.log().id());
        }
      }
      if (now.phase().isEnding() || now.phase() == TransactionPhase.DEAD) {
        return AppendRefusal.TRANSACTION_ENDING;
      }
      if (!TransactionCoordinator.reaches(now, logs, Set.of())) {
        if (!reaches) {
          return AppendRefusal.NO_OPEN_TRANSACTION;
        }
        try {
          extend(sequencer, known, logs, Set.of(), () -> {});
        } catch (RefusedException e) {
          return AppendRefusal.TOO_MANY_TRANSACTIONS;
        }
      }
      handOn(known);
      return null;
    }

    private static @Nullable AppendRefusal problem(TransactionState now, BatchAppend batch) {
      if (batch.producerId() != now.producer().id()) {
        boolean earlier = batch.producerId() == now.previous().id();
        return earlier ? AppendRefusal.OLD_PRODUCER_EPOCH : AppendRefusal.OTHER_PRODUCER_ID;
      }
      return batch.producerEpoch() == now.producer().epoch()
          ? null
          : AppendRefusal.OLD_PRODUCER_EPOCH;
    }

    private void handOn(TransactionalId known) {
      waiting = appends.size();
      for (HeldAppend held : List.copyOf(appends)) {
        List<LogId> logs = held.append().batches().stream().map(b -> b.log().id()).toList();
        Passing one =
            new Passing(
                known.now().producer(), logs, List.of(), () -> handOn(held), () -> refuse(held));
        TransactionCoordinator.this.pass(known, held.shard() == shard, one);
      }
      if (waiting > 0) {
        shard.undecided(this);
      }
    }

    private void handOn(HeldAppend held) {
      held.append().passed();
      held.shard().appendHeld(held.append());
      done(held);
    }

    private void refuse(HeldAppend held) {
      held.shard().refuseHeld(held.append(), AppendRefusal.OLD_PRODUCER_EPOCH);
      done(held);
    }

    private void done(HeldAppend held) {
      appends.remove(held);
      if (--waiting == 0) {
        shard.decided(this);
      }
    }

    private void refuse(AppendRefusal refusal) {
      appends.forEach(held -> held.shard().refuseHeld(held.append(), refusal));
      appends.clear();
    }

    @Override
    public void stopped() {
      refuse(AppendRefusal.SHARD_STOPPED);
    }
  }

  /**
   * Moves a group's cursors with a transaction: they show when it is committed.
   *
   * @param reaches whether the transaction is to reach the group by this; else it must already
   */
  public CompletableFuture<Boolean> commitOffsets(
      Speaker speaker, boolean reaches, String groupId, Committer committer, List<Commit> commits) {
    return Decision.on(
        shard,
        (sequencer, answer) -> {
          TransactionalId known = requireKnown(speaker);
          requireCurrent(known.now(), speaker);
          requireNotEnding(known.now());
          Set<String> wanted = Set.of(groupId);
          if (!reaches(known.now(), Set.of(), wanted)) {
            if (!reaches) {
              throw new RefusedException(
                  Reason.INVALID_TRANSACTION_STATE,
                  "group " + groupId + " was not added to the transaction of " + known.id);
            }
            extend(sequencer, known, Set.of(), wanted, () -> {});
          }
          ProducerIdentity producer = known.now().producer();
          Runnable forward =
              () ->
                  forward(
                      groups
                          .of(groupId)
                          .commitInTransaction(groupId, producer.id(), committer, commits),
                      answer);
          pass(
              known,
              shards.of(groupId) == shard,
              new Passing(
                  producer,
                  List.of(),
                  wanted,
                  forward,
                  () -> answer.completeExceptionally(fenced(known.id))));
        });
  }

  // --- ending ---

  /**
   * Ends the transaction. Answered when all its records can be read, or are passed over, and its
   * offsets show.
   *
   * @param nextEpoch whether the producer goes on with another epoch, so that each transaction has
   *     its own; asked again, this is answered as before. Without, it is the older flow: an end
   *     that comes over a connection older than one that spoke meanwhile is refused, since it was
   *     meant for an earlier transaction
   * @return who the producer is from now on
   */
  public CompletableFuture<ProducerIdentity> end(
      Speaker speaker, boolean commit, boolean nextEpoch) {
    return end(speaker, commit, nextEpoch, NO_FRESH_ID);
  }

  private CompletableFuture<ProducerIdentity> end(
      Speaker speaker, boolean commit, boolean nextEpoch, ProducerIdentity fresh) {
    return Decision.on(
        shard,
        (sequencer, answer) -> {
          TransactionalId known = requireKnown(speaker);
          TransactionState now = known.now();
          requireAlive(now);
          if (!isToEnd(known, speaker, commit, nextEpoch)) {
            if (now.phase().isEnding()) {
              ProducerIdentity next = now.producer();
              known.whenEnded(() -> answer.complete(next));
            } else {
              answer.complete(now.producer());
            }
            return;
          }
          ProducerIdentity producer = now.producer();
          if (nextEpoch && producer.isExhausted() && fresh.id() < 0) {
            forward(
                producerIds
                    .next()
                    .thenCompose(id -> end(speaker, commit, true, new ProducerIdentity(id, 0))),
                answer);
            return;
          }
          ProducerIdentity next =
              !nextEpoch ? producer : producer.isExhausted() ? fresh : producer.next();
          int markerEpoch = nextEpoch ? producer.epoch() + 1 : producer.epoch();
          end(sequencer, known, commit, markerEpoch, next, nextEpoch);
          known.whenEnded(() -> answer.complete(next));
        });
  }

  /** Whether an end is to be decided; if not, it was before, as it is asked for now. */
  private static boolean isToEnd(
      TransactionalId known, Speaker speaker, boolean commit, boolean nextEpoch) {
    TransactionState now = known.now();
    TransactionPhase phase = now.phase();
    boolean ended = phase == TransactionPhase.ended(commit);
    boolean ending = phase == TransactionPhase.ending(commit);
    boolean repeated = nextEpoch && speaker.identity.equals(now.previous());
    if (!repeated) {
      requireCurrent(now, speaker);
      if (!nextEpoch) {
        requireLatestConnection(known, speaker.connection);
      }
      boolean empty = phase != TransactionPhase.ONGOING && !phase.isEnding();
      if (phase == TransactionPhase.ONGOING || nextEpoch && empty && !commit) {
        return true;
      }
      if (nextEpoch && phase.isEnding()) {
        throw ending();
      }
    }
    if (repeated && (phase == TransactionPhase.ONGOING || phase == TransactionPhase.EMPTY)) {
      throw fenced(known.id); // this is the transaction after the one that was meant
    }
    if ((repeated || !nextEpoch) && (ended || ending)) {
      return false;
    }
    throw new RefusedException(
        Reason.INVALID_TRANSACTION_STATE,
        "the transaction of "
            + known.id
            + " cannot be "
            + (commit ? "committed" : "aborted")
            + ": it is "
            + phase.kafkaName());
  }

  /** Aborts the open transaction and fences whoever has it. */
  private void fence(Sequencer sequencer, TransactionalId known) {
    ProducerIdentity next = known.now().producer().next();
    end(sequencer, known, false, next.epoch(), next, false);
  }

  private void end(
      Sequencer sequencer,
      TransactionalId known,
      boolean commit,
      int markerEpoch,
      ProducerIdentity next,
      boolean mayRepeat) {
    known.stopTimer();
    Ending ending = new Ending(known, commit);
    propose(
        sequencer,
        known,
        TransactionState.ending(change(known.id), commit, markerEpoch, next, mayRepeat),
        ending::decisionIsDurable);
    ending.begin(sequencer.timeMs());
  }

  /** Brings the word of how a transaction ended to the logs and groups that it reached. */
  private final class Ending {
    private final TransactionalId known;
    private final boolean commit;
    private final Map<Shard, MarkerAppend> markers = new HashMap<>();
    private final List<String> otherGroups = new ArrayList<>();
    private long producerId;
    private int untold = 1;

    Ending(TransactionalId known, boolean commit) {
      this.known = known;
      this.commit = commit;
    }

    /** On this shard the decision need not be durable first: it stands before in the journal. */
    void begin(long timeMs) {
      TransactionState state = known.now();
      producerId = state.marker().id();
      for (LogId log : state.logs()) {
        Shard of = shards.of(log);
        var found = of.find(log);
        if (found != null && !found.isDropped()) {
          markers
              .computeIfAbsent(of, s -> new MarkerAppend(shard, this::told))
              .addMarker(
                  found,
                  producerId,
                  (short) state.marker().epoch(),
                  commit,
                  COORDINATOR_EPOCH,
                  timeMs);
        }
      }
      for (String group : state.groups()) {
        if (shards.of(group) == shard) {
          tell(group);
        } else {
          otherGroups.add(group);
        }
      }
      untold += markers.size();
      untold += otherGroups.size();
      MarkerAppend here = markers.remove(shard);
      if (here != null) {
        shard.append(here);
      }
    }

    void decisionIsDurable() {
      known.refusePassing();
      markers.forEach(Shard::append);
      int groupsToTell = otherGroups.size();
      otherGroups.forEach(this::tell);
      untold -= groupsToTell; // each was counted while it waited, and is counted again
      told();
    }

    private void tell(String group) {
      untold++;
      groups
          .of(group)
          .endTransaction(group, producerId, commit)
          .whenComplete((done, failure) -> {
            if (failure == null) {
              shard.execute(sequencer -> told());
            }
          });
    }

    private void told() {
      if (--untold == 0) {
        shard.execute(sequencer -> {
          StateWriter change = TransactionState.ended(change(known.id));
          byte[] bytes = change.toBytes();
          sequencer.changeUnawaited(KIND, change);
          decided(known, bytes, sequencer.timeMs());
          known.ended();
        });
      }
    }
  }

  // --- time ---

  private void abortAfter(TransactionalId known, long delayMs) {
    long transaction = known.transaction();
    known.timer(
        shard
            .timers()
            .after(
                delayMs,
                () ->
                    shard.execute(sequencer -> {
                      TransactionState now = known.now();
                      if (now.phase() == TransactionPhase.ONGOING
                          && known.transaction() == transaction) {
                        LOG.info(
                            "the transaction of {} was open for {} ms and is aborted",
                            known.id,
                            now.timeoutMs());
                        fence(sequencer, known);
                      }
                    })));
  }

  /** Goes on with what a stop or a crash cut short. Before the shards start. */
  void start() {
    shard.execute(sequencer -> {
      for (TransactionalId known : ids.values()) {
        TransactionState now = known.now();
        if (now.phase() == TransactionPhase.ONGOING) {
          long left = now.startedMs() + now.timeoutMs() - shard.clock().millis();
          known.began();
          abortAfter(known, Math.clamp(left, 0, now.timeoutMs()));
        } else if (now.phase().isEnding()) {
          Ending ending = new Ending(known, now.phase() == TransactionPhase.COMMITTING);
          ending.begin(shard.clock().millis());
          ending.decisionIsDurable();
        }
      }
    });
    forgetIdleRegularly();
  }

  private void forgetIdleRegularly() {
    shard.execute(sequencer ->
        shard
            .timers()
            .after(
                EXPIRY_CHECK_MS,
                () -> {
                  shard.execute(this::forgetIdle);
                  forgetIdleRegularly();
                }));
  }

  /** Forgets transactional ids that nobody has used for long. */
  private void forgetIdle(Sequencer sequencer) {
    long beforeMs = sequencer.timeMs() - limits.expirationMs();
    for (TransactionalId known : List.copyOf(ids.values())) {
      if (known.isIdleSince(beforeMs)) {
        forget(sequencer, known);
      }
    }
  }

  private void forget(Sequencer sequencer, TransactionalId known) {
    propose(sequencer, known, TransactionState.forgotten(change(known.id)), () -> {});
  }

  /**
   * Refuses what has no room. Before, forgets ids that were not used for longest: whoever still has
   * one of them is refused when it speaks, and initialises it again.
   */
  private void requireRoom(Sequencer sequencer, long more) {
    if (heldBytes + more <= limits.bytesMax()) {
      return;
    }
    long beforeMs = sequencer.timeMs() - IN_USE_MS;
    List<TransactionalId> idle =
        ids.values().stream()
            .filter(known -> known.isIdleSince(beforeMs))
            .sorted(Comparator.comparingLong(known -> known.now().changedMs()))
            .toList();
    for (TransactionalId known : idle) {
      if (heldBytes + more <= limits.bytesMax() - limits.bytesMax() / PART) {
        break;
      }
      forget(sequencer, known);
    }
    if (heldBytes + more > limits.bytesMax()) {
      throw new RefusedException(Reason.POLICY_VIOLATION, limits.fullMessage());
    }
  }

  // --- looking ---

  /** Every transactional id. */
  public CompletableFuture<List<TransactionView>> list() {
    return Decision.on(
        shard,
        (sequencer, answer) ->
            answer.complete(ids.values().stream().map(TransactionalId::view).toList()));
  }

  /** One transactional id; fails with a {@link RefusedException} if it is not known. */
  public CompletableFuture<TransactionView> describe(String id) {
    return Decision.on(
        shard,
        (sequencer, answer) -> {
          requireName(id);
          TransactionalId known = ids.get(id);
          if (known == null || known.now().phase() == TransactionPhase.DEAD) {
            throw new RefusedException(
                Reason.TRANSACTIONAL_ID_NOT_FOUND, "there is no transactional id " + id);
          }
          answer.complete(known.view());
        });
  }

  // --- refusing ---

  private static void requireName(String id) {
    if (id.isEmpty()) {
      throw new RefusedException(Reason.INVALID_REQUEST, "a transactional id is not empty");
    }
  }

  private TransactionalId requireKnown(Speaker speaker) {
    requireName(speaker.transactionalId);
    TransactionalId known = ids.get(speaker.transactionalId);
    if (known == null) {
      throw otherProducer(speaker.transactionalId);
    }
    return known;
  }

  private static void requireCurrent(TransactionState now, Speaker speaker) {
    requireAlive(now);
    if (speaker.identity.id() != now.producer().id()) {
      throw speaker.identity.id() == now.previous().id()
          ? fenced(speaker.transactionalId)
          : otherProducer(speaker.transactionalId);
    }
    if (speaker.identity.epoch() != now.producer().epoch()) {
      throw fenced(speaker.transactionalId);
    }
  }

  private static void requireLatestConnection(TransactionalId known, long connection) {
    if (connection < known.connection) {
      throw new RefusedException(
          Reason.INVALID_TRANSACTION_STATE,
          "the producer of "
              + known.id
              + " has spoken over a newer connection: this was meant for an earlier transaction");
    }
    known.connection = connection;
  }

  private static void requireAlive(TransactionState now) {
    if (now.phase() == TransactionPhase.DEAD) {
      throw new RefusedException(
          Reason.CONCURRENT_TRANSACTIONS, "the transactional id is being forgotten: try again");
    }
  }

  private static void requireNotEnding(TransactionState now) {
    if (now.phase().isEnding()) {
      throw ending();
    }
  }

  private static RefusedException ending() {
    return new RefusedException(
        Reason.CONCURRENT_TRANSACTIONS, "the transaction before is still being ended: try again");
  }

  private static RefusedException fenced(String id) {
    return new RefusedException(
        Reason.PRODUCER_FENCED,
        "another producer has taken over " + id + ", or its transaction was open for too long");
  }

  private static RefusedException otherProducer(String id) {
    return new RefusedException(
        Reason.OTHER_PRODUCER_ID,
        "the producer id is not that of the transactional id " + id + ": initialise it again");
  }

  // --- changes ---

  private static StateWriter change(String id) {
    return new StateWriter().text(id);
  }

  private void propose(
      Sequencer sequencer, TransactionalId known, StateWriter change, Runnable applied) {
    byte[] bytes = change.toBytes();
    sequencer.change(KIND, change, applied);
    decided(known, bytes, sequencer.timeMs());
  }

  private void decided(TransactionalId known, byte[] change, long timeMs) {
    known.decide(change, timeMs);
    count(known);
  }

  private void count(TransactionalId known) {
    heldBytes -= known.countedBytes;
    known.countedBytes = known.bytes();
    heldBytes += known.countedBytes;
  }

  private static <T> void forward(CompletableFuture<T> from, CompletableFuture<T> to) {
    from.whenComplete((value, failure) -> complete(to, value, failure));
  }

  private static <T> void complete(
      CompletableFuture<T> answer, T value, @Nullable Throwable failure) {
    if (failure == null) {
      answer.complete(value);
    } else {
      answer.completeExceptionally(failure);
    }
  }

  // --- state machine ---

  @Override
  public int kind() {
    return KIND;
  }

  @Override
  public void apply(StateReader change, long timeMs) {
    String id = change.text();
    TransactionalId known = ids.computeIfAbsent(id, TransactionalId::new);
    shard.capture().keep(known);
    known.apply(change, timeMs);
    if (known.isForgotten()) {
      ids.remove(id);
      heldBytes -= known.countedBytes;
      known.countedBytes = 0;
    } else {
      count(known);
    }
  }

  @Override
  public Collection<TransactionalId> snapshotItems() {
    return ids.values().stream().filter(TransactionalId::isDurable).toList();
  }

  @Override
  public void restore(StateReader item) {
    TransactionalId known = TransactionalId.decode(item);
    ids.put(known.id, known);
    count(known);
  }

  /** What a transactional id's piece of a snapshot says, for people. */
  public static String text(StateReader item) {
    return "transactional id " + TransactionalId.decode(item);
  }
}
