package io.millrace.broker.group;

import io.millrace.cursor.OffsetCursor;
import io.millrace.log.LogId;
import io.millrace.shard.SnapshotItem;
import io.millrace.shard.StateReader;
import io.millrace.shard.StateWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is durable of a consumer group: its generation and members, and where it stands. A restart
 * begins from here, with every member in its place. Belongs to the shard's thread.
 */
final class Group extends SnapshotItem {

  final String id;
  private Membership membership = Membership.NONE;

  /** When it lost its last member, by the sequencer's clock in ms. */
  private long emptySinceMs;

  private final Map<LogId, OffsetCursor> cursors = new HashMap<>();

  /** Cursors that open transactions are about to move, in the order in which they said so. */
  private final LinkedHashMap<Move, OffsetCursor> pending = new LinkedHashMap<>(2);

  /** What the transaction of a producer is about to move. */
  private record Move(long producerId, LogId log) {}

  private long cursorBytes;
  private long membershipBytes;

  /** Commits that were taken and are not applied yet: while there are any, nothing is forgotten. */
  int commitsUnderWay;

  /** Who coordinates it now; made when somebody joins, or after a restart if it has members. */
  @Nullable ClassicGroup live;

  /**
   * One generation of a group.
   *
   * @param protocolType empty for a group that only commits offsets
   */
  record Membership(
      String protocolType,
      int generation,
      String protocolName,
      String leaderId,
      List<StoredMember> members) {

    static final Membership NONE = new Membership("", 0, "", "", List.of());
  }

  /** A member with its subscription, in the protocol that was chosen, and its assignment. */
  record StoredMember(
      String id,
      @Nullable String instanceId,
      String clientId,
      String clientHost,
      int sessionTimeoutMs,
      int rebalanceTimeoutMs,
      byte[] metadata,
      byte[] assignment) {}

  Group(String id) {
    this.id = id;
  }

  Membership membership() {
    return membership;
  }

  void membership(Membership stored, long timeMs) {
    membership = stored;
    membershipBytes = HeldBytes.of(stored);
    if (stored.members.isEmpty()) {
      emptySinceMs = timeMs;
    }
  }

  Map<LogId, OffsetCursor> cursors() {
    return Collections.unmodifiableMap(cursors);
  }

  void putCursor(LogId log, OffsetCursor cursor) {
    cursorBytes += HeldBytes.of(cursor) - heldBytes(cursors.put(log, cursor));
  }

  void removeCursor(LogId log) {
    cursorBytes -= heldBytes(cursors.remove(log));
    forgetMoves(log);
  }

  /** A cursor was moved, or removed: what was to be done with it before is over. */
  void forgetMoves(LogId log) {
    pending
        .entrySet()
        .removeIf(one -> {
          boolean over = one.getKey().log.equals(log);
          cursorBytes -= over ? HeldBytes.of(one.getValue()) : 0;
          return over;
        });
  }

  boolean hasPending() {
    return !pending.isEmpty();
  }

  Set<LogId> pendingLogs() {
    if (pending.isEmpty()) {
      return Set.of();
    }
    Set<LogId> logs = new HashSet<>();
    pending.keySet().forEach(move -> logs.add(move.log));
    return logs;
  }

  void putPending(long producerId, LogId log, OffsetCursor cursor) {
    Move move = new Move(producerId, log);
    cursorBytes += HeldBytes.of(cursor) - heldBytes(pending.remove(move));
    pending.put(move, cursor);
  }

  /**
   * A transaction has ended, and with it its cursors' moves. Whoever said last where a cursor is to
   * be moved decides it, as in Kafka: what a transaction that is still open has said before that is
   * over too.
   */
  void endPending(long producerId, boolean commit, long timeMs) {
    Map<LogId, OffsetCursor> moves = new HashMap<>();
    var newest = pending.sequencedEntrySet().reversed().iterator();
    while (newest.hasNext()) {
      Map.Entry<Move, OffsetCursor> one = newest.next();
      LogId log = one.getKey().log;
      boolean ended = one.getKey().producerId == producerId;
      if (ended || moves.containsKey(log)) {
        newest.remove();
        cursorBytes -= HeldBytes.of(one.getValue());
      }
      if (ended && commit) {
        moves.put(log, one.getValue());
      }
    }
    moves.forEach((log, cursor) ->
        putCursor(
            log,
            new OffsetCursor(cursor.offset(), cursor.leaderEpoch(), cursor.metadata(), timeMs)));
  }

  private static long heldBytes(@Nullable OffsetCursor cursor) {
    return cursor == null ? 0 : HeldBytes.of(cursor);
  }

  /** What is durable of it takes so much memory, in bytes, roughly. */
  long bytes() {
    return HeldBytes.GROUP + id.length() + membershipBytes + cursorBytes;
  }

  /** How much more it would take with some commits done; negative if less. */
  long moreBytes(List<Commit> commits) {
    long more = 0;
    for (Commit commit : commits) {
      long now = heldBytes(cursors.get(commit.log()));
      more += HeldBytes.CURSOR + commit.metadata().length() - now;
    }
    return more;
  }

  /** The same for commits of a transaction, which are kept beside the cursors until it ends. */
  long moreBytes(long producerId, List<Commit> commits) {
    long more = 0;
    for (Commit commit : commits) {
      long now = heldBytes(pending.get(new Move(producerId, commit.log())));
      more += HeldBytes.CURSOR + commit.metadata().length() - now;
    }
    return more;
  }

  /** Whether a cursor is so old that it is forgotten. */
  boolean isExpired(OffsetCursor cursor, long beforeMs) {
    return membership.members.isEmpty() && Math.max(emptySinceMs, cursor.committedMs()) < beforeMs;
  }

  @Override
  protected int kind() {
    return ConsumerGroups.KIND;
  }

  @Override
  protected void encode(StateWriter out) {
    out.text(id).int64(emptySinceMs);
    encode(membership, out);
    out.varint(cursors.size());
    cursors.forEach((log, cursor) -> encode(log, cursor, out));
    out.varint(pending.size());
    pending.forEach((move, cursor) -> encode(move.log, cursor, out.int64(move.producerId)));
  }

  private static void encode(LogId log, OffsetCursor cursor, StateWriter out) {
    out.uuid(log.topicId()).varint(log.partition()).varint(cursor.offset());
    out.int32(cursor.leaderEpoch()).text(cursor.metadata()).int64(cursor.committedMs());
  }

  static Group decode(StateReader in) {
    Group group = new Group(in.text());
    group.emptySinceMs = in.int64();
    group.membership = decodeMembership(in);
    group.membershipBytes = HeldBytes.of(group.membership);
    for (int n = in.count(); n > 0; n--) {
      LogId log = new LogId(in.uuid(), (int) in.varint());
      group.putCursor(log, decodeCursor(in));
    }
    if (in.hasMore()) { // which a snapshot of version 1 has not
      for (int n = in.count(); n > 0; n--) {
        long producerId = in.int64();
        LogId log = new LogId(in.uuid(), (int) in.varint());
        group.putPending(producerId, log, decodeCursor(in));
      }
    }
    return group;
  }

  private static OffsetCursor decodeCursor(StateReader in) {
    long offset = in.varint();
    int leaderEpoch = in.int32();
    String metadata = in.text();
    return new OffsetCursor(offset, leaderEpoch, metadata, in.int64());
  }

  static void encode(Membership membership, StateWriter out) {
    out.text(membership.protocolType).int32(membership.generation);
    out.text(membership.protocolName).text(membership.leaderId);
    out.varint(membership.members.size());
    for (StoredMember member : membership.members) {
      out.text(member.id).nullableText(member.instanceId);
      out.text(member.clientId).text(member.clientHost);
      out.varint(member.sessionTimeoutMs).varint(member.rebalanceTimeoutMs);
      out.bytes(member.metadata).bytes(member.assignment);
    }
  }

  static Membership decodeMembership(StateReader in) {
    String protocolType = in.text();
    int generation = in.int32();
    String protocolName = in.text();
    String leaderId = in.text();
    List<StoredMember> members = new ArrayList<>();
    for (int n = in.count(); n > 0; n--) {
      String id = in.text();
      String instanceId = in.nullableText();
      String clientId = in.text();
      String clientHost = in.text();
      int sessionTimeoutMs = (int) in.varint();
      int rebalanceTimeoutMs = (int) in.varint();
      byte[] metadata = in.bytes();
      members.add(
          new StoredMember(
              id,
              instanceId,
              clientId,
              clientHost,
              sessionTimeoutMs,
              rebalanceTimeoutMs,
              metadata,
              in.bytes()));
    }
    return new Membership(protocolType, generation, protocolName, leaderId, members);
  }
}
