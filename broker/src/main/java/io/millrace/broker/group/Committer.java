package io.millrace.broker.group;

import org.jspecify.annotations.Nullable;

/**
 * Who commits offsets for a group.
 *
 * @param memberId empty from one that is no member
 * @param generation -1 from one that is no member
 */
public record Committer(String memberId, @Nullable String instanceId, int generation) {}
