package io.millrace.systemtests.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.Millrace;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.JoinGroupResponse;
import io.millrace.wire.message.SyncGroupResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The classic group protocol, step by step: who is in, in which generation, with what, and who may
 * no longer speak for the group.
 */
@OverOneAndTwoShards
class GroupProtocolTest extends BrokerTest {

  GroupProtocolTest() {
    super(
        "group.initial.rebalance.delay.ms", "0",
        "group.min.session.timeout.ms", "50",
        "group.max.session.timeout.ms", "60000",
        "group.max.size", "3");
  }

  private final String group = "group";

  private GroupMember member(String name) {
    return new GroupMember(connect(), name);
  }

  private GroupMember staticMember(String name, String instanceId) {
    return new GroupMember(connect(), name, instanceId);
  }

  /** Two members of a stable group, the leader first. */
  private GroupMember[] pair(String name) {
    GroupMember leader = member(name).alone();
    GroupMember follower = member(name);
    follower.sendJoin();
    eventually().until(() -> leader.heartbeat() == ErrorCode.REBALANCE_IN_PROGRESS);
    leader.mustJoin();
    assertThat(follower.receiveJoin().errorCode).isZero();
    settle(leader, follower);
    return new GroupMember[] {leader, follower};
  }

  private static void settle(GroupMember leader, GroupMember follower) {
    follower.sendSync(Map.of());
    leader.mustSync(Map.of(leader.id, "first half", follower.id, "second half"));
    SyncGroupResponse answer = follower.receiveSync();
    assertThat(answer.errorCode).isZero();
    assertThat(GroupMember.text(answer.assignment)).isEqualTo("second half");
  }

  // --- joining ---

  @Test
  void memberIsGivenAnIdAndJoinsWithIt() {
    GroupMember member = member(unique(group));
    JoinGroupResponse answer = member.mustJoin();
    assertThat(answer.memberId).startsWith("raw-").isEqualTo(answer.leader);
    assertThat(answer.generationId).isEqualTo(1);
    assertThat(answer.protocolType).isEqualTo("consumer");
    assertThat(answer.protocolName).isEqualTo("range");
    assertThat(answer.members).hasSize(1);
    assertThat(GroupMember.text(answer.members.get(0).metadata)).isEqualTo("metadata");
  }

  @Test
  void oldClientJoinsAtOnce() {
    RawConnection connection = connect();
    GroupMember member = new GroupMember(connection, unique(group));
    JoinGroupResponse answer = connection.ask(member.joinRequest(), 3, JoinGroupResponse.class);
    assertThat(answer.errorCode).isZero();
    assertThat(answer.memberId).isNotEmpty();
  }

  @Test
  void leaderIsToldOfEverybodyAndEverybodyGetsWhatTheLeaderSent() {
    String name = unique(group);
    GroupMember leader = member(name).alone();
    GroupMember follower = member(name);
    follower.metadata = "other metadata";
    follower.sendJoin();
    eventually().until(() -> leader.heartbeat() == ErrorCode.REBALANCE_IN_PROGRESS);
    JoinGroupResponse told = leader.mustJoin();
    JoinGroupResponse toldToo = follower.receiveJoin();
    assertThat(told.generationId).isEqualTo(2).isEqualTo(toldToo.generationId);
    assertThat(told.leader).isEqualTo(leader.id).isEqualTo(toldToo.leader);
    assertThat(told.members)
        .extracting(one -> one.memberId, one -> GroupMember.text(one.metadata))
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple(leader.id, "metadata"),
            org.assertj.core.groups.Tuple.tuple(follower.id, "other metadata"));
    assertThat(toldToo.members).isEmpty();
    settle(leader, follower);
    assertThat(follower.mustSync(Map.of())).isEqualTo("second half");
    assertThat(leader.heartbeat()).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void protocolThatAllSupportAndMostPreferIsChosen() {
    String name = unique(group);
    GroupMember one = member(name);
    one.protocols = List.of("sticky", "range", "roundrobin");
    GroupMember other = member(name);
    other.protocols = List.of("roundrobin", "range");
    one.alone();
    other.sendJoin();
    eventually().until(() -> one.heartbeat() == ErrorCode.REBALANCE_IN_PROGRESS);
    assertThat(one.mustJoin().protocolName).isIn("range", "roundrobin");
    assertThat(other.receiveJoin().protocolName).isIn("range", "roundrobin");
  }

  @Test
  void membersThatCannotAgreeAreRefused() {
    String name = unique(group);
    member(name).alone();
    GroupMember otherProtocol = member(name);
    otherProtocol.protocols = List.of("sticky");
    refuses(otherProtocol, ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    GroupMember otherType = member(name);
    otherType.protocolType = "connect";
    refuses(otherType, ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    GroupMember none = member(unique(group));
    none.protocols = List.of();
    refuses(none, ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  }

  @Test
  void joinThatCannotBeIsRefused() {
    refuses(member(""), ErrorCode.INVALID_GROUP_ID);
    GroupMember hasty = member(unique(group));
    hasty.sessionTimeoutMs = 49;
    refuses(hasty, ErrorCode.INVALID_SESSION_TIMEOUT);
    GroupMember slow = member(unique(group));
    slow.sessionTimeoutMs = 60_001;
    refuses(slow, ErrorCode.INVALID_SESSION_TIMEOUT);
    GroupMember stranger = member(unique(group));
    stranger.id = "raw-1";
    refuses(stranger, ErrorCode.UNKNOWN_MEMBER_ID);
    String name = unique(group);
    member(name).alone();
    GroupMember strangerToo = member(name);
    strangerToo.id = "raw-1";
    refuses(strangerToo, ErrorCode.UNKNOWN_MEMBER_ID);
  }

  private static void refuses(GroupMember member, ErrorCode why) {
    RawConnection connection = member.connection();
    JoinGroupResponse answer =
        connection.ask(member.joinRequest(), GroupMember.JOIN_VERSION, JoinGroupResponse.class);
    assertThat(ErrorCode.forCode(answer.errorCode)).isEqualTo(why);
    assertThat(answer.generationId).isEqualTo(-1);
  }

  @Test
  void groupTakesNoMoreMembersThanItMay() {
    String name = unique(group);
    // Ids that were given out count, so that those who hold them find their place.
    for (int i = 0; i < 3; i++) {
      refuses(member(name), ErrorCode.MEMBER_ID_REQUIRED);
    }
    refuses(member(name), ErrorCode.GROUP_MAX_SIZE_REACHED);
  }

  @Test
  void firstRebalanceWaitsForMembersThatStartTogether() {
    try (Millrace patient =
            Millrace.inMemory()
                .set("num.shards", "" + shards)
                .set("group.initial.rebalance.delay.ms", "400")
                .start();
        RawConnection first = RawConnection.to(patient);
        RawConnection second = RawConnection.to(patient)) {
      GroupMember one = new GroupMember(first, "group");
      GroupMember other = new GroupMember(second, "group");
      long started = System.nanoTime();
      one.sendJoin();
      other.sendJoin();
      assertThat(one.receiveJoin().generationId).isEqualTo(1);
      assertThat(other.receiveJoin().generationId).isEqualTo(1);
      assertThat(Duration.ofNanos(System.nanoTime() - started))
          .isGreaterThanOrEqualTo(Duration.ofMillis(390));
    }
  }

  // --- leaving and being left out ---

  @Test
  void memberThatLeavesMakesTheOthersRebalance() {
    GroupMember[] pair = pair(unique(group));
    assertThat(pair[1].leave()).isEqualTo(ErrorCode.NONE);
    assertThat(pair[0].heartbeat()).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    JoinGroupResponse alone = pair[0].mustJoin();
    assertThat(alone.generationId).isEqualTo(3);
    assertThat(alone.members).hasSize(1);
    assertThat(pair[1].heartbeat()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    assertThat(pair[1].leave()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  @Test
  void leaderThatLeavesIsFollowedByAnother() {
    GroupMember[] pair = pair(unique(group));
    assertThat(pair[0].leave()).isEqualTo(ErrorCode.NONE);
    assertThat(pair[1].heartbeat()).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    assertThat(pair[1].mustJoin().leader).isEqualTo(pair[1].id);
  }

  @Test
  void memberThatIsSilentForItsSessionIsOut() {
    String name = unique(group);
    GroupMember silent = member(name);
    silent.sessionTimeoutMs = 100;
    silent.alone();
    GroupMember next = member(name);
    assertThat(next.mustJoin().members).hasSize(1);
    assertThat(silent.heartbeat()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  @Test
  void memberThatDoesNotJoinARebalanceInTimeIsOut() {
    String name = unique(group);
    GroupMember slow = member(name);
    slow.rebalanceTimeoutMs = 150;
    slow.alone();
    GroupMember next = member(name);
    next.rebalanceTimeoutMs = 150;
    next.sendJoin();
    eventually().until(() -> slow.heartbeat() == ErrorCode.REBALANCE_IN_PROGRESS);
    JoinGroupResponse without = next.receiveJoin();
    assertThat(without.errorCode).isZero();
    assertThat(without.members).extracting(one -> one.memberId).containsExactly(next.id);
    assertThat(slow.heartbeat()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  @Test
  void memberThatNeverAsksForItsAssignmentIsOut() {
    String name = unique(group);
    GroupMember leader = member(name);
    leader.rebalanceTimeoutMs = 200;
    leader.alone();
    GroupMember mute = member(name);
    mute.rebalanceTimeoutMs = 200;
    mute.sendJoin();
    eventually().until(() -> leader.heartbeat() == ErrorCode.REBALANCE_IN_PROGRESS);
    leader.mustJoin();
    assertThat(mute.receiveJoin().errorCode).isZero();
    leader.mustSync(Map.of(leader.id, "half", mute.id, "half"));
    // Its heartbeats alone do not keep it in.
    eventually().until(() -> mute.heartbeat() == ErrorCode.UNKNOWN_MEMBER_ID);
    assertThat(leader.heartbeat()).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    assertThat(leader.mustJoin().members).hasSize(1);
  }

  @Test
  void leaderThatNeverAssignsIsOut() {
    String name = unique(group);
    GroupMember leader = member(name);
    leader.rebalanceTimeoutMs = 200;
    leader.alone();
    GroupMember follower = member(name);
    follower.rebalanceTimeoutMs = 200;
    follower.sendJoin();
    eventually().until(() -> leader.heartbeat() == ErrorCode.REBALANCE_IN_PROGRESS);
    leader.mustJoin();
    assertThat(follower.receiveJoin().errorCode).isZero();
    follower.sendSync(Map.of());
    assertThat(follower.receiveSync().errorCode).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS.code());
    assertThat(follower.mustJoin().leader).isEqualTo(follower.id);
    assertThat(leader.heartbeat()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  @Test
  void syncOfAnotherGenerationOrProtocolIsRefused() {
    String name = unique(group);
    GroupMember member = member(name).alone();
    member.generation++;
    assertThat(member.sync(Map.of()).errorCode).isEqualTo(ErrorCode.ILLEGAL_GENERATION.code());
    member.generation--;
    member.protocols = List.of("sticky");
    assertThat(member.sync(Map.of()).errorCode)
        .isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL.code());
    member.id = "stranger";
    assertThat(member.sync(Map.of()).errorCode).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID.code());
  }

  // --- who may commit ---

  @Test
  void onlyMembersOfTheGenerationMayCommit() {
    String topic = topic(1);
    GroupMember[] pair = pair(unique(group));
    assertThat(pair[0].commit(topic, 0, 5)).isEqualTo(ErrorCode.NONE);
    pair[0].generation--;
    assertThat(pair[0].commit(topic, 0, 6)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
    pair[0].generation++;
    pair[1].leave();
    assertThat(pair[1].commit(topic, 0, 7)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    // The others may still commit what they have done before they join again.
    assertThat(pair[0].commit(topic, 0, 8)).isEqualTo(ErrorCode.NONE);
    pair[0].mustJoin();
    assertThat(pair[0].commit(topic, 0, 9)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
  }

  @Test
  void strangersMayCommitForAGroupWithoutMembersOnly() {
    String topic = topic(1);
    String name = unique(group);
    GroupMember stranger = member(name);
    assertThat(stranger.commit(topic, 0, 1)).isEqualTo(ErrorCode.NONE);
    GroupMember member = member(name).alone();
    assertThat(stranger.commit(topic, 0, 2)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    member.leave();
    assertThat(stranger.commit(topic, 0, 3)).isEqualTo(ErrorCode.NONE);
    stranger.generation = 1;
    assertThat(member(unique(group)).commit(topic, 0, 1)).isEqualTo(ErrorCode.NONE);
    GroupMember ghost = member(unique(group));
    ghost.generation = 1;
    assertThat(ghost.commit(topic, 0, 1)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
  }

  @Test
  void offsetOfAPartitionThatIsNotThereIsRefused() {
    GroupMember stranger = member(unique(group));
    assertThat(stranger.commit(topic(1), 1, 1)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assertThat(stranger.commit(unique("nothing"), 0, 1))
        .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  }

  // --- static members ---

  @Test
  void staticMemberThatComesBackKeepsItsAssignmentWithoutARebalance() {
    String name = unique(group);
    GroupMember leader = member(name).alone();
    GroupMember before = staticMember(name, "instance");
    before.sendJoin();
    eventually().until(() -> leader.heartbeat() == ErrorCode.REBALANCE_IN_PROGRESS);
    leader.mustJoin();
    before.receiveJoin();
    settle(leader, before);

    GroupMember after = staticMember(name, "instance");
    JoinGroupResponse back = after.mustJoin();
    assertThat(back.generationId).isEqualTo(before.generation);
    assertThat(after.id).startsWith("instance-").isNotEqualTo(before.id);
    assertThat(back.leader).isEqualTo(leader.id);
    assertThat(after.mustSync(Map.of())).isEqualTo("second half");
    assertThat(leader.heartbeat()).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void staticMemberWhosePlaceWasTakenIsFenced() {
    String topic = topic(1);
    String name = unique(group);
    GroupMember before = staticMember(name, "instance").alone();
    GroupMember after = staticMember(name, "instance");
    after.mustJoin();
    assertThat(before.heartbeat()).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
    assertThat(before.commit(topic, 0, 1)).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
    assertThat(before.sync(Map.of()).errorCode).isEqualTo(ErrorCode.FENCED_INSTANCE_ID.code());
    assertThat(before.leave()).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
    refuses(before, ErrorCode.FENCED_INSTANCE_ID);
    assertThat(after.commit(topic, 0, 1)).isEqualTo(ErrorCode.NONE);
  }

  @Test
  void duplicateThatWaitsForARebalanceIsFenced() {
    String name = unique(group);
    GroupMember leader = member(name).alone();
    GroupMember before = staticMember(name, "instance");
    before.sendJoin();
    eventually().until(() -> leader.heartbeat() == ErrorCode.REBALANCE_IN_PROGRESS);
    GroupMember after = staticMember(name, "instance");
    after.sendJoin();
    assertThat(before.receiveJoin().errorCode).isEqualTo(ErrorCode.FENCED_INSTANCE_ID.code());
    assertThat(leader.mustJoin().members).hasSize(2);
    assertThat(after.receiveJoin().errorCode).isZero();
  }

  @Test
  void staticLeaderThatComesBackNeedNotAssign() {
    String name = unique(group);
    staticMember(name, "instance").alone();
    GroupMember after = staticMember(name, "instance");
    JoinGroupResponse back = after.mustJoin();
    assertThat(back.skipAssignment).isTrue();
    assertThat(back.leader).isEqualTo(after.id);
    assertThat(back.members).hasSize(1);
    assertThat(after.mustSync(Map.of())).isEqualTo("all");

    RawConnection old = connect();
    GroupMember oldClient = new GroupMember(old, name, "instance");
    JoinGroupResponse toldToFollow = old.ask(oldClient.joinRequest(), 8, JoinGroupResponse.class);
    assertThat(toldToFollow.errorCode).isZero();
    assertThat(toldToFollow.leader).isNotEqualTo(toldToFollow.memberId);
  }

  @Test
  void staticMemberWithAnotherSubscriptionMakesTheGroupRebalance() {
    String name = unique(group);
    GroupMember before = staticMember(name, "instance").alone();
    GroupMember after = staticMember(name, "instance");
    after.metadata = "something else";
    JoinGroupResponse back = after.mustJoin();
    assertThat(back.generationId).isEqualTo(before.generation + 1);
    assertThat(back.skipAssignment).isFalse();
  }

  @Test
  void staticMemberIsOutWhenItsSessionIsOver() {
    String name = unique(group);
    GroupMember member = staticMember(name, "instance");
    member.sessionTimeoutMs = 100;
    member.alone();
    GroupMember next = member(name);
    JoinGroupResponse answer = next.mustJoin();
    assertThat(answer.members).extracting(one -> one.memberId).containsExactly(next.id);
    assertThat(member.heartbeat()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  @Test
  void staticMemberLeavesByItsNameAlone() {
    String name = unique(group);
    GroupMember member = staticMember(name, "instance").alone();
    GroupMember byName = staticMember(name, "instance");
    assertThat(byName.leave()).isEqualTo(ErrorCode.NONE);
    assertThat(member.heartbeat()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    assertThat(staticMember(name, "another").leave()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
  }
}
