package io.millrace.broker.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.broker.Broker;
import io.millrace.broker.Refusal.Reason;
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
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How much groups may hold, and what is refused beyond. */
class GroupBoundsTest {

  private static final int MEMBER_BYTES = 50_000;
  private static final int GROUP_BYTES = 120_000;
  private static final int ALL_BYTES = 200_000;

  private Broker broker;
  private LogId log;

  @BeforeEach
  void open() throws Exception {
    start(new MemoryDisk(1L << 30));
    log =
        new LogId(
            await(broker.topics().create(new NewTopic("topic", 1000, -1, Map.of()), false)).id(),
            0);
  }

  private void start(MemoryDisk disk) throws IOException {
    broker =
        Broker.open(
            new Broker.Place(disk, Path.of("/data"), Path.of("/data")),
            new SettingValues(
                BrokerTable.TABLE,
                Map.of(
                    "group.member.max.bytes", "" + MEMBER_BYTES,
                    "group.max.bytes", "" + GROUP_BYTES,
                    "groups.max.bytes", "" + ALL_BYTES,
                    "group.initial.rebalance.delay.ms", "0")),
            new Surroundings(Clock.SYSTEM, new Random(1), Runnable::run, failure -> {}),
            UUID::randomUUID);
  }

  @AfterEach
  void close() {
    broker.close();
  }

  @Test
  void memberMayOfferAHundredProtocolsAndNoMore() throws Exception {
    assertThat(await(join("group", protocols(100, 0))).refusal()).isNull();
    Joined refused = await(join("other", protocols(101, 0)));
    assertThat(refused.refusal().reason()).isEqualTo(Reason.POLICY_VIOLATION);
    assertThat(refused.refusal().message())
        .contains("101", "group.member.max.protocols", "100", "fewer");
  }

  @Test
  void memberThatSaysTooMuchIsRefused() throws Exception {
    assertThat(await(join("group", protocols(1, MEMBER_BYTES - 1000))).refusal()).isNull();
    Joined refused = await(join("other", protocols(2, MEMBER_BYTES / 2)));
    assertThat(refused.refusal().reason()).isEqualTo(Reason.POLICY_VIOLATION);
    assertThat(refused.refusal().message()).contains("group.member.max.bytes", "" + MEMBER_BYTES);
  }

  @Test
  void membersBeyondTheBytesOfTheirGroupAreRefusedUntilOthersLeave() throws Exception {
    Joined first = await(join("group", protocols(1, 40_000)));
    CompletableFuture<Joined> second = join("group", protocols(1, 40_000));
    Joined refused = await(join("group", protocols(1, 40_000)));
    assertThat(refused.refusal().reason()).isEqualTo(Reason.GROUP_FULL);
    assertThat(refused.refusal().message()).contains("group.max.bytes", "" + GROUP_BYTES);
    await(groups().leave("group", first.memberId(), null));
    assertThat(await(second).refusal()).isNull();
    CompletableFuture<Joined> third = join("group", protocols(1, 40_000));
    await(groups().leave("group", await(second).memberId(), null));
    assertThat(await(third).refusal()).isNull();
  }

  @Test
  void assignmentBeyondTheBoundsIsRefused() throws Exception {
    Joined joined = await(join("group", protocols(1, 10)));
    Synced refused = await(sync(joined, MEMBER_BYTES + 1));
    assertThat(refused.refusal().reason()).isEqualTo(Reason.POLICY_VIOLATION);
    assertThat(refused.refusal().message()).contains("group.member.max.bytes");
    assertThat(await(sync(joined, MEMBER_BYTES)).refusal()).isNull();
  }

  @Test
  void groupsAndOffsetsBeyondWhatAllMayHoldAreRefusedAndKnownOffsetsStillMove() throws Exception {
    int made = 0;
    while (made < 1000 && commits("group-" + made, log, 1, "")) {
      made++;
    }
    assertThat(made).isBetween(100, 999);
    assertThat(await(join("new", protocols(1, 10))).refusal().reason())
        .isEqualTo(Reason.POLICY_VIOLATION);
    assertThat(commits("group-0", log, 2, "")).isTrue();
    assertThat(commits("group-0", log, 3, "x".repeat(4000))).isFalse();
    assertThat(await(groups().cursors("group-0")).get(log).offset()).isEqualTo(2);
    await(groups().delete("group-1"));
    assertThat(commits("new", log, 1, "")).isTrue();
  }

  @Test
  void whatGroupsHeldIsGivenBack() throws Exception {
    assertThat(await(groups().held())).isZero();
    Joined joined = await(join("group", protocols(3, 1000)));
    await(sync(joined, 5000));
    await(
        groups()
            .commit("group", joined.memberId(), null, 1, List.of(new Commit(log, 7, -1, "text"))));
    assertThat(await(groups().held())).isGreaterThan(8000 + 6000);
    String pending = await(join("group", "", true, protocols(1, 1000))).memberId();
    await(groups().leave("group", pending, null));
    await(groups().leave("group", joined.memberId(), null));
    await(groups().delete("group"));
    assertThat(await(groups().held())).isZero();
  }

  // --- what the tests have in common ---

  private ConsumerGroups groups() {
    return broker.groups().of("group");
  }

  private static List<JoinRequest.JoinProtocol> protocols(int count, int bytes) {
    return IntStream.range(0, count)
        .mapToObj(i -> new JoinRequest.JoinProtocol("protocol-" + i, new byte[bytes]))
        .toList();
  }

  private CompletableFuture<Joined> join(String group, List<JoinRequest.JoinProtocol> protocols) {
    return join(group, "", false, protocols);
  }

  private CompletableFuture<Joined> join(
      String group, String memberId, boolean mustKnowId, List<JoinRequest.JoinProtocol> protocols) {
    return groups()
        .join(
            group,
            new JoinRequest(
                memberId,
                null,
                mustKnowId,
                "client",
                "host",
                10_000,
                60_000,
                "consumer",
                protocols));
  }

  private CompletableFuture<Synced> sync(Joined joined, int bytes) {
    return groups()
        .sync(
            "group",
            joined.memberId(),
            null,
            joined.generation(),
            null,
            null,
            Map.of(joined.memberId(), new byte[bytes]));
  }

  /** Commits; whether that was granted. */
  private boolean commits(String group, LogId of, long offset, String text) throws Exception {
    CompletableFuture<Boolean> done =
        groups().commit(group, "", null, -1, List.of(new Commit(of, offset, -1, text)));
    if (done.handle((yes, failure) -> failure == null).get(20, TimeUnit.SECONDS)) {
      return true;
    }
    assertThatThrownBy(done::get).hasMessageContaining("groups.max.bytes");
    return false;
  }

  private static <T> T await(CompletableFuture<T> future) throws Exception {
    return future.get(20, TimeUnit.SECONDS);
  }
}
