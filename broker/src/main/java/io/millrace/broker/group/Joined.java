package io.millrace.broker.group;

import io.millrace.broker.Refusal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a join.
 *
 * @param refusal why not; null if the member is in
 * @param memberId the member's id, also with some refusals
 * @param generation -1 with a refusal
 * @param protocolName the protocol that was chosen
 * @param leaderId who is to assign partitions
 * @param members everybody, if this member is the leader; else empty
 * @param skipAssignment whether the leader need not assign, for nothing changed
 */
public record Joined(
    @Nullable Refusal refusal,
    String memberId,
    int generation,
    @Nullable String protocolType,
    @Nullable String protocolName,
    String leaderId,
    List<JoinedMember> members,
    boolean skipAssignment) {

  /** A member as the leader is told of it. */
  public record JoinedMember(String id, @Nullable String instanceId, byte[] metadata) {}

  static Joined refused(Refusal.Reason reason, String message, String memberId) {
    return new Joined(Refusal.of(reason, message), memberId, -1, null, null, "", List.of(), false);
  }
}
