package io.millrace.broker.group;

import io.millrace.broker.Refusal;
import io.millrace.broker.Refusal.Reason;
import io.millrace.broker.group.Group.Membership;
import io.millrace.broker.group.Group.StoredMember;
import io.millrace.broker.group.Joined.JoinedMember;
import io.millrace.shard.Timers;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator of one group under Kafka's classic protocol.
 *
 * <p><b>The cycle.</b> Somebody joins, leaves or is lost: the group <i>prepares a rebalance</i>.
 * Members learn it from their heartbeats and join again; when all have, or when the slowest allowed
 * time has passed, a new generation begins with those who did. One of them is the leader; it is
 * told what everybody subscribes to, and the group <i>completes the rebalance</i> when the leader
 * syncs with everybody's assignment. That is made durable, everybody gets its own, and the group is
 * <i>stable</i>. A first rebalance waits a little, so that members that start together begin
 * together.
 *
 * <p><b>Members</b> are dynamic or static. A dynamic one that is silent for its session timeout,
 * does not join a rebalance in time, or never asks for its assignment, is out. A static one
 * (KIP-345) keeps its place until its session times out, and takes it up again under a new member
 * id without a rebalance.
 *
 * <p><b>Durable</b> is a generation once it has an assignment, and the fact that a group has become
 * empty. After a restart every member of the last durable generation is in its place and has a
 * whole session timeout to say so; a rebalance that was under way begins again.
 *
 * <p>Belongs to the shard's thread. Answers are futures; they complete on that thread.
 *
 * @see <a href="https://kafka.apache.org/protocol#group_membership">Kafka protocol guide; KIP-62,
 *     KIP-134, KIP-345, KIP-394, KIP-559, KIP-814</a>
 */
final class ClassicGroup {

  /** Joins that wait longer than this, with nobody completing the rebalance, are given up. */
  private static final long NEW_MEMBER_JOIN_MS = 5L * 60 * 1000;

  /** What a group needs from its surroundings. */
  interface Home {
    /** Makes a membership durable; {@code applied} runs on the shard's thread when it is. */
    void store(Group group, Membership membership, Runnable applied);

    Timers timers();

    GroupLimits limits();

    /** Memory of members that is taken, or given back, in bytes. */
    void held(long bytes);

    /** Whether all groups together may not take so many bytes more. */
    boolean refuses(long bytes);
  }

  private final Group group;
  private final Home home;
  private final Supplier<UUID> newIds;

  private GroupState state = GroupState.EMPTY;
  private int generation;
  private String protocolType = "";
  private String protocolName = "";
  private String leaderId = "";
  private final Map<String, Member> members = new LinkedHashMap<>();
  private final Map<String, String> staticMembers = new HashMap<>();
  private final SupportedProtocols supported = new SupportedProtocols();

  /** What the members take in memory, in bytes. */
  private long memberBytes;

  /** Ids that were given to members who have not come back with them yet. */
  private final Map<String, Timers.Timer> pendingIds = new HashMap<>();

  private Timers.@Nullable Timer rebalanceTimer;

  /** Whether the rebalance under way waits for its time whoever has joined. */
  private boolean gathering;

  private boolean joinedWhileGathering;
  private long gatheringLeftMs;

  /** Members that have not synced in the generation that is being completed. */
  private final Set<String> unsynced = new HashSet<>();

  private Timers.@Nullable Timer syncTimer;

  ClassicGroup(Group group, Home home, Supplier<UUID> newIds) {
    this.group = group;
    this.home = home;
    this.newIds = newIds;
    Membership stored = group.membership();
    generation = stored.generation();
    protocolType = stored.protocolType();
    if (!stored.members().isEmpty()) {
      takeUp(stored);
    }
  }

  /** Puts everybody back in place after a restart. */
  private void takeUp(Membership stored) {
    protocolName = stored.protocolName();
    leaderId = stored.leaderId();
    for (StoredMember s : stored.members()) {
      Member member =
          new Member(
              s.id(),
              s.instanceId(),
              s.clientId(),
              s.clientHost(),
              s.sessionTimeoutMs(),
              s.rebalanceTimeoutMs(),
              List.of(new Member.Protocol(protocolName, s.metadata())));
      member.assignment = s.assignment();
      put(member);
      heardOf(member);
    }
    state = GroupState.STABLE;
  }

  private void put(Member member) {
    members.put(member.id, member);
    supported.add(member);
    held(member.bytes());
    if (member.instanceId != null) {
      staticMembers.put(member.instanceId, member.id);
    }
  }

  private void held(long bytes) {
    memberBytes += bytes;
    home.held(bytes);
  }

  /** Whether the group, or all groups together, may not take so many bytes more. */
  private @Nullable Refusal memoryProblem(long moreBytes) {
    if (moreBytes > 0 && memberBytes + moreBytes > home.limits().groupBytesMax()) {
      return Refusal.of(
          Reason.GROUP_FULL,
          "group "
              + group.id
              + " would take "
              + (memberBytes + moreBytes)
              + " bytes for its members, the limit group.max.bytes is "
              + home.limits().groupBytesMax()
              + ": use fewer members or subscribe to less");
    }
    return moreBytes > 0 && home.refuses(moreBytes)
        ? Refusal.of(Reason.POLICY_VIOLATION, home.limits().allFullMessage())
        : null;
  }

  // --- looking ---

  GroupState state() {
    return state;
  }

  int generation() {
    return generation;
  }

  String protocolType() {
    return protocolType;
  }

  String protocolName() {
    return protocolName;
  }

  @Nullable Member member(String memberId) {
    return members.get(memberId);
  }

  Collection<Member> members() {
    return members.values();
  }

  boolean isInUse() {
    return !members.isEmpty() || !pendingIds.isEmpty();
  }

  // --- join ---

  CompletableFuture<Joined> join(JoinRequest request) {
    CompletableFuture<Joined> answer = new CompletableFuture<>();
    String problem = protocolProblem(request);
    Refusal full = memoryProblem(moreBytes(request));
    if (problem != null) {
      answer.complete(Joined.refused(Reason.INCONSISTENT_PROTOCOL, problem, request.memberId()));
    } else if (full != null) {
      answer.complete(Joined.refused(full.reason(), full.message(), request.memberId()));
    } else if (request.memberId().isEmpty()) {
      joinNew(request, answer);
    } else {
      joinKnown(request, answer);
    }
    return answer;
  }

  /** How much more its member would take; a static one that is back replaces itself. */
  private long moreBytes(JoinRequest request) {
    String known =
        request.memberId().isEmpty() && request.instanceId() != null
            ? staticMembers.get(request.instanceId())
            : request.memberId();
    Member self = known == null ? null : members.get(known);
    long protocolBytes = HeldBytes.of(request.memberProtocols());
    return self == null
        ? HeldBytes.MEMBER
            + HeldBytes.of(request.clientId())
            + HeldBytes.of(request.instanceId())
            + protocolBytes
        : protocolBytes - HeldBytes.of(self.protocols());
  }

  private @Nullable String protocolProblem(JoinRequest request) {
    if (request.protocolType().isEmpty() || request.protocols().isEmpty()) {
      return "a member must name a protocol type and at least one protocol";
    }
    if (members.isEmpty()) {
      return null;
    }
    if (!request.protocolType().equals(protocolType)) {
      return "group "
          + group.id
          + " is of type "
          + protocolType
          + ", not "
          + request.protocolType();
    }
    Member self = members.get(request.memberId());
    int others = members.size() - (self == null ? 0 : 1);
    for (JoinRequest.JoinProtocol protocol : request.protocols()) {
      boolean own = self != null && self.supports(protocol.name());
      if (supported.count(protocol.name()) - (own ? 1 : 0) == others) {
        return null;
      }
    }
    return "the members of group " + group.id + " support no protocol that this one supports";
  }

  private void joinNew(JoinRequest request, CompletableFuture<Joined> answer) {
    String instanceId = request.instanceId();
    String prefix = instanceId != null ? instanceId : request.clientId();
    String memberId = prefix + "-" + newIds.get();
    String known = instanceId == null ? null : staticMembers.get(instanceId);
    if (known != null) {
      replaceStatic(request, known, memberId, answer);
    } else if (members.size() + pendingIds.size() >= home.limits().membersMax()) {
      answer.complete(refuseFull(""));
    } else if (request.mustKnowId() && instanceId == null) {
      Timers.Timer timer =
          home.timers().after(request.sessionTimeoutMs(), () -> forgetPending(memberId));
      pendingIds.put(memberId, timer);
      held(HeldBytes.MEMBER + memberId.length());
      answer.complete(
          Joined.refused(
              Reason.MEMBER_ID_REQUIRED, "join again with the member id given", memberId));
    } else {
      addAndRebalance(request, memberId, answer);
    }
  }

  private Joined refuseFull(String memberId) {
    return Joined.refused(
        Reason.GROUP_FULL,
        "group "
            + group.id
            + " has "
            + home.limits().membersMax()
            + " members, the limit group.max.size",
        memberId);
  }

  private Timers.@Nullable Timer takePending(String memberId) {
    Timers.Timer pending = pendingIds.remove(memberId);
    if (pending != null) {
      held(-HeldBytes.MEMBER - memberId.length());
    }
    return pending;
  }

  private void forgetPending(String memberId) {
    if (takePending(memberId) != null) {
      completeJoinIfAllHere();
    }
  }

  private void joinKnown(JoinRequest request, CompletableFuture<Joined> answer) {
    String memberId = request.memberId();
    Timers.Timer pending = takePending(memberId);
    if (pending != null) {
      pending.cancel();
      if (members.size() >= home.limits().membersMax()) {
        answer.complete(refuseFull(memberId));
      } else {
        addAndRebalance(request, memberId, answer);
      }
      return;
    }
    Refusal refusal = identityProblem(memberId, request.instanceId());
    Member member = members.get(memberId);
    if (refusal != null || member == null) {
      answer.complete(
          refusal == null
              ? Joined.refused(Reason.UNKNOWN_MEMBER, "", memberId)
              : Joined.refused(refusal.reason(), refusal.message(), memberId));
      return;
    }
    boolean same = member.matches(request.memberProtocols());
    boolean current =
        state == GroupState.COMPLETING_REBALANCE && same
            || state == GroupState.STABLE && same && !memberId.equals(leaderId);
    if (current) {
      // It lost the answer: it is in this generation already.
      heardOf(member);
      answer.complete(joined(member, false));
    } else {
      update(member, request);
      awaitJoin(member, answer);
      rebalanceOrComplete();
    }
  }

  /** Whether a member is who it says it is. */
  private @Nullable Refusal identityProblem(String memberId, @Nullable String instanceId) {
    if (instanceId != null) {
      String known = staticMembers.get(instanceId);
      if (known == null) {
        return Refusal.of(
            Reason.UNKNOWN_MEMBER, "group " + group.id + " knows no static member " + instanceId);
      }
      if (!known.equals(memberId)) {
        return Refusal.of(
            Reason.FENCED_INSTANCE, "another member has joined as " + instanceId + " since");
      }
    }
    return members.containsKey(memberId)
        ? null
        : Refusal.of(Reason.UNKNOWN_MEMBER, "group " + group.id + " knows no member " + memberId);
  }

  private void addAndRebalance(
      JoinRequest request, String memberId, CompletableFuture<Joined> answer) {
    Member member =
        new Member(
            memberId,
            request.instanceId(),
            request.clientId(),
            request.clientHost(),
            request.sessionTimeoutMs(),
            request.rebalanceTimeoutMs(),
            request.memberProtocols());
    if (members.isEmpty()) {
      protocolType = request.protocolType();
    }
    put(member);
    awaitJoin(member, answer);
    // A member that gave up waiting would otherwise stay for ever: it has no session yet.
    member.sessionTimer = home.timers().after(NEW_MEMBER_JOIN_MS, () -> expire(member));
    if (gathering) {
      joinedWhileGathering = true;
    }
    rebalanceOrComplete();
  }

  private void update(Member member, JoinRequest request) {
    supported.remove(member);
    held(-member.bytes());
    member.protocols(request.memberProtocols());
    supported.add(member);
    held(member.bytes());
    member.sessionTimeoutMs = request.sessionTimeoutMs();
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs();
  }

  private static void awaitJoin(Member member, CompletableFuture<Joined> answer) {
    CompletableFuture<Joined> earlier = member.awaitingJoin;
    if (earlier != null) {
      earlier.complete(
          Joined.refused(
              Reason.REBALANCE_IN_PROGRESS, "the member has joined again since", member.id));
    }
    member.awaitingJoin = answer;
    member.stopTimer();
  }

  /** A static member is back, under a new id. */
  private void replaceStatic(
      JoinRequest request, String oldId, String newId, CompletableFuture<Joined> answer) {
    Member old = members.remove(oldId);
    if (old == null) {
      throw new IllegalStateException("static member " + oldId + " of " + group.id + " is lost");
    }
    supported.remove(old);
    held(-old.bytes());
    old.stopTimer();
    if (old.awaitingJoin != null) {
      old.awaitingJoin.complete(
          Joined.refused(
              Reason.FENCED_INSTANCE, "another member has joined as " + old.instanceId, oldId));
    }
    if (old.awaitingSync != null) {
      old.awaitingSync.complete(
          Synced.refused(Reason.FENCED_INSTANCE, "another member has joined as " + old.instanceId));
    }
    Member member =
        new Member(
            newId,
            request.instanceId(),
            request.clientId(),
            request.clientHost(),
            request.sessionTimeoutMs(),
            request.rebalanceTimeoutMs(),
            request.memberProtocols());
    member.assignment = old.assignment;
    put(member);
    unsynced.remove(oldId);
    boolean wasLeader = oldId.equals(leaderId);
    if (wasLeader) {
      leaderId = newId;
    }
    boolean sameSubscription =
        java.util.Arrays.equals(old.metadata(protocolName), member.metadata(protocolName));
    if (state == GroupState.STABLE && sameSubscription && protocolName.equals(chosenProtocol())) {
      heardOf(member);
      home.store(group, stored(), () -> answer.complete(joined(member, wasLeader)));
    } else {
      awaitJoin(member, answer);
      rebalanceOrComplete();
    }
  }

  // --- rebalance ---

  private void rebalanceOrComplete() {
    if (state == GroupState.PREPARING_REBALANCE) {
      completeJoinIfAllHere();
    } else {
      prepareRebalance();
    }
  }

  private void prepareRebalance() {
    stopSyncTimer();
    if (state == GroupState.COMPLETING_REBALANCE) {
      failSyncs(Reason.REBALANCE_IN_PROGRESS, "the group is rebalancing again");
    }
    boolean first = state == GroupState.EMPTY;
    state = GroupState.PREPARING_REBALANCE;
    long initialDelayMs = home.limits().initialDelayMs();
    gathering = first && initialDelayMs > 0;
    if (gathering) {
      joinedWhileGathering = false;
      gatheringLeftMs = Math.max(0, rebalanceTimeoutMs() - initialDelayMs);
      rebalanceTimer = home.timers().after(initialDelayMs, this::gatherMoreOrComplete);
    } else {
      startRebalanceTimer();
      completeJoinIfAllHere();
    }
  }

  private void startRebalanceTimer() {
    rebalanceTimer = home.timers().after(rebalanceTimeoutMs(), this::completeJoin);
  }

  private long rebalanceTimeoutMs() {
    return members.values().stream().mapToInt(m -> m.rebalanceTimeoutMs).max().orElse(0);
  }

  /** More members came while a first rebalance was gathering them: it goes on, for a while. */
  private void gatherMoreOrComplete() {
    if (joinedWhileGathering && gatheringLeftMs > 0) {
      joinedWhileGathering = false;
      long delayMs = Math.min(home.limits().initialDelayMs(), gatheringLeftMs);
      gatheringLeftMs -= delayMs;
      rebalanceTimer = home.timers().after(delayMs, this::gatherMoreOrComplete);
    } else {
      gathering = false;
      completeJoin();
    }
  }

  private void completeJoinIfAllHere() {
    if (state == GroupState.PREPARING_REBALANCE
        && !gathering
        && pendingIds.isEmpty()
        && members.values().stream().allMatch(m -> m.awaitingJoin != null)) {
      completeJoin();
    }
  }

  /** Begins a generation with those who joined. */
  private void completeJoin() {
    cancelRebalanceTimer();
    for (Member member : List.copyOf(members.values())) {
      if (member.awaitingJoin == null && !member.isStatic()) {
        remove(member);
      }
    }
    if (!electLeader() && !members.isEmpty()) {
      // Only static members that are away: they may still come.
      startRebalanceTimer();
      return;
    }
    generation++;
    if (members.isEmpty()) {
      state = GroupState.EMPTY;
      protocolName = "";
      leaderId = "";
      home.store(group, stored(), () -> {});
      return;
    }
    state = GroupState.COMPLETING_REBALANCE;
    protocolName = chosenProtocol();
    for (Member member : members.values()) {
      CompletableFuture<Joined> waiting = member.awaitingJoin;
      member.awaitingJoin = null;
      heardOf(member);
      unsynced.add(member.id);
      if (waiting != null) {
        waiting.complete(joined(member, false));
      }
    }
    startSyncTimer();
  }

  private void cancelRebalanceTimer() {
    if (rebalanceTimer != null) {
      rebalanceTimer.cancel();
      rebalanceTimer = null;
    }
    gathering = false;
  }

  /** Keeps the leader if it has joined, else takes another member that has. */
  private boolean electLeader() {
    Member leader = members.get(leaderId);
    if (leader != null && leader.awaitingJoin != null) {
      return true;
    }
    for (Member member : members.values()) {
      if (member.awaitingJoin != null) {
        leaderId = member.id;
        return true;
      }
    }
    return false;
  }

  /** The protocol that all support and most prefer. */
  private String chosenProtocol() {
    String preferred = supported.preferred(members.values(), members.size());
    return preferred == null ? protocolName : preferred;
  }

  private Joined joined(Member member, boolean skipAssignment) {
    boolean leader = member.id.equals(leaderId);
    List<JoinedMember> all = new ArrayList<>();
    if (leader) {
      for (Member m : members.values()) {
        all.add(new JoinedMember(m.id, m.instanceId, m.metadata(protocolName)));
      }
    }
    return new Joined(
        null, member.id, generation, protocolType, protocolName, leaderId, all, skipAssignment);
  }

  // --- sync ---

  CompletableFuture<Synced> sync(
      String memberId,
      @Nullable String instanceId,
      int ofGeneration,
      @Nullable String ofType,
      @Nullable String ofProtocol,
      Map<String, byte[]> assignments) {
    CompletableFuture<Synced> answer = new CompletableFuture<>();
    Refusal refusal = memberProblem(memberId, instanceId, ofGeneration);
    Member member = members.get(memberId);
    if (refusal != null || member == null) {
      answer.complete(
          refusal == null ? Synced.refused(Reason.UNKNOWN_MEMBER, "") : Synced.refused(refusal));
      return answer;
    }
    if (ofType != null && !ofType.equals(protocolType)
        || ofProtocol != null && !ofProtocol.equals(protocolName)) {
      answer.complete(
          Synced.refused(
              Reason.INCONSISTENT_PROTOCOL,
              "group " + group.id + " has protocol " + protocolType + "/" + protocolName));
      return answer;
    }
    switch (state) {
      case EMPTY, DEAD ->
          answer.complete(
              Synced.refused(Reason.UNKNOWN_MEMBER, "group " + group.id + " has no members"));
      case PREPARING_REBALANCE ->
          answer.complete(
              Synced.refused(
                  Reason.REBALANCE_IN_PROGRESS, "group " + group.id + " is rebalancing"));
      case STABLE -> {
        heardOf(member);
        hasSynced(memberId);
        answer.complete(synced(member));
      }
      case COMPLETING_REBALANCE -> {
        Refusal tooMuch = memberId.equals(leaderId) ? assignmentProblem(assignments) : null;
        if (tooMuch != null) {
          answer.complete(Synced.refused(tooMuch));
          return answer;
        }
        heardOf(member);
        hasSynced(memberId);
        if (member.awaitingSync != null) {
          member.awaitingSync.complete(
              Synced.refused(Reason.REBALANCE_IN_PROGRESS, "the member has synced again since"));
        }
        member.awaitingSync = answer;
        if (memberId.equals(leaderId)) {
          assign(assignments);
        }
      }
    }
    return answer;
  }

  /** Whether an assignment is more than a member, the group or all groups may hold. */
  private @Nullable Refusal assignmentProblem(Map<String, byte[]> assignments) {
    long more = 0;
    for (Member member : members.values()) {
      byte[] assignment = assignments.get(member.id);
      int bytes = assignment == null ? 0 : assignment.length;
      if (bytes > home.limits().memberBytesMax()) {
        return Refusal.of(
            Reason.POLICY_VIOLATION,
            "member "
                + member.id
                + " of group "
                + group.id
                + " is assigned "
                + bytes
                + " bytes, the limit group.member.max.bytes is "
                + home.limits().memberBytesMax());
      }
      more += bytes - member.assignment.length;
    }
    return memoryProblem(more);
  }

  private void assign(Member member, byte[] assignment) {
    held(assignment.length - member.assignment.length);
    member.assignment = assignment;
  }

  /** Makes the leader's assignment durable, then everybody gets its own. */
  private void assign(Map<String, byte[]> assignments) {
    int ofGeneration = generation;
    for (Member member : members.values()) {
      assign(member, assignments.getOrDefault(member.id, new byte[0]));
    }
    home.store(
        group,
        stored(),
        () -> {
          if (state == GroupState.COMPLETING_REBALANCE && generation == ofGeneration) {
            state = GroupState.STABLE;
            for (Member member : members.values()) {
              CompletableFuture<Synced> waiting = member.awaitingSync;
              member.awaitingSync = null;
              if (waiting != null) {
                waiting.complete(synced(member));
              }
            }
          }
        });
  }

  private Synced synced(Member member) {
    return new Synced(null, protocolType, protocolName, member.assignment);
  }

  private void failSyncs(Reason reason, String message) {
    for (Member member : members.values()) {
      assign(member, new byte[0]);
      CompletableFuture<Synced> waiting = member.awaitingSync;
      member.awaitingSync = null;
      if (waiting != null) {
        waiting.complete(Synced.refused(reason, message));
      }
    }
  }

  private void startSyncTimer() {
    syncTimer = home.timers().after(rebalanceTimeoutMs(), this::expireUnsynced);
  }

  private void hasSynced(String memberId) {
    if (unsynced.remove(memberId) && unsynced.isEmpty()) {
      stopSyncTimer();
    }
  }

  private void stopSyncTimer() {
    unsynced.clear();
    if (syncTimer != null) {
      syncTimer.cancel();
      syncTimer = null;
    }
  }

  /** Members that joined a generation and never asked for their assignment are out. */
  private void expireUnsynced() {
    if (unsynced.isEmpty()) {
      return;
    }
    for (String memberId : Set.copyOf(unsynced)) {
      Member member = members.get(memberId);
      if (member != null) {
        remove(member);
      }
    }
    prepareRebalance();
  }

  // --- staying and leaving ---

  @Nullable Refusal heartbeat(String memberId, @Nullable String instanceId, int ofGeneration) {
    Refusal refusal = memberProblem(memberId, instanceId, ofGeneration);
    Member member = members.get(memberId);
    if (refusal != null || member == null) {
      return refusal;
    }
    return switch (state) {
      case EMPTY, DEAD ->
          Refusal.of(Reason.UNKNOWN_MEMBER, "group " + group.id + " has no members");
      case PREPARING_REBALANCE -> {
        heardOf(member);
        yield Refusal.of(
            Reason.REBALANCE_IN_PROGRESS, "group " + group.id + " is rebalancing: join again");
      }
      case COMPLETING_REBALANCE, STABLE -> {
        heardOf(member);
        yield null;
      }
    };
  }

  /** Whether a member is known and of this generation. */
  @Nullable Refusal memberProblem(String memberId, @Nullable String instanceId, int ofGeneration) {
    Refusal refusal = identityProblem(memberId, instanceId);
    if (refusal == null && ofGeneration != generation) {
      return Refusal.of(
          Reason.ILLEGAL_GENERATION,
          "group " + group.id + " is in generation " + generation + ", not " + ofGeneration);
    }
    return refusal;
  }

  /** Begins a member's session timeout anew. A member that waits for its join needs none. */
  void heardOf(Member member) {
    if (member.awaitingJoin != null) {
      return;
    }
    member.stopTimer();
    member.sessionTimer = home.timers().after(member.sessionTimeoutMs, () -> sessionOver(member));
  }

  /** As {@link #heardOf}, for one that may have left meanwhile. */
  void heardFrom(Member member) {
    if (members.get(member.id) == member) {
      heardOf(member);
    }
  }

  private void sessionOver(Member member) {
    if (member.awaitingSync != null || member.commitsUnderWay > 0) {
      heardOf(member); // it waits for the leader, or for the journal, as it should
    } else {
      expire(member);
    }
  }

  private void expire(Member member) {
    if (members.get(member.id) == member) {
      removeAndRebalance(member);
    }
  }

  /**
   * Takes a member out.
   *
   * @param memberId empty for a static member that only knows its name
   */
  @Nullable Refusal leave(String memberId, @Nullable String instanceId) {
    Timers.Timer pending = takePending(memberId);
    if (pending != null) {
      pending.cancel();
      completeJoinIfAllHere();
      return null;
    }
    String id = memberId;
    if (instanceId != null && memberId.isEmpty()) {
      id = staticMembers.getOrDefault(instanceId, "");
    }
    Refusal refusal = identityProblem(id, instanceId);
    Member member = members.get(id);
    if (refusal != null || member == null) {
      return refusal;
    }
    removeAndRebalance(member);
    return null;
  }

  private void removeAndRebalance(Member member) {
    remove(member);
    switch (state) {
      case STABLE, COMPLETING_REBALANCE -> prepareRebalance();
      case PREPARING_REBALANCE -> {
        if (members.isEmpty() && pendingIds.isEmpty() && !gathering) {
          completeJoin();
        } else {
          completeJoinIfAllHere();
        }
      }
      case EMPTY, DEAD -> {}
    }
  }

  private void remove(Member member) {
    if (members.remove(member.id) != null) {
      supported.remove(member);
      held(-member.bytes());
    }
    unsynced.remove(member.id);
    if (member.instanceId != null) {
      staticMembers.remove(member.instanceId, member.id);
    }
    member.stopTimer();
    if (member.awaitingJoin != null) {
      member.awaitingJoin.complete(
          Joined.refused(Reason.UNKNOWN_MEMBER, "the member was removed", member.id));
      member.awaitingJoin = null;
    }
    if (member.awaitingSync != null) {
      member.awaitingSync.complete(Synced.refused(Reason.UNKNOWN_MEMBER, "the member was removed"));
      member.awaitingSync = null;
    }
  }

  /** The group is deleted: nothing more happens in it. */
  void die() {
    state = GroupState.DEAD;
    cancelRebalanceTimer();
    stopSyncTimer();
    pendingIds.values().forEach(Timers.Timer::cancel);
    List.copyOf(pendingIds.keySet()).forEach(this::takePending);
    List.copyOf(members.values()).forEach(this::remove);
  }

  private Membership stored() {
    List<StoredMember> all = new ArrayList<>();
    for (Member m : members.values()) {
      all.add(
          new StoredMember(
              m.id,
              m.instanceId,
              m.clientId,
              m.clientHost,
              m.sessionTimeoutMs,
              m.rebalanceTimeoutMs,
              m.metadata(protocolName),
              m.assignment));
    }
    return new Membership(protocolType, generation, protocolName, leaderId, all);
  }
}
