package io.millrace.systemtests.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.HeartbeatRequest;
import io.millrace.wire.message.HeartbeatResponse;
import io.millrace.wire.message.JoinGroupRequest;
import io.millrace.wire.message.JoinGroupResponse;
import io.millrace.wire.message.LeaveGroupRequest;
import io.millrace.wire.message.LeaveGroupResponse;
import io.millrace.wire.message.OffsetCommitRequest;
import io.millrace.wire.message.OffsetCommitResponse;
import io.millrace.wire.message.SyncGroupRequest;
import io.millrace.wire.message.SyncGroupResponse;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A member of a group that does by hand what a consumer does by itself. */
final class GroupMember {

  static final int JOIN_VERSION = 9;

  private final RawConnection connection;
  private final String group;
  private final @Nullable String instanceId;

  String id = "";
  int generation = -1;
  int sessionTimeoutMs = 10_000;
  int rebalanceTimeoutMs = 10_000;
  String protocolType = "consumer";
  List<String> protocols = new ArrayList<>(List.of("range"));
  String metadata = "metadata";

  GroupMember(RawConnection connection, String group, @Nullable String instanceId) {
    this.connection = connection;
    this.group = group;
    this.instanceId = instanceId;
  }

  GroupMember(RawConnection connection, String group) {
    this(connection, group, null);
  }

  RawConnection connection() {
    return connection;
  }

  // --- join ---

  JoinGroupRequest joinRequest() {
    JoinGroupRequest request = new JoinGroupRequest();
    request.groupId = group;
    request.memberId = id;
    request.groupInstanceId = instanceId;
    request.sessionTimeoutMs = sessionTimeoutMs;
    request.rebalanceTimeoutMs = rebalanceTimeoutMs;
    request.protocolType = protocolType;
    for (String name : protocols) {
      JoinGroupRequest.JoinGroupRequestProtocol one =
          new JoinGroupRequest.JoinGroupRequestProtocol();
      one.name = name;
      one.metadata = Requests.bytes(metadata);
      request.protocols.add(one);
    }
    return request;
  }

  /** Asks to join; the answer comes when the others have joined too. */
  void sendJoin() {
    if (id.isEmpty() && instanceId == null) {
      JoinGroupResponse first =
          connection.ask(joinRequest(), JOIN_VERSION, JoinGroupResponse.class);
      assertThat(first.errorCode).isEqualTo(ErrorCode.MEMBER_ID_REQUIRED.code());
      id = first.memberId;
    }
    connection.send(joinRequest(), JOIN_VERSION);
  }

  JoinGroupResponse receiveJoin() {
    JoinGroupResponse answer = (JoinGroupResponse) connection.receive();
    if (answer.errorCode == 0) {
      id = answer.memberId;
      generation = answer.generationId;
    }
    return answer;
  }

  JoinGroupResponse join() {
    sendJoin();
    return receiveJoin();
  }

  /** Joins, which must succeed. */
  JoinGroupResponse mustJoin() {
    JoinGroupResponse answer = join();
    assertThat(ErrorCode.forCode(answer.errorCode)).isEqualTo(ErrorCode.NONE);
    return answer;
  }

  // --- sync ---

  void sendSync(Map<String, String> assignments) {
    SyncGroupRequest request = new SyncGroupRequest();
    request.groupId = group;
    request.memberId = id;
    request.groupInstanceId = instanceId;
    request.generationId = generation;
    request.protocolType = protocolType;
    request.protocolName = protocols.get(0);
    assignments.forEach((member, assignment) -> {
      SyncGroupRequest.SyncGroupRequestAssignment one =
          new SyncGroupRequest.SyncGroupRequestAssignment();
      one.memberId = member;
      one.assignment = Requests.bytes(assignment);
      request.assignments.add(one);
    });
    connection.send(request, 5);
  }

  SyncGroupResponse receiveSync() {
    return (SyncGroupResponse) connection.receive();
  }

  SyncGroupResponse sync(Map<String, String> assignments) {
    sendSync(assignments);
    return receiveSync();
  }

  /** Syncs as a follower, or as a leader that assigns itself something. */
  String mustSync(Map<String, String> assignments) {
    SyncGroupResponse answer = sync(assignments);
    assertThat(ErrorCode.forCode(answer.errorCode)).isEqualTo(ErrorCode.NONE);
    return text(answer.assignment);
  }

  /** Joins and syncs a group in which it is alone. */
  GroupMember alone() {
    mustJoin();
    assertThat(mustSync(Map.of(id, "all"))).isEqualTo("all");
    return this;
  }

  static String text(ByteBuffer bytes) {
    return java.nio.charset.StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
  }

  // --- the rest ---

  ErrorCode heartbeat() {
    HeartbeatRequest request = new HeartbeatRequest();
    request.groupId = group;
    request.memberId = id;
    request.groupInstanceId = instanceId;
    request.generationId = generation;
    HeartbeatResponse answer = connection.ask(request, 4, HeartbeatResponse.class);
    return code(answer.errorCode);
  }

  ErrorCode leave() {
    LeaveGroupRequest.MemberIdentity self = new LeaveGroupRequest.MemberIdentity();
    self.memberId = id;
    self.groupInstanceId = instanceId;
    LeaveGroupRequest request = new LeaveGroupRequest();
    request.groupId = group;
    request.members.add(self);
    LeaveGroupResponse answer = connection.ask(request, 5, LeaveGroupResponse.class);
    return code(answer.members.get(0).errorCode);
  }

  ErrorCode commit(String topic, int partition, long offset) {
    OffsetCommitRequest.OffsetCommitRequestPartition one =
        new OffsetCommitRequest.OffsetCommitRequestPartition();
    one.partitionIndex = partition;
    one.committedOffset = offset;
    OffsetCommitRequest.OffsetCommitRequestTopic topics =
        new OffsetCommitRequest.OffsetCommitRequestTopic();
    topics.name = topic;
    topics.partitions.add(one);
    OffsetCommitRequest request = new OffsetCommitRequest();
    request.groupId = group;
    request.memberId = id;
    request.groupInstanceId = instanceId;
    request.generationIdOrMemberEpoch = generation;
    request.topics.add(topics);
    OffsetCommitResponse answer = connection.ask(request, 9, OffsetCommitResponse.class);
    return code(answer.topics.get(0).partitions.get(0).errorCode);
  }

  private static ErrorCode code(short code) {
    return java.util.Objects.requireNonNull(ErrorCode.forCode(code));
  }
}
