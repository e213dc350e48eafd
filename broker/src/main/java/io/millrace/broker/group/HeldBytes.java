package io.millrace.broker.group;

import io.millrace.broker.group.Group.Membership;
import io.millrace.broker.group.Group.StoredMember;
import io.millrace.cursor.OffsetCursor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the parts of a group take in memory, in bytes, roughly: a text as if it were ASCII. */
final class HeldBytes {

  /** Objects of a group that has neither members nor offsets. */
  static final int GROUP = 600;

  /** Objects of a member, with its timers, but for its texts and bytes. */
  static final int MEMBER = 400;

  /** Objects of an offset, but for its text. */
  static final int CURSOR = 150;

  private static final int PROTOCOL = 150;

  private HeldBytes() {}

  static long of(@Nullable String text) {
    return text == null ? 0 : text.length();
  }

  static long of(List<Member.Protocol> protocols) {
    long bytes = 0;
    for (Member.Protocol protocol : protocols) {
      bytes += PROTOCOL + protocol.name().length() + protocol.metadata().length;
    }
    return bytes;
  }

  static long of(OffsetCursor cursor) {
    return CURSOR + cursor.metadata().length();
  }

  static long of(Membership membership) {
    long bytes = 0;
    for (StoredMember member : membership.members()) {
      bytes += MEMBER + of(member.id()) + of(member.instanceId()) + of(member.clientId());
      bytes += member.metadata().length + member.assignment().length;
    }
    return bytes;
  }
}
