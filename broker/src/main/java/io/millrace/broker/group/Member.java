package io.millrace.broker.group;

import io.millrace.shard.Timers;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One member of a {@link ClassicGroup}, as the coordinator sees it now. Belongs to the shard's
 * thread.
 */
final class Member {

  final String id;

  /** Name of a static member, which keeps its place while it is away; null for a dynamic one. */
  final @Nullable String instanceId;

  final String clientId;
  final String clientHost;
  int sessionTimeoutMs;
  int rebalanceTimeoutMs;

  private List<Protocol> protocols;
  private Set<String> protocolNames;

  byte[] assignment = {};

  /** Its join, waiting for the rebalance to complete; null if it has not joined this one. */
  @Nullable CompletableFuture<Joined> awaitingJoin;

  /** Its sync, waiting for the leader's assignment. */
  @Nullable CompletableFuture<Synced> awaitingSync;

  /** Its commits that are not answered yet: behind them, its heartbeats are not read. */
  int commitsUnderWay;

  Timers.@Nullable Timer sessionTimer;

  /** A way of assigning partitions, and what the member says to it. */
  record Protocol(String name, byte[] metadata) {}

  Member(
      String id,
      @Nullable String instanceId,
      String clientId,
      String clientHost,
      int sessionTimeoutMs,
      int rebalanceTimeoutMs,
      List<Protocol> protocols) {
    this.id = id;
    this.instanceId = instanceId;
    this.clientId = clientId;
    this.clientHost = clientHost;
    this.sessionTimeoutMs = sessionTimeoutMs;
    this.rebalanceTimeoutMs = rebalanceTimeoutMs;
    this.protocols = protocols;
    this.protocolNames = names(protocols);
  }

  /** What it can do, the preferred first. */
  List<Protocol> protocols() {
    return protocols;
  }

  void protocols(List<Protocol> offered) {
    protocols = offered;
    protocolNames = names(offered);
  }

  Set<String> protocolNames() {
    return protocolNames;
  }

  private static Set<String> names(List<Protocol> protocols) {
    Set<String> names = new HashSet<>();
    protocols.forEach(protocol -> names.add(protocol.name));
    return names;
  }

  /** What it takes in memory, in bytes, roughly. */
  long bytes() {
    return HeldBytes.MEMBER
        + HeldBytes.of(id)
        + HeldBytes.of(instanceId)
        + HeldBytes.of(clientId)
        + HeldBytes.of(protocols)
        + assignment.length;
  }

  boolean isStatic() {
    return instanceId != null;
  }

  boolean supports(String protocol) {
    return protocolNames.contains(protocol);
  }

  byte[] metadata(String protocol) {
    for (Protocol p : protocols) {
      if (p.name.equals(protocol)) {
        return p.metadata;
      }
    }
    return new byte[0];
  }

  /** Whether it says exactly the same as before. */
  boolean matches(List<Protocol> others) {
    if (protocols.size() != others.size()) {
      return false;
    }
    for (int i = 0; i < others.size(); i++) {
      if (!protocols.get(i).name.equals(others.get(i).name)
          || !java.util.Arrays.equals(protocols.get(i).metadata, others.get(i).metadata)) {
        return false;
      }
    }
    return true;
  }

  void stopTimer() {
    if (sessionTimer != null) {
      sessionTimer.cancel();
      sessionTimer = null;
    }
  }
}
