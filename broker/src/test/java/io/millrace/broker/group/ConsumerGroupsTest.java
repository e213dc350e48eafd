package io.millrace.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.Broker;
import io.millrace.broker.Refusal;
import io.millrace.broker.RefusedException;
import io.millrace.broker.setting.BrokerTable;
import io.millrace.broker.setting.SettingValues;
import io.millrace.broker.topic.NewTopic;
import io.millrace.log.LogId;
import io.millrace.log.MemoryDisk;
import io.millrace.shard.Clock;
import io.millrace.shard.Surroundings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How long groups and their offsets live. */
class ConsumerGroupsTest {

  /** A group that is committed for to see that everything before has been done. */
  private static final String BARRIER = "barrier";

  private static final long CHECK_MS = 10L * 60 * 1000;
  private static final long DAY_MS = 24L * 60 * 60 * 1000;

  private final AtomicLong movedMs = new AtomicLong();
  private Broker broker;
  private LogId log;

  @BeforeEach
  void open() throws IOException {
    Clock clock =
        new Clock() {
          @Override
          public long millis() {
            return 1_700_000_000_000L + movedMs.get();
          }

          @Override
          public long nanos() {
            return 1 + movedMs.get() * 1_000_000;
          }
        };
    broker =
        Broker.open(
            new Broker.Place(new MemoryDisk(1L << 30), Path.of("/data"), Path.of("/data")),
            new SettingValues(
                BrokerTable.TABLE,
                Map.of(
                    "offsets.retention.minutes", Long.toString(DAY_MS / 60_000),
                    "group.max.session.timeout.ms", Long.toString(100 * DAY_MS),
                    "group.initial.rebalance.delay.ms", "0")),
            new Surroundings(clock, new Random(1), Runnable::run, failure -> {}),
            UUID::randomUUID);
    log = new LogId(topic("topic"), 0);
  }

  @AfterEach
  void close() {
    broker.close();
  }

  @Test
  void offsetsOfAGroupWithoutMembersAreForgottenAfterTheirTime() {
    commit("group", log);
    pass(DAY_MS - CHECK_MS);
    assertThat(await(groups().cursors("group"))).containsKey(log);
    pass(3 * CHECK_MS);
    assertThat(await(groups().cursors("group"))).isEmpty();
    assertThat(ids()).isEmpty();
  }

  @Test
  void offsetsOfAGroupWithMembersAreKept() {
    commit("group", log);
    Joined joined = await(groups().join("group", join(100 * DAY_MS)));
    assertThat(joined.refusal()).isNull();
    await(groups().sync("group", joined.memberId(), null, 1, null, null, Map.of()));
    pass(2 * DAY_MS);
    assertThat(await(groups().cursors("group"))).containsKey(log);
    await(groups().leave("group", joined.memberId(), null));
    pass(DAY_MS / 2);
    assertThat(await(groups().cursors("group"))).containsKey(log);
    pass(DAY_MS);
    assertThat(ids()).isEmpty();
  }

  @Test
  void offsetsCommittedAfterALongRestAreAsOldAsTheirCommit() {
    pass(CHECK_MS);
    forgetOld();
    movedMs.addAndGet(2 * DAY_MS);
    commit("group", log);
    forgetOld();
    commit("takes along what was forgotten", log);
    assertThat(await(groups().cursors("group"))).containsKey(log);
  }

  /** As now and then, and nothing else: it has been done when this returns. */
  private void forgetOld() {
    groups().forgetOld(id -> true);
    await(groups().list());
  }

  @Test
  void offsetsOfADeletedTopicAreForgotten() {
    LogId other = new LogId(topic("other"), 0);
    commit("group", log);
    commit("group", other);
    await(broker.topics().delete(other.topicId()));
    pass(2 * CHECK_MS);
    assertThat(await(groups().cursors("group"))).containsOnlyKeys(log);
  }

  @Test
  void groupThatIsLeftWithNothingIsForgotten() {
    Joined joined = await(groups().join("group", join(10_000)));
    await(groups().leave("group", joined.memberId(), null));
    assertThat(ids()).containsExactly("group");
    pass(2 * CHECK_MS);
    assertThat(ids()).isEmpty();
  }

  @Test
  void groupThatIsDeletedWhileItsLastMemberLeavesDoesNotComeBack() {
    for (int round = 0; round < 50; round++) {
      Joined joined = await(groups().join("group", join(10_000)));
      CompletableFuture<Boolean> left = groups().leave("group", joined.memberId(), null);
      CompletableFuture<Boolean> deleted = groups().delete("group");
      await(left);
      await(deleted);
      commit(BARRIER, log);
      commit(BARRIER, log);
      assertThat(ids()).isEmpty();
    }
  }

  @Test
  void deletedGroupMustBeMadeAgainToBeCommittedTo() {
    commit("group", log);
    CompletableFuture<Boolean> deleted = groups().delete("group");
    CompletableFuture<Boolean> late = commitLater("group", log);
    await(deleted);
    // While the deletion is under way the client is to try again; after it, the group is new.
    if (failure(late) == null) {
      assertThat(ids()).containsExactly("group");
    } else {
      assertThat(failure(late)).isEqualTo(Refusal.Reason.COORDINATOR_NOT_AVAILABLE);
      assertThat(ids()).isEmpty();
    }
    commit("group", log);
    assertThat(await(groups().cursors("group"))).containsKey(log);
  }

  // --- what the tests have in common ---

  private ConsumerGroups groups() {
    return broker.groups().of("group");
  }

  private UUID topic(String name) {
    return await(broker.topics().create(new NewTopic(name, 1, -1, Map.of()), false)).id();
  }

  private static JoinRequest join(long sessionMs) {
    return new JoinRequest(
        "",
        null,
        false,
        "client",
        "host",
        (int) Math.min(Integer.MAX_VALUE, sessionMs),
        1000,
        "consumer",
        List.of(new JoinRequest.JoinProtocol("range", new byte[0])));
  }

  private CompletableFuture<Boolean> commitLater(String group, LogId of) {
    return groups().commit(group, "", null, -1, List.of(new Commit(of, 7, -1, "")));
  }

  private void commit(String group, LogId of) {
    await(commitLater(group, of));
  }

  private List<String> ids() {
    return await(groups().list()).stream()
        .map(GroupListing::id)
        .filter(id -> !id.equals(BARRIER))
        .toList();
  }

  /** Lets time pass, in steps in which the broker looks after its groups. */
  private void pass(long ms) {
    for (long left = ms; left > 0; left -= CHECK_MS) {
      movedMs.addAndGet(Math.min(left, CHECK_MS));
      // The first wakes the shard; by the third, what its timers began has been applied.
      for (int i = 0; i < 3; i++) {
        commit(BARRIER, log);
      }
    }
  }

  private static Refusal.Reason failure(CompletableFuture<?> answer) {
    try {
      answer.get(20, TimeUnit.SECONDS);
      return null;
    } catch (ExecutionException e) {
      return ((RefusedException) e.getCause()).refusal().reason();
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
