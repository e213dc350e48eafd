package io.millrace.broker.group;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many members of a group support which protocol, so that nobody has to walk all members for
 * each protocol. Belongs to the shard's thread.
 */
final class SupportedProtocols {

  private final Map<String, Integer> members = new HashMap<>();

  void add(Member member) {
    member.protocolNames().forEach(name -> members.merge(name, 1, Integer::sum));
  }

  void remove(Member member) {
    for (String name : member.protocolNames()) {
      members.computeIfPresent(name, (n, count) -> count == 1 ? null : count - 1);
    }
  }

  int count(String protocol) {
    return members.getOrDefault(protocol, 0);
  }

  /** The protocol that all of a group support and most prefer; null if there is none. */
  @Nullable String preferred(Iterable<Member> all, int memberCount) {
    Map<String, Integer> votes = new LinkedHashMap<>();
    for (Member member : all) {
      for (Member.Protocol protocol : member.protocols()) {
        if (count(protocol.name()) == memberCount) {
          votes.merge(protocol.name(), 1, Integer::sum);
          break;
        }
      }
    }
    return votes.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElse(null);
  }
}
