package io.millrace.broker.group;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A member that wants to be in a group.
 *
 * @param memberId empty for one that has none yet
 * @param instanceId name of a static member; null for a dynamic one
 * @param mustKnowId whether one without an id is to come back with the one it is given, so that
 *     nobody is left behind who never comes back (KIP-394)
 * @param protocolType what kind of group it is, as in "consumer"
 */
public record JoinRequest(
    String memberId,
    @Nullable String instanceId,
    boolean mustKnowId,
    String clientId,
    String clientHost,
    int sessionTimeoutMs,
    int rebalanceTimeoutMs,
    String protocolType,
    List<JoinProtocol> protocols) {

  /** A protocol that the member supports and what it says to it. */
  public record JoinProtocol(String name, byte[] metadata) {}

  /** What the member says of itself, in bytes. */
  long bytes() {
    long bytes = HeldBytes.of(memberId) + HeldBytes.of(instanceId) + HeldBytes.of(clientId);
    bytes += HeldBytes.of(protocolType);
    for (JoinProtocol protocol : protocols) {
      bytes += protocol.name.length() + protocol.metadata.length;
    }
    return bytes;
  }

  List<Member.Protocol> memberProtocols() {
    List<Member.Protocol> all = new ArrayList<>();
    for (JoinProtocol protocol : protocols) {
      all.add(new Member.Protocol(protocol.name, protocol.metadata));
    }
    return all;
  }
}
