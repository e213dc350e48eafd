package io.millrace.producer;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Who in a consumer group moves its offsets, as the consumer says of itself (kafka-clients' {@code
 * groupMetadata()}). A member of an earlier generation is refused.
 *
 * @param generation the group's generation or the member's epoch; -1 if the group is not looked at
 * @param memberId empty if the group is not looked at
 * @param instanceId {@code group.instance.id}; null for none
 */
public record GroupMember(
    String groupId, int generation, String memberId, @Nullable String instanceId) {

  /** A member of a group. */
  public GroupMember {
    Objects.requireNonNull(groupId, "groupId");
    Objects.requireNonNull(memberId, "memberId");
  }

  /** Nobody in particular: offsets are moved whoever the members are. */
  public static GroupMember of(String groupId) {
    return new GroupMember(groupId, -1, "", null);
  }
}
