package io.millrace.broker.group;

import io.millrace.shard.Timers;
import java.util.List;
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

  /** What it can do, the preferred first. */
  List<Protocol> protocols;

  byte[] assignment = {};

  /** Its join, waiting for the rebalance to complete; null if it has not joined this one. */
  @Nullable CompletableFuture<Joined> awaitingJoin;

  /** Its sync, waiting for the leader's assignment. */
  @Nullable CompletableFuture<Synced> awaitingSync;

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
  }

  boolean isStatic() {
    return instanceId != null;
  }

  boolean supports(String protocol) {
    return protocols.stream().anyMatch(p -> p.name.equals(protocol));
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
