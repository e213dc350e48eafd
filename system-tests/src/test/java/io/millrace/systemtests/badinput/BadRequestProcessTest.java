package io.millrace.systemtests.badinput;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.CreateTopicsRequest;
import io.millrace.wire.message.CreateTopicsResponse;
import io.millrace.wire.message.DeleteGroupsRequest;
import io.millrace.wire.message.DeleteGroupsResponse;
import io.millrace.wire.message.FetchRequest;
import io.millrace.wire.message.FetchResponse;
import io.millrace.wire.message.HeartbeatRequest;
import io.millrace.wire.message.HeartbeatResponse;
import io.millrace.wire.message.JoinGroupRequest;
import io.millrace.wire.message.JoinGroupResponse;
import io.millrace.wire.message.ListOffsetsRequest;
import io.millrace.wire.message.ListOffsetsResponse;
import io.millrace.wire.message.MetadataRequest;
import io.millrace.wire.message.MetadataResponse;
import io.millrace.wire.message.OffsetCommitRequest;
import io.millrace.wire.message.OffsetCommitResponse;
import io.millrace.wire.message.ProduceResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are well formed and ask for what there is not, or for too much of it. */
class BadRequestProcessTest {

  private static final String NONE = "there-is-no-such-topic";
  private static final int PARTITIONS_MAX = 1000;
  private static final int GROUP_MEMBERS_MAX = 20;
  private static final int GROUPS_BYTES_MAX = 4 << 20;

  @TempDir static Path directory;
  private static AttackedBroker broker;

  @BeforeAll
  static void start() throws IOException {
    broker =
        new AttackedBroker(
            directory,
            Map.of(
                "auto.create.topics.enable",
                "true",
                "max.partitions",
                "" + PARTITIONS_MAX,
                "group.max.size",
                "" + GROUP_MEMBERS_MAX,
                "groups.max.bytes",
                "" + GROUPS_BYTES_MAX,
                "group.initial.rebalance.delay.ms",
                "0"));
    assertThat(create(Requests.createTopic("known", 1))).isEqualTo(ErrorCode.NONE);
  }

  @AfterAll
  static void stop() throws Exception {
    broker.close();
  }

  @AfterEach
  void unharmed() {
    broker.requireUnharmed();
  }

  // --- topics ---

  @Test
  void unknownTopicsAndPartitionsAreNamedByEachApi() throws IOException {
    try (RawConnection connection = broker.connect()) {
      ProduceResponse produced =
          connection.ask(ApiKey.PRODUCE, 9, Requests.produce(NONE, Requests.batch()));
      assertThat(produced.responses.get(0).partitionResponses.get(0).errorCode)
          .isEqualTo(unknown());
      produced =
          connection.ask(ApiKey.PRODUCE, 9, Requests.produce("known", 1, -1, Requests.batch()));
      assertThat(produced.responses.get(0).partitionResponses.get(0).errorCode)
          .isEqualTo(unknown());
      produced =
          connection.ask(ApiKey.PRODUCE, 9, Requests.produce("known", -1, -1, Requests.batch()));
      assertThat(produced.responses.get(0).partitionResponses.get(0).errorCode)
          .isEqualTo(unknown());
      FetchResponse fetched = connection.ask(ApiKey.FETCH, 12, Requests.fetch(NONE));
      assertThat(fetched.responses.get(0).partitions.get(0).errorCode).isEqualTo(unknown());
      ListOffsetsRequest offsets = Requests.listOffsets();
      offsets.topics.get(0).name = NONE;
      ListOffsetsResponse listed = connection.ask(ApiKey.LIST_OFFSETS, 7, offsets);
      assertThat(listed.topics.get(0).partitions.get(0).errorCode).isEqualTo(unknown());
      MetadataRequest metadata = Requests.metadata();
      metadata.topics.get(0).name = NONE;
      MetadataResponse described = connection.ask(ApiKey.METADATA, 12, metadata);
      assertThat(described.topics.get(0).errorCode).isEqualTo(unknown());
    }
  }

  /** A consumer whose session names ever more topics that there are not. */
  @Test
  void fetchSessionThatNamesEverMoreTopicsEndsAndTakesBoundedMemory() throws IOException {
    try (RawConnection connection = broker.connect()) {
      int session = 0;
      int epoch = 0;
      int refused = 0;
      for (int round = 0; round < 200; round++) {
        FetchRequest request = Requests.fetch("known");
        request.sessionId = session;
        request.sessionEpoch = epoch++;
        for (int i = 0; epoch > 1 && i < 4000; i++) {
          FetchRequest.FetchTopic topic = new FetchRequest.FetchTopic();
          topic.topic = "x".repeat(230) + round + "-" + i;
          topic.partitions.add(new FetchRequest.FetchPartition());
          request.topics.add(topic);
        }
        FetchResponse answer = connection.ask(ApiKey.FETCH, 12, request);
        if (answer.errorCode != 0) {
          assertThat(answer.errorCode).isEqualTo(ErrorCode.FETCH_SESSION_ID_NOT_FOUND.code());
          refused++;
          epoch = 0;
        }
        session = answer.sessionId;
      }
      assertThat(refused).isPositive();
    }
  }

  private static short unknown() {
    return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code();
  }

  static Stream<String> illegalNames() {
    return Stream.of(
        "",
        ".",
        "..",
        "a/b",
        "../../etc/passwd",
        "a\\b",
        "a b",
        "a\nb",
        "a\0b",
        "%2e%2e",
        "é",
        "x".repeat(250),
        "x".repeat(30_000));
  }

  @ParameterizedTest
  @MethodSource("illegalNames")
  void illegalTopicNameIsRefused(String name) throws IOException {
    assertThat(create(Requests.createTopic(name, 1))).isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
    MetadataRequest metadata = Requests.metadata();
    metadata.topics.get(0).name = name;
    metadata.allowAutoTopicCreation = true;
    try (RawConnection connection = broker.connect()) {
      MetadataResponse answer = connection.ask(ApiKey.METADATA, 12, metadata);
      assertThat(answer.topics.get(0).errorCode)
          .isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION.code());
    }
  }

  @Test
  void namesThatDifferInDotAndUnderscoreOnlyCollide() throws IOException {
    assertThat(create(Requests.createTopic("a.b_c", 1))).isEqualTo(ErrorCode.NONE);
    assertThat(create(Requests.createTopic("a_b.c", 1)))
        .isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
  }

  @Test
  void clientsCannotWriteToTheNamesOfInternalTopics() throws IOException {
    for (String name : new String[] {"__consumer_offsets", "__transaction_state"}) {
      assertThat(create(Requests.createTopic(name, 1))).isNotEqualTo(ErrorCode.NONE);
      try (RawConnection connection = broker.connect()) {
        ProduceResponse produced =
            connection.ask(ApiKey.PRODUCE, 9, Requests.produce(name, Requests.batch()));
        assertThat(produced.responses.get(0).partitionResponses.get(0).errorCode).isNotZero();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, INVALID_PARTITIONS",
    "-2, 1, INVALID_PARTITIONS",
    "1000000000, 1, INVALID_PARTITIONS",
    "2147483647, 1, INVALID_PARTITIONS",
    "1, 0, INVALID_REPLICATION_FACTOR",
    "1, 2, INVALID_REPLICATION_FACTOR",
    "1, 32767, INVALID_REPLICATION_FACTOR",
    "1, -5, INVALID_REPLICATION_FACTOR"
  })
  void absurdShapesAreRefused(int partitions, int replicas, ErrorCode error) throws IOException {
    CreateTopicsRequest request = Requests.createTopic("shape", partitions);
    request.topics.get(0).replicationFactor = (short) replicas;
    assertThat(create(request)).isEqualTo(error);
  }

  @Test
  void morePartitionsThanTheBrokerMayHaveAreRefusedWhole() throws IOException {
    assertThat(create(Requests.createTopic("too-many", PARTITIONS_MAX + 1)))
        .isIn(ErrorCode.POLICY_VIOLATION, ErrorCode.INVALID_PARTITIONS);
    assertThat(create(Requests.createTopic("too-many", 1))).isEqualTo(ErrorCode.NONE);
  }

  @ParameterizedTest
  @CsvSource({
    "retention.msx, 1",
    "retention.ms, soon",
    "retention.ms, 99999999999999999999",
    "retention.ms, -2",
    "cleanup.policy, compost",
    "compression.type, rar",
    "segment.bytes, 1",
    "max.message.bytes, -1",
    "min.insync.replicas, 0",
    "preallocate, perhaps",
    "__proto__, 1"
  })
  void unknownSettingsAndValuesAreRefused(String name, String value) throws IOException {
    CreateTopicsRequest request = Requests.createTopic("configured", 1);
    request.topics.get(0).configs.get(0).name = name;
    request.topics.get(0).configs.get(0).value = value;
    assertThat(create(request)).isEqualTo(ErrorCode.INVALID_CONFIG);
  }

  @Test
  void manyTopicsInOneRequestAreMadeOrRefusedEachByItself() throws IOException {
    CreateTopicsRequest request = Requests.createTopic("one-of-many", 1);
    for (int i = 0; i < 500; i++) {
      request.topics.add(Requests.createTopic("many/" + i, 1).topics.get(0));
    }
    try (RawConnection connection = broker.connect()) {
      CreateTopicsResponse answer = connection.ask(ApiKey.CREATE_TOPICS, 7, request);
      assertThat(answer.topics).hasSize(501);
      assertThat(answer.topics.stream().filter(topic -> topic.errorCode == 0)).hasSize(1);
    }
  }

  // --- fetch ---

  @ParameterizedTest
  @ValueSource(longs = {-5, -1, 1, 1_000_000, Long.MAX_VALUE, Long.MIN_VALUE})
  void offsetBeyondTheLogIsOutOfRange(long offset) throws IOException {
    FetchRequest request = Requests.fetch("known");
    request.topics.get(0).partitions.get(0).fetchOffset = offset;
    try (RawConnection connection = broker.connect()) {
      FetchResponse answer = connection.ask(ApiKey.FETCH, 12, request);
      assertThat(answer.responses.get(0).partitions.get(0).errorCode)
          .isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE.code());
    }
  }

  @Test
  void sessionOfAnotherConnectionIsNotFound() throws IOException {
    FetchRequest request = Requests.fetch("known");
    request.sessionEpoch = 0;
    try (RawConnection owner = broker.connect();
        RawConnection thief = broker.connect()) {
      FetchResponse opened = owner.ask(ApiKey.FETCH, 12, request);
      assertThat(opened.sessionId).isNotZero();
      FetchRequest stolen = Requests.fetch("known");
      stolen.sessionId = opened.sessionId;
      stolen.sessionEpoch = 1;
      FetchResponse answer = thief.ask(ApiKey.FETCH, 12, stolen);
      assertThat(answer.errorCode).isEqualTo(ErrorCode.FETCH_SESSION_ID_NOT_FOUND.code());
      request.sessionId = opened.sessionId;
      request.sessionEpoch = 9;
      FetchResponse skipped = owner.ask(ApiKey.FETCH, 12, request);
      assertThat(skipped.errorCode).isEqualTo(ErrorCode.INVALID_FETCH_SESSION_EPOCH.code());
    }
  }

  @Test
  void fetchThatWouldWaitForEverEndsWithItsConnection() throws IOException {
    FetchRequest request = Requests.fetch("known");
    request.maxWaitMs = Integer.MAX_VALUE;
    request.minBytes = Integer.MAX_VALUE;
    request.maxBytes = Integer.MAX_VALUE;
    for (int i = 0; i < 50; i++) {
      try (RawConnection connection = broker.connect()) {
        connection.send(RawConnection.frame(ApiKey.FETCH, 12, 1, request));
        connection.endOutput();
        assertThat(connection.isEnded()).isTrue();
      }
    }
  }

  @Test
  void fetchOfAHundredThousandUnknownPartitionsIsAnsweredOrRefused() throws IOException {
    FetchRequest request = Requests.fetch("known");
    for (int i = 0; i < 100_000; i++) {
      FetchRequest.FetchPartition partition = new FetchRequest.FetchPartition();
      partition.partition = i;
      request.topics.get(0).partitions.add(partition);
    }
    try (RawConnection connection = broker.connect()) {
      connection.send(RawConnection.frame(ApiKey.FETCH, 12, 1, request));
      connection.answer();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-7, -100, Long.MIN_VALUE})
  void listOffsetsOfATimeThatHasNoMeaningIsRefused(long time) throws IOException {
    ListOffsetsRequest request = Requests.listOffsets();
    request.topics.get(0).name = "known";
    request.topics.get(0).partitions.get(0).timestamp = time;
    try (RawConnection connection = broker.connect()) {
      ListOffsetsResponse answer = connection.ask(ApiKey.LIST_OFFSETS, 7, request);
      ListOffsetsResponse.ListOffsetsPartitionResponse one = answer.topics.get(0).partitions.get(0);
      assertThat(one.errorCode != 0 || one.offset == -1 || one.offset == 0).isTrue();
    }
  }

  // --- groups ---

  @ParameterizedTest
  @ValueSource(ints = {1, 0, -1, 24 * 60 * 60 * 1000, Integer.MAX_VALUE})
  void sessionTimeoutOutOfRangeIsRefused(int timeoutMs) throws IOException {
    JoinGroupRequest request = Requests.joinGroup();
    request.sessionTimeoutMs = timeoutMs;
    assertThat(join(request)).isEqualTo(ErrorCode.INVALID_SESSION_TIMEOUT);
  }

  @Test
  void joinWithoutNameOrProtocolsIsRefused() throws IOException {
    JoinGroupRequest nameless = Requests.joinGroup();
    nameless.groupId = "";
    assertThat(join(nameless)).isEqualTo(ErrorCode.INVALID_GROUP_ID);
    JoinGroupRequest without = Requests.joinGroup();
    without.protocols.clear();
    assertThat(join(without)).isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  }

  @Test
  void heartbeatOfAnUnknownMemberOrGroupIsRefused() throws IOException {
    HeartbeatRequest request = new HeartbeatRequest();
    request.groupId = "nobody-is-here";
    request.memberId = "ghost";
    request.generationId = 3;
    try (RawConnection connection = broker.connect()) {
      HeartbeatResponse answer = connection.ask(ApiKey.HEARTBEAT, 4, request);
      assertThat(answer.errorCode).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID.code());
    }
  }

  /** A storm of members that join and never come again. */
  @Test
  void membersBeyondTheLimitOfAGroupAreRefused() throws IOException {
    int refused = 0;
    for (int i = 0; i < 3 * GROUP_MEMBERS_MAX; i++) {
      JoinGroupRequest request = Requests.joinGroup();
      request.groupId = "storm";
      JoinGroupResponse first = joined(request);
      if (ErrorCode.forCode(first.errorCode) == ErrorCode.GROUP_MAX_SIZE_REACHED) {
        refused++;
        continue;
      }
      assertThat(first.errorCode).isEqualTo(ErrorCode.MEMBER_ID_REQUIRED.code());
      request.memberId = first.memberId;
      try (RawConnection connection = broker.connect()) {
        connection.send(RawConnection.frame(ApiKey.JOIN_GROUP, 9, 1, request));
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void metadataOfAMemberThatIsTooLargeCostsNoMoreThanItsRequest() throws IOException {
    JoinGroupRequest request = Requests.joinGroup();
    request.groupId = "large";
    request.protocols.get(0).metadata = ByteBuffer.allocate(5 << 20);
    for (int i = 0; i < 100; i++) {
      join(request);
    }
  }

  @Test
  void joinWithHundredsOfThousandsOfProtocolsIsRefusedAtOnce() throws IOException {
    JoinGroupRequest request = Requests.joinGroup();
    request.groupId = "polyglot";
    for (int i = 0; i < 200_000; i++) {
      JoinGroupRequest.JoinGroupRequestProtocol protocol =
          new JoinGroupRequest.JoinGroupRequestProtocol();
      protocol.name = "p" + i;
      protocol.metadata = ByteBuffer.allocate(0);
      request.protocols.add(protocol);
    }
    for (int i = 0; i < 5; i++) {
      assertThat(join(request)).isEqualTo(ErrorCode.POLICY_VIOLATION);
    }
  }

  /** Groups that are named once and never again; each could hold what a request can carry. */
  @Test
  void groupsBeyondWhatAllMayHoldAreRefused() throws IOException {
    OffsetCommitRequest request = Requests.offsetCommit("", "known", 1);
    request.topics.get(0).partitions.get(0).committedMetadata = "x".repeat(4000);
    List<String> named = new ArrayList<>();
    short last = 0;
    try (RawConnection connection = broker.connect()) {
      for (int i = 0; i < 20_000 && last == 0; i++) {
        request.groupId = "once-" + i;
        OffsetCommitResponse answer = connection.ask(ApiKey.OFFSET_COMMIT, 9, request);
        last = answer.topics.get(0).partitions.get(0).errorCode;
        if (last == 0) {
          named.add(request.groupId);
        }
      }
      assertThat(ErrorCode.forCode(last)).isEqualTo(ErrorCode.POLICY_VIOLATION);
      DeleteGroupsRequest delete = new DeleteGroupsRequest();
      delete.groupsNames = named;
      DeleteGroupsResponse deleted = connection.ask(ApiKey.DELETE_GROUPS, 2, delete);
      assertThat(deleted.results).allMatch(result -> result.errorCode == 0);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "known, 5, ILLEGAL_GENERATION_OR_UNKNOWN_MEMBER",
    NONE + ", -1, UNKNOWN_TOPIC_OR_PARTITION"
  })
  void commitOfAStrangerIsRefused(String topic, int generation, String error) throws IOException {
    OffsetCommitRequest request = Requests.offsetCommit("strangers", topic, 1);
    request.generationIdOrMemberEpoch = generation;
    request.memberId = generation < 0 ? "" : "ghost";
    short code = commit(request);
    if (error.startsWith("ILLEGAL")) {
      assertThat(ErrorCode.forCode(code))
          .isIn(ErrorCode.ILLEGAL_GENERATION, ErrorCode.UNKNOWN_MEMBER_ID);
    } else {
      assertThat(ErrorCode.forCode(code)).isEqualTo(ErrorCode.valueOf(error));
    }
  }

  @Test
  void commitWithTooMuchTextIsRefused() throws IOException {
    OffsetCommitRequest request = Requests.offsetCommit("writers", "known", 1);
    request.topics.get(0).partitions.get(0).committedMetadata = "x".repeat(30_000);
    assertThat(ErrorCode.forCode(commit(request))).isEqualTo(ErrorCode.OFFSET_METADATA_TOO_LARGE);
  }

  // --- asking ---

  private static short commit(OffsetCommitRequest request) throws IOException {
    try (RawConnection connection = broker.connect()) {
      OffsetCommitResponse answer = connection.ask(ApiKey.OFFSET_COMMIT, 9, request);
      return answer.topics.get(0).partitions.get(0).errorCode;
    }
  }

  private static ErrorCode join(JoinGroupRequest request) throws IOException {
    return ErrorCode.forCode(joined(request).errorCode);
  }

  private static JoinGroupResponse joined(JoinGroupRequest request) throws IOException {
    try (RawConnection connection = broker.connect()) {
      return connection.ask(ApiKey.JOIN_GROUP, 9, request);
    }
  }

  private static ErrorCode create(CreateTopicsRequest request) throws IOException {
    try (RawConnection connection = broker.connect()) {
      CreateTopicsResponse answer = connection.ask(ApiKey.CREATE_TOPICS, 7, request);
      return ErrorCode.forCode(answer.topics.get(0).errorCode);
    }
  }
}
