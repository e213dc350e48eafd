package io.millrace.broker.group;

import io.millrace.broker.Decision;
import io.millrace.broker.Refusal;
import io.millrace.broker.Refusal.Reason;
import io.millrace.broker.RefusedException;
import io.millrace.broker.group.Group.Membership;
import io.millrace.broker.setting.SettingValues;
import io.millrace.cursor.OffsetCursor;
import io.millrace.log.LogId;
import io.millrace.shard.Sequencer;
import io.millrace.shard.Shard;
import io.millrace.shard.StateMachine;
import io.millrace.shard.StateReader;
import io.millrace.shard.StateWriter;
import io.millrace.shard.Timers;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The consumer groups of one shard: who is in them, and where they stand.
 *
 * <p>Any thread may call; everything happens on the shard's thread, where the futures complete.
 * What is committed is answered when it is durable.
 */
public final class ConsumerGroups implements StateMachine {

  /** The {@link #kind()} of groups in journal and snapshot. */
  public static final int KIND = 18;

  private static final int STORED = 1;
  private static final int COMMITTED = 2;
  private static final int CURSORS_DELETED = 3;
  private static final int DELETED = 4;

  // From journal files of version 2 on.
  private static final int PENDING = 5;
  private static final int TRANSACTION_ENDED = 6;

  private static final long EXPIRY_CHECK_MS = 10L * 60 * 1000;

  private static final Logger LOG = LoggerFactory.getLogger(ConsumerGroups.class);

  private static final long REFUSALS_LOGGED_EVERY_NANOS = 10_000_000_000L;

  private final Shard shard;
  private final GroupLimits limits;
  private final Supplier<UUID> newIds;
  private final Map<String, Group> groups = new HashMap<>();
  private final ClassicGroup.Home home = new Home();

  /** What the groups take in memory, in bytes, roughly. */
  private long heldBytes;

  private final AtomicLong nextRefusalLogged;

  public ConsumerGroups(Shard shard, SettingValues settings, Supplier<UUID> newIds) {
    this.shard = shard;
    this.limits = GroupLimits.of(settings);
    this.newIds = newIds;
    this.nextRefusalLogged = new AtomicLong(shard.clock().nanos());
  }

  private final class Home implements ClassicGroup.Home {
    @Override
    public void store(Group group, Membership membership, Runnable applied) {
      StateWriter change = new StateWriter().int8(STORED).text(group.id);
      Group.encode(membership, change);
      shard.execute(sequencer -> {
        // A group that was deleted in the meantime must not come back.
        if (groups.get(group.id) == group && live(group).state() != GroupState.DEAD) {
          sequencer.change(KIND, change, applied);
        }
      });
    }

    @Override
    public Timers timers() {
      return shard.timers();
    }

    @Override
    public GroupLimits limits() {
      return limits;
    }

    @Override
    public void held(long bytes) {
      heldBytes += bytes;
    }

    @Override
    public boolean refuses(long bytes) {
      return heldBytes + bytes > limits.allBytesMax();
    }
  }

  // --- membership ---

  /** Joins a member to a group, which is made if it does not exist. */
  public CompletableFuture<Joined> join(String groupId, JoinRequest request) {
    String tooMuch = sizeProblem(request);
    CompletableFuture<Joined> answer =
        tooMuch == null
            ? joinOnShard(groupId, request)
            : done(Joined.refused(Reason.POLICY_VIOLATION, tooMuch, request.memberId()));
    return answer.thenApply(joined -> {
      logIfLimit(groupId, joined.refusal());
      return joined;
    });
  }

  /** The answers to members have no room for a sentence: it goes to the log, now and then. */
  private void logIfLimit(String groupId, @Nullable Refusal refusal) {
    if (refusal == null
        || refusal.reason() != Reason.POLICY_VIOLATION && refusal.reason() != Reason.GROUP_FULL) {
      return;
    }
    long now = shard.clock().nanos();
    long due = nextRefusalLogged.get();
    if (now - due >= 0 && nextRefusalLogged.compareAndSet(due, now + REFUSALS_LOGGED_EVERY_NANOS)) {
      LOG.warn("group {} refuses a member: {}", groupId, refusal.message());
    }
  }

  private CompletableFuture<Joined> joinOnShard(String groupId, JoinRequest request) {
    return Decision.<CompletableFuture<Joined>>on(
            shard,
            (sequencer, answer) -> {
              String id = request.memberId();
              if (groupId.isEmpty()) {
                answer.complete(
                    done(Joined.refused(Reason.INVALID_GROUP_ID, "a group needs a name", id)));
              } else if (request.sessionTimeoutMs() < limits.sessionTimeoutMsMin()
                  || request.sessionTimeoutMs() > limits.sessionTimeoutMsMax()) {
                answer.complete(done(refuseTimeout(request)));
              } else if (groups.get(groupId) == null && !id.isEmpty()) {
                answer.complete(
                    done(
                        Joined.refused(Reason.UNKNOWN_MEMBER, "there is no group " + groupId, id)));
              } else if (refusesNew(groupId, request.bytes())) {
                answer.complete(
                    done(Joined.refused(Reason.POLICY_VIOLATION, limits.allFullMessage(), id)));
              } else if (live(groupOrNew(groupId)).state() == GroupState.DEAD) {
                answer.complete(
                    done(
                        Joined.refused(
                            Reason.COORDINATOR_NOT_AVAILABLE,
                            "group " + groupId + " is being deleted: try again",
                            id)));
              } else {
                answer.complete(live(groupOrNew(groupId)).join(request));
              }
            })
        .thenCompose(joined -> joined);
  }

  private static <T> CompletableFuture<T> done(T value) {
    return CompletableFuture.completedFuture(value);
  }

  private Joined refuseTimeout(JoinRequest request) {
    return Joined.refused(
        Reason.INVALID_SESSION_TIMEOUT,
        "the session timeout is from "
            + limits.sessionTimeoutMsMin()
            + " to "
            + limits.sessionTimeoutMsMax()
            + " ms (group.min.session.timeout.ms,"
            + " group.max.session.timeout.ms), not "
            + request.sessionTimeoutMs(),
        request.memberId());
  }

  private @Nullable String sizeProblem(JoinRequest request) {
    int protocols = request.protocols().size();
    if (protocols > limits.protocolsMax()) {
      return "a member offers "
          + protocols
          + " protocols, the limit group.member.max.protocols is "
          + limits.protocolsMax()
          + ": offer fewer";
    }
    return request.bytes() <= limits.memberBytesMax()
        ? null
        : "a member says "
            + request.bytes()
            + " bytes of itself, the limit group.member.max.bytes is "
            + limits.memberBytesMax()
            + ": subscribe to less";
  }

  /** Whether a group would be new, and there is no room for it. */
  private boolean refusesNew(String groupId, long moreBytes) {
    return groups.get(groupId) == null
        && home.refuses(HeldBytes.GROUP + groupId.length() + moreBytes);
  }

  private Group groupOrNew(String groupId) {
    Group group = groups.get(groupId);
    if (group == null) {
      group = new Group(groupId);
      groups.put(groupId, group);
      heldBytes += group.bytes();
    }
    return group;
  }

  private ClassicGroup live(Group group) {
    ClassicGroup live = group.live;
    if (live == null) {
      live = new ClassicGroup(group, home, newIds);
      group.live = live;
    }
    return live;
  }

  public CompletableFuture<Synced> sync(
      String groupId,
      String memberId,
      @Nullable String instanceId,
      int generation,
      @Nullable String protocolType,
      @Nullable String protocolName,
      Map<String, byte[]> assignments) {
    return Decision.<CompletableFuture<Synced>>on(
            shard,
            (sequencer, answer) -> {
              requireName(groupId);
              Group group = groups.get(groupId);
              if (group == null) {
                answer.complete(
                    done(Synced.refused(Reason.UNKNOWN_MEMBER, "there is no group " + groupId)));
              } else {
                answer.complete(
                    live(group)
                        .sync(
                            memberId,
                            instanceId,
                            generation,
                            protocolType,
                            protocolName,
                            assignments));
              }
            })
        .thenCompose(synced -> synced)
        .thenApply(synced -> {
          logIfLimit(groupId, synced.refusal());
          return synced;
        });
  }

  /** Says that a member is alive; fails with a {@link RefusedException}. */
  public CompletableFuture<Boolean> heartbeat(
      String groupId, String memberId, @Nullable String instanceId, int generation) {
    return Decision.on(
        shard,
        (sequencer, answer) -> {
          refuseIf(live(known(groupId)).heartbeat(memberId, instanceId, generation));
          answer.complete(true);
        });
  }

  /** Takes a member out of its group; fails with a {@link RefusedException}. */
  public CompletableFuture<Boolean> leave(
      String groupId, String memberId, @Nullable String instanceId) {
    return Decision.on(
        shard,
        (sequencer, answer) -> {
          refuseIf(live(known(groupId)).leave(memberId, instanceId));
          answer.complete(true);
        });
  }

  private Group known(String groupId) {
    requireName(groupId);
    Group group = groups.get(groupId);
    if (group == null) {
      throw new RefusedException(Reason.UNKNOWN_MEMBER, "there is no group " + groupId);
    }
    return group;
  }

  private static void requireName(String groupId) {
    if (groupId.isEmpty()) {
      throw new RefusedException(Reason.INVALID_GROUP_ID, "a group needs a name");
    }
  }

  private static void refuseIf(@Nullable Refusal refusal) {
    if (refusal != null) {
      throw new RefusedException(refusal);
    }
  }

  // --- cursors ---

  /**
   * Moves cursors.
   *
   * @param generation -1 from one that is no member; then the group must have none
   */
  public CompletableFuture<Boolean> commit(
      String groupId,
      String memberId,
      @Nullable String instanceId,
      int generation,
      List<Commit> commits) {
    return Decision.on(
        shard,
        (sequencer, answer) -> {
          checkMayCommit(groupId, memberId, instanceId, generation, false);
          StateWriter change = new StateWriter().int8(COMMITTED).text(groupId);
          commit(
              sequencer,
              groupId,
              memberId,
              change,
              group -> group.moreBytes(commits),
              commits,
              answer);
        });
  }

  /**
   * Moves cursors when a transaction is committed. Called by its coordinator, which then says how
   * it ended.
   *
   * @param producerId of the transaction
   */
  public CompletableFuture<Boolean> commitInTransaction(
      String groupId, long producerId, Committer committer, List<Commit> commits) {
    return Decision.on(
        shard,
        (sequencer, answer) -> {
          requireName(groupId);
          checkMayCommit(
              groupId, committer.memberId(), committer.instanceId(), committer.generation(), true);
          StateWriter change = new StateWriter().int8(PENDING).text(groupId).int64(producerId);
          commit(
              sequencer,
              groupId,
              committer.memberId(),
              change,
              group -> group.moreBytes(producerId, commits),
              commits,
              answer);
        });
  }

  /** A transaction has ended: what it would move is moved, or forgotten. */
  public CompletableFuture<Boolean> endTransaction(
      String groupId, long producerId, boolean commit) {
    return Decision.on(
        shard,
        (sequencer, answer) -> {
          if (groups.get(groupId) == null) {
            answer.complete(false);
          } else {
            sequencer.change(
                KIND,
                new StateWriter()
                    .int8(TRANSACTION_ENDED)
                    .text(groupId)
                    .int64(producerId)
                    .bool(commit),
                () -> answer.complete(true));
          }
        });
  }

  /**
   * @param change what is said before the commits
   * @param moreBytes how much more the group will take
   */
  private void commit(
      Sequencer sequencer,
      String groupId,
      String memberId,
      StateWriter change,
      ToLongFunction<Group> moreBytes,
      List<Commit> commits,
      CompletableFuture<Boolean> answer) {
    if (commits.isEmpty()) {
      answer.complete(true);
      return;
    }
    Group known = groups.get(groupId);
    long more = moreBytes.applyAsLong(known == null ? new Group(groupId) : known);
    if (refusesNew(groupId, more) || more > 0 && home.refuses(more)) {
      throw new RefusedException(Reason.POLICY_VIOLATION, limits.allFullMessage());
    }
    Group group = groupOrNew(groupId);
    Member member = live(group).member(memberId);
    group.commitsUnderWay++;
    if (member != null) {
      member.commitsUnderWay++;
    }
    change.varint(commits.size());
    for (Commit commit : commits) {
      change.uuid(commit.log().topicId()).varint(commit.log().partition());
      change.varint(commit.offset()).int32(commit.leaderEpoch()).text(commit.metadata());
    }
    sequencer.change(
        KIND,
        change,
        () -> {
          group.commitsUnderWay--;
          if (member != null) {
            member.commitsUnderWay--;
            live(group).heardFrom(member);
          }
          answer.complete(true);
        });
  }

  private void checkMayCommit(
      String groupId,
      String memberId,
      @Nullable String instanceId,
      int generation,
      boolean inTransaction) {
    Group group = groups.get(groupId);
    if (group == null) {
      if (generation >= 0) {
        throw new RefusedException(Reason.ILLEGAL_GENERATION, "there is no group " + groupId);
      }
      return;
    }
    ClassicGroup live = live(group);
    if (live.state() == GroupState.DEAD) {
      throw new RefusedException(
          Reason.COORDINATOR_NOT_AVAILABLE, "group " + groupId + " is being deleted: try again");
    }
    if (generation < 0 && live.state() == GroupState.EMPTY) {
      return;
    }
    boolean anonymous = generation < 0 && memberId.isEmpty() && instanceId == null;
    if (anonymous && inTransaction) {
      return; // from a client older than KIP-447, which its transactional id fences
    }
    if (anonymous) {
      throw new RefusedException(
          Reason.UNKNOWN_MEMBER,
          "group " + groupId + " has members, so only they may commit offsets for it");
    }
    refuseIf(live.memberProblem(memberId, instanceId, generation));
    Member member = live.member(memberId);
    if (member != null) {
      live.heardOf(member);
    }
    if (live.state() == GroupState.COMPLETING_REBALANCE && !inTransaction) {
      throw new RefusedException(
          Reason.REBALANCE_IN_PROGRESS, "group " + groupId + " is rebalancing");
    }
  }

  /** Where a group stands, and where open transactions are about to move it. */
  public CompletableFuture<Standing> standing(String groupId) {
    return Decision.on(
        shard,
        (sequencer, answer) -> {
          Group group = groups.get(groupId);
          answer.complete(
              group == null
                  ? new Standing(Map.of(), Set.of())
                  : new Standing(Map.copyOf(group.cursors()), group.pendingLogs()));
        });
  }

  /** Where a group stands; empty if it does not exist. */
  public CompletableFuture<Map<LogId, OffsetCursor>> cursors(String groupId) {
    return Decision.on(
        shard,
        (sequencer, answer) -> {
          Group group = groups.get(groupId);
          answer.complete(group == null ? Map.of() : Map.copyOf(group.cursors()));
        });
  }

  /**
   * Forgets cursors.
   *
   * @param isSubscribed whether the members of the group read a log, which must not be forgotten
   * @return those that were not forgotten because the group reads them
   */
  public CompletableFuture<List<LogId>> deleteCursors(
      String groupId,
      List<LogId> logs,
      Predicate<GroupView> mayNotJudge,
      SubscribedTo isSubscribed) {
    return Decision.on(
        shard,
        (sequencer, answer) -> {
          Group group = groups.get(groupId);
          if (group == null) {
            throw new RefusedException(Reason.GROUP_NOT_FOUND, "there is no group " + groupId);
          }
          GroupView view = view(group);
          if (view.state() != GroupState.EMPTY && mayNotJudge.test(view)) {
            throw new RefusedException(
                Reason.GROUP_NOT_EMPTY,
                "group " + groupId + " has members, and what they read is not known here");
          }
          List<LogId> kept = new ArrayList<>();
          List<LogId> gone = new ArrayList<>();
          Set<LogId> pending = group.pendingLogs();
          for (LogId log : logs) {
            if (view.state() != GroupState.EMPTY && isSubscribed.to(view, log)) {
              kept.add(log);
            } else if (group.cursors().containsKey(log) || pending.contains(log)) {
              gone.add(log);
            }
          }
          if (gone.isEmpty()) {
            answer.complete(kept);
          } else {
            sequencer.change(KIND, cursorsDeleted(groupId, gone), () -> answer.complete(kept));
          }
        });
  }

  /** Whether the members of a group read a log. */
  @FunctionalInterface
  public interface SubscribedTo {
    boolean to(GroupView group, LogId log);
  }

  private static StateWriter cursorsDeleted(String groupId, List<LogId> logs) {
    StateWriter change = new StateWriter().int8(CURSORS_DELETED).text(groupId);
    change.varint(logs.size());
    logs.forEach(log -> change.uuid(log.topicId()).varint(log.partition()));
    return change;
  }

  // --- whole groups ---

  /** Deletes a group that has no members. */
  public CompletableFuture<Boolean> delete(String groupId) {
    return Decision.on(
        shard,
        (sequencer, answer) -> {
          Group group = groups.get(groupId);
          if (group == null) {
            throw new RefusedException(Reason.GROUP_NOT_FOUND, "there is no group " + groupId);
          }
          ClassicGroup live = live(group);
          if (live.isInUse() || live.state() != GroupState.EMPTY) {
            throw new RefusedException(
                Reason.GROUP_NOT_EMPTY, "group " + groupId + " has members: stop them first");
          }
          if (group.hasPending()) {
            throw new RefusedException(
                Reason.GROUP_NOT_EMPTY,
                "an open transaction is about to move the offsets of group " + groupId);
          }
          live.die();
          sequencer.change(
              KIND, new StateWriter().int8(DELETED).text(groupId), () -> answer.complete(true));
        });
  }

  /** Every group. */
  public CompletableFuture<List<GroupListing>> list() {
    return Decision.on(
        shard,
        (sequencer, answer) -> {
          List<GroupListing> all = new ArrayList<>(groups.size());
          for (Group group : groups.values()) {
            ClassicGroup live = group.live;
            all.add(
                live == null
                    ? new GroupListing(
                        group.id, GroupState.EMPTY, group.membership().protocolType())
                    : new GroupListing(group.id, live.state(), live.protocolType()));
          }
          answer.complete(all);
        });
  }

  /** One group; fails with a {@link RefusedException} if it does not exist. */
  public CompletableFuture<GroupView> describe(String groupId) {
    return Decision.on(
        shard,
        (sequencer, answer) -> {
          Group group = groups.get(groupId);
          if (group == null) {
            throw new RefusedException(Reason.GROUP_NOT_FOUND, "there is no group " + groupId);
          }
          answer.complete(view(group));
        });
  }

  private GroupView view(Group group) {
    ClassicGroup live = live(group);
    List<GroupView.MemberView> members = new ArrayList<>();
    for (Member member : live.members()) {
      members.add(
          new GroupView.MemberView(
              member.id,
              member.instanceId,
              member.clientId,
              member.clientHost,
              member.metadata(live.protocolName()),
              member.assignment));
    }
    return new GroupView(
        group.id,
        live.state(),
        live.protocolType(),
        live.protocolName(),
        members,
        Map.copyOf(group.cursors()));
  }

  /** What the groups take in memory now, in bytes, roughly. */
  CompletableFuture<Long> held() {
    return Decision.on(shard, (sequencer, answer) -> answer.complete(heldBytes));
  }

  // --- forgetting ---

  /** Forgets the offsets of deleted topics, and those of groups that have been empty for long. */
  void forgetOld(Predicate<UUID> topicExists) {
    shard.execute(sequencer -> {
      long beforeMs = sequencer.timeMs() - limits.offsetsRetentionMs();
      for (Group group : groups.values()) {
        // What was just committed is not old, though it does not show yet.
        if (group.commitsUnderWay > 0
            || group.hasPending()
            || live(group).state() == GroupState.DEAD) {
          continue;
        }
        List<LogId> gone = new ArrayList<>();
        group
            .cursors()
            .forEach((log, cursor) -> {
              if (group.isExpired(cursor, beforeMs) || !topicExists.test(log.topicId())) {
                gone.add(log);
              }
            });
        if (!gone.isEmpty()) {
          sequencer.changeUnawaited(KIND, cursorsDeleted(group.id, gone));
        }
        boolean nothingLeft = gone.size() == group.cursors().size();
        if (nothingLeft && !live(group).isInUse()) {
          live(group).die();
          sequencer.changeUnawaited(KIND, new StateWriter().int8(DELETED).text(group.id));
        }
      }
    });
  }

  /** Begins to forget old offsets now and then. On the shard's thread, or before it starts. */
  public void forgetOldRegularly(Predicate<UUID> topicExists) {
    shard.execute(sequencer ->
        shard
            .timers()
            .after(
                EXPIRY_CHECK_MS,
                () -> {
                  forgetOld(topicExists);
                  forgetOldRegularly(topicExists);
                }));
  }

  // --- state machine ---

  @Override
  public int kind() {
    return KIND;
  }

  @Override
  public void apply(StateReader change, long timeMs) {
    int what = change.int8();
    String groupId = change.text();
    Group group = groups.get(groupId);
    if (group == null) {
      if (what == CURSORS_DELETED || what == DELETED || what == TRANSACTION_ENDED) {
        return;
      }
      group = groupOrNew(groupId);
    }
    shard.capture().keep(group);
    heldBytes -= group.bytes();
    switch (what) {
      case STORED -> group.membership(Group.decodeMembership(change), timeMs);
      case COMMITTED -> {
        for (int n = change.count(); n > 0; n--) {
          LogId log = new LogId(change.uuid(), (int) change.varint());
          group.putCursor(log, cursor(change, timeMs));
          group.forgetMoves(log);
        }
      }
      case PENDING -> {
        long producerId = change.int64();
        for (int n = change.count(); n > 0; n--) {
          LogId log = new LogId(change.uuid(), (int) change.varint());
          group.putPending(producerId, log, cursor(change, timeMs));
        }
      }
      case TRANSACTION_ENDED -> {
        long producerId = change.int64();
        group.endPending(producerId, change.bool(), timeMs);
      }
      case CURSORS_DELETED -> {
        for (int n = change.count(); n > 0; n--) {
          group.removeCursor(new LogId(change.uuid(), (int) change.varint()));
        }
      }
      case DELETED -> groups.remove(groupId);
      default -> throw new IllegalStateException("groups know no change " + what);
    }
    if (what != DELETED) {
      heldBytes += group.bytes();
    }
  }

  private static OffsetCursor cursor(StateReader change, long timeMs) {
    long offset = change.varint();
    int leaderEpoch = change.int32();
    return new OffsetCursor(offset, leaderEpoch, change.text(), timeMs);
  }

  @Override
  public Collection<Group> snapshotItems() {
    return groups.values();
  }

  @Override
  public void restore(StateReader item) {
    Group group = Group.decode(item);
    groups.put(group.id, group);
    heldBytes += group.bytes();
  }

  /** Members go on from where they were, each with a whole session timeout before it. */
  @Override
  public void recovered() {
    for (Group group : groups.values()) {
      if (!group.membership().members().isEmpty()) {
        live(group);
      }
    }
  }

  /** What a group's piece of a snapshot says, for people. */
  public static String text(StateReader item) {
    Group group = Group.decode(item);
    StringBuilder text = new StringBuilder("group " + group.id);
    text.append(" generation=").append(group.membership().generation());
    text.append(" members=").append(group.membership().members().size()).append(" offsets=");
    group
        .cursors()
        .forEach((log, cursor) -> text.append(log).append(':').append(cursor.offset()).append(' '));
    return text.toString().stripTrailing();
  }
}
