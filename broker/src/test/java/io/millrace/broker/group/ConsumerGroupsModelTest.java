package io.millrace.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.Broker;
import io.millrace.broker.Refusal;
import io.millrace.broker.RefusedException;
import io.millrace.broker.setting.BrokerTable;
import io.millrace.broker.setting.SettingValues;
import io.millrace.log.LogId;
import io.millrace.log.MemoryDisk;
import io.millrace.shard.Clock;
import io.millrace.shard.Surroundings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random members join, sync, commit, fall silent, leave and come back, on a clock that the test
 * moves, with the broker stopped and started in between. The model knows only what members were
 * told, and holds the group to it:
 *
 * <ul>
 *   <li>generations only rise, and everybody who is told of one is told the same of it;
 *   <li>in a generation there is one leader, and it is a member;
 *   <li>what a member gets by syncing is what the leader of its generation sent for it, so no
 *       partition is assigned twice;
 *   <li>only members of the latest generation commit, and the group stands where the last one that
 *       was let through has put it;
 *   <li>once everybody is well, the group becomes stable with all of them.
 * </ul>
 */
class ConsumerGroupsModelTest {

  private static final int PARTITIONS = 12;
  private static final String GROUP = "group";
  private static final LogId LOG = new LogId(new UUID(1, 2), 0);

  private static final int SESSION_MS = 1000;
  private static final int REBALANCE_MS = 3000;

  private final MovedClock clock = new MovedClock();
  private final MemoryDisk disk = new MemoryDisk(1L << 40);
  private final Map<Integer, Generation> generations = new HashMap<>();
  private long committed = -1;

  private final Random ids = new Random(7);
  private Random random = new Random();
  private Broker broker = open();

  /** Time that stands still until the test moves it. */
  private static final class MovedClock implements Clock {
    private long millis = 1_700_000_000_000L;
    private long nanos = 1;

    @Override
    public synchronized long millis() {
      return millis;
    }

    @Override
    public synchronized long nanos() {
      return nanos;
    }

    synchronized void advanceMs(long ms) {
      millis += ms;
      nanos += ms * 1_000_000;
    }
  }

  /** What is known of a generation from what members were told. */
  private static final class Generation {
    String leaderId;
    final Set<String> members = new TreeSet<>();
    @Nullable Map<String, String> assignments;
    final List<CompletableFuture<Synced>> leaderSyncs = new ArrayList<>();

    Generation(String leaderId) {
      this.leaderId = leaderId;
    }

    /** Whether a restart begins from it, or from a later one. */
    boolean isDurable() {
      return leaderSyncs.stream().anyMatch(sync -> sync.isDone() && await(sync).refusal() == null);
    }
  }

  /** A client that is or wants to be a member. */
  private static final class Client {
    final @Nullable String instanceId;
    String memberId = "";
    int generation = -1;
    boolean synced;
    @Nullable CompletableFuture<Joined> joining;
    @Nullable CompletableFuture<Synced> syncing;

    Client(@Nullable String instanceId) {
      this.instanceId = instanceId;
    }

    boolean isWaiting() {
      return joining != null || syncing != null;
    }

    void forgetMembership() {
      memberId = "";
      generation = -1;
      synced = false;
    }
  }

  private Broker open() {
    SettingValues settings =
        new SettingValues(
            BrokerTable.TABLE,
            Map.of(
                "group.min.session.timeout.ms", "1",
                "group.initial.rebalance.delay.ms", "500",
                "num.shards", "2"));
    try {
      return Broker.open(
          new Broker.Place(disk, Path.of("/data"), Path.of("/data")),
          settings,
          new Surroundings(clock, new Random(1), Runnable::run, failure -> {}),
          () -> new UUID(ids.nextLong(), ids.nextLong()));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private ConsumerGroups groups() {
    return broker.groups().of(GROUP);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void groupKeepsItsPromises(long seed) {
    run(seed);
  }

  @Test
  void groupKeepsItsPromisesWhateverHappens() {
    run(System.nanoTime());
  }

  private void run(long seed) {
    random = new Random(seed);
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      clients.add(new Client(i < 2 ? "instance-" + i : null));
    }
    try {
      for (int step = 0; step < 400; step++) {
        act(clients);
        settle(clients);
      }
      recover(clients);
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("with seed " + seed, e);
    } finally {
      broker.close();
    }
  }

  // --- what happens ---

  private void act(List<Client> clients) {
    Client client = clients.get(random.nextInt(clients.size()));
    int dice = random.nextInt(100);
    if (dice < 40) {
      advance(client);
    } else if (dice < 60) {
      heartbeat(client);
    } else if (dice < 75) {
      commit(client);
    } else if (dice < 82) {
      leave(client);
    } else if (dice < 86) {
      // It is gone without a word; somebody with the same settings comes in its place.
      clients.set(clients.indexOf(client), new Client(client.instanceId));
    } else if (dice < 99) {
      clock.advanceMs(random.nextInt(SESSION_MS));
    } else {
      restart(clients);
    }
  }

  /** Whatever a well-behaved client would do next. */
  private void advance(Client client) {
    if (client.isWaiting()) {
      return;
    }
    if (client.generation < 0) {
      client.joining = groups().join(GROUP, joinRequest(client));
    } else if (!client.synced) {
      client.syncing =
          groups()
              .sync(
                  GROUP,
                  client.memberId,
                  client.instanceId,
                  client.generation,
                  "consumer",
                  "range",
                  assignments(client));
      Generation generation = generations.get(client.generation);
      if (generation != null && generation.leaderId.equals(client.memberId)) {
        generation.leaderSyncs.add(client.syncing);
      }
    }
  }

  private static JoinRequest joinRequest(Client client) {
    return new JoinRequest(
        client.memberId,
        client.instanceId,
        true,
        "client",
        "/127.0.0.1",
        SESSION_MS,
        REBALANCE_MS,
        "consumer",
        List.of(new JoinRequest.JoinProtocol("range", new byte[] {1})));
  }

  /** What a leader assigns: each partition to one member. Nothing, from anybody else. */
  private Map<String, byte[]> assignments(Client client) {
    Generation generation = generations.get(client.generation);
    if (generation == null || !generation.leaderId.equals(client.memberId)) {
      return Map.of();
    }
    Map<String, String> assignments = generation.assignments;
    if (assignments == null) {
      assignments = new HashMap<>();
      List<String> members = List.copyOf(generation.members);
      for (int partition = 0; partition < PARTITIONS; partition++) {
        String member = members.get(random.nextInt(members.size()));
        assignments.merge(member, partition + " ", String::concat);
      }
      generation.assignments = assignments;
    }
    Map<String, byte[]> encoded = new HashMap<>();
    assignments.forEach(
        (member, text) -> encoded.put(member, text.getBytes(StandardCharsets.UTF_8)));
    return encoded;
  }

  private void heartbeat(Client client) {
    if (client.isWaiting() || client.generation < 0) {
      return;
    }
    Refusal.@Nullable Reason refusal =
        refusal(groups().heartbeat(GROUP, client.memberId, client.instanceId, client.generation));
    if (refusal == null) {
      assertLatest(client);
    } else {
      refused(client, refusal);
    }
  }

  private void commit(Client client) {
    if (client.isWaiting() || client.generation < 0) {
      return;
    }
    long offset = committed + 1;
    Refusal.@Nullable Reason refusal =
        refusal(
            groups()
                .commit(
                    GROUP,
                    client.memberId,
                    client.instanceId,
                    client.generation,
                    List.of(new Commit(LOG, offset, -1, ""))));
    if (refusal == null) {
      assertLatest(client);
      committed = offset;
    } else {
      refused(client, refusal);
    }
    var cursor = await(groups().cursors(GROUP)).get(LOG);
    assertThat(cursor == null ? -1 : cursor.offset()).isEqualTo(committed);
  }

  /** Who is let through is of the latest generation that anybody has heard of. */
  private void assertLatest(Client client) {
    int latest = generations.keySet().stream().mapToInt(n -> n).max().orElse(-1);
    assertThat(client.generation).isEqualTo(latest);
    assertThat(generations.get(latest).members).contains(client.memberId);
  }

  private void leave(Client client) {
    if (client.isWaiting() || client.memberId.isEmpty()) {
      return;
    }
    Refusal.@Nullable Reason refusal =
        refusal(groups().leave(GROUP, client.memberId, client.instanceId));
    assertThat(refusal).isIn(null, Refusal.Reason.UNKNOWN_MEMBER, Refusal.Reason.FENCED_INSTANCE);
    client.forgetMembership();
  }

  private void restart(List<Client> clients) {
    broker.close();
    for (Client client : clients) {
      if (client.joining != null) {
        // Whether it is in is not known: it comes back as it was.
        client.joining = null;
        client.generation = -1;
        client.synced = false;
      }
      client.syncing = null;
    }
    // A generation without an assignment is forgotten, and its number may be given again.
    generations.values().removeIf(generation -> !generation.isDurable());
    broker = open();
  }

  // --- what members are told ---

  /** Waits until everything that was begun has had its effect, and takes in the answers. */
  private void settle(List<Client> clients) {
    for (int i = 0; i < 4; i++) {
      // A change of its own behind all that is under way.
      await(groups().commit("barrier", "", null, -1, List.of(new Commit(LOG, i, -1, ""))));
    }
    for (Client client : clients) {
      CompletableFuture<Joined> joining = client.joining;
      if (joining != null && joining.isDone()) {
        client.joining = null;
        joined(client, await(joining));
      }
      CompletableFuture<Synced> syncing = client.syncing;
      if (syncing != null && syncing.isDone()) {
        client.syncing = null;
        synced(client, await(syncing));
      }
    }
  }

  private void joined(Client client, Joined joined) {
    Refusal refusal = joined.refusal();
    if (refusal != null) {
      if (refusal.reason() == Refusal.Reason.MEMBER_ID_REQUIRED) {
        client.memberId = joined.memberId();
      } else {
        refused(client, refusal.reason());
      }
      return;
    }
    client.memberId = joined.memberId();
    client.generation = joined.generation();
    client.synced = false;
    Generation known = generations.get(joined.generation());
    if (known == null) {
      assertThat(joined.generation())
          .isGreaterThan(generations.keySet().stream().mapToInt(n -> n).max().orElse(0));
      known = new Generation(joined.leaderId());
      generations.put(joined.generation(), known);
    }
    if (known.leaderId.startsWith("instance-")) {
      // A static leader that came back leads under its new id.
      assertThat(joined.leaderId()).startsWith(known.leaderId.substring(0, "instance-0".length()));
      known.leaderId = joined.leaderId();
    }
    assertThat(joined.leaderId()).isEqualTo(known.leaderId);
    known.members.add(client.memberId);
    if (joined.leaderId().equals(client.memberId)) {
      for (Joined.JoinedMember member : joined.members()) {
        known.members.add(member.id());
      }
      assertThat(joined.members()).extracting(Joined.JoinedMember::id).contains(client.memberId);
    }
  }

  private void synced(Client client, Synced synced) {
    Refusal refusal = synced.refusal();
    if (refusal != null) {
      refused(client, refusal.reason());
      return;
    }
    Generation generation = generations.get(client.generation);
    Map<String, String> assignments = generation.assignments;
    assertThat(assignments).as("somebody has assigned").isNotNull();
    String told = new String(synced.assignment(), StandardCharsets.UTF_8);
    if (client.instanceId == null) {
      assertThat(told).isEqualTo(assignments.getOrDefault(client.memberId, ""));
    } else {
      // It may have come back under a new id, and keeps what it had under an old one.
      Set<String> sent = new HashSet<>(assignments.values());
      sent.add("");
      assertThat(sent).contains(told);
    }
    client.synced = true;
  }

  private static void refused(Client client, Refusal.Reason reason) {
    switch (reason) {
      case UNKNOWN_MEMBER, FENCED_INSTANCE -> client.forgetMembership();
      case REBALANCE_IN_PROGRESS, ILLEGAL_GENERATION -> {
        client.generation = -1;
        client.synced = false;
      }
      default -> throw new AssertionError("refused with " + reason);
    }
  }

  // --- in the end ---

  /** With nobody lost any more, everybody gets a part, and together they have everything. */
  private void recover(List<Client> clients) {
    for (int round = 0; round < 200 && !isSettled(clients); round++) {
      for (Client client : clients) {
        heartbeat(client);
        advance(client);
      }
      settle(clients);
      clock.advanceMs(SESSION_MS / 10);
    }
    assertThat(isSettled(clients)).as("everybody is in").isTrue();
    GroupView view = await(groups().describe(GROUP));
    assertThat(view.state()).isEqualTo(GroupState.STABLE);
    List<String> partitions = new ArrayList<>();
    for (GroupView.MemberView member : view.members()) {
      String text = new String(member.assignment(), StandardCharsets.UTF_8).trim();
      if (!text.isEmpty()) {
        partitions.addAll(List.of(text.split(" ")));
      }
    }
    assertThat(partitions).hasSize(PARTITIONS).doesNotHaveDuplicates();
  }

  private boolean isSettled(List<Client> clients) {
    Set<Integer> current = new HashSet<>();
    for (Client client : clients) {
      if (!client.synced) {
        return false;
      }
      current.add(client.generation);
    }
    GroupView view = await(groups().describe(GROUP));
    return current.size() == 1
        && view.state() == GroupState.STABLE
        && view.members().size() == clients.size();
  }

  private static Refusal.@Nullable Reason refusal(CompletableFuture<?> answer) {
    try {
      answer.get(20, TimeUnit.SECONDS);
      return null;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RefusedException refused) {
        return refused.refusal().reason();
      }
      throw new AssertionError(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(20, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }
}
