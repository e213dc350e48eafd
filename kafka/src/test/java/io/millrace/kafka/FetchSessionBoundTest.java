package io.millrace.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.FetchRequest;
import io.millrace.wire.message.FetchResponse;
import java.net.Socket;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What fetch sessions may remember, and what a client sees when it is too much. */
class FetchSessionBoundTest {

  private static final int NAMES_A_REQUEST = 500;

  private int names;

  private FetchRequest request(int session, int epoch, int newNames) {
    FetchRequest request = DoorUnderTest.fetch();
    request.sessionId = session;
    request.sessionEpoch = epoch;
    for (int i = 0; i < newNames; i++) {
      FetchRequest.FetchTopic topic = new FetchRequest.FetchTopic();
      topic.topic = "there-is-no-such-topic-" + names++;
      topic.partitions.add(new FetchRequest.FetchPartition());
      request.topics.add(topic);
    }
    return request;
  }

  private static FetchResponse ask(Socket socket, FetchRequest request) throws Exception {
    return (FetchResponse) DoorUnderTest.ask(socket, ApiKey.FETCH, 12, request);
  }

  /** Grows a session until it is refused; the client then gets everything without a session. */
  private void growUntilRefused(DoorUnderTest door, int requestsMax) throws Exception {
    try (Socket socket = door.connect();
        Socket other = door.connect()) {
      int session = ask(socket, request(0, 0, 1)).sessionId;
      assertThat(session).isPositive();
      int epoch = 1;
      FetchResponse answer = ask(socket, request(session, epoch++, NAMES_A_REQUEST));
      assertThat(answer.errorCode).isZero();
      while (answer.errorCode == 0 && epoch < requestsMax) {
        answer = ask(socket, request(session, epoch++, NAMES_A_REQUEST));
      }
      assertThat(answer.errorCode).isEqualTo(ErrorCode.FETCH_SESSION_ID_NOT_FOUND.code());
      FetchResponse full = ask(socket, request(0, 0, NAMES_A_REQUEST * requestsMax));
      assertThat(full.sessionId).isZero();
      assertThat(full.errorCode).isZero();
      assertThat(full.responses).hasSize(NAMES_A_REQUEST * requestsMax + 1);
      // What the session took is free again.
      int next = ask(other, request(0, 0, NAMES_A_REQUEST)).sessionId;
      assertThat(next).isPositive();
      assertThat(ask(other, request(next, 1, 0)).errorCode).isZero();
    }
  }

  @Test
  void sessionsTogetherRememberSoManyBytes() throws Exception {
    try (DoorUnderTest door = new DoorUnderTest(Map.of("fetch.sessions.max.bytes", "1000000"))) {
      growUntilRefused(door, 10);
    }
  }

  @Test
  void oneSessionRemembersAsManyPartitionsAsThereMayBe() throws Exception {
    try (DoorUnderTest door = new DoorUnderTest(Map.of("max.partitions", "2000"))) {
      growUntilRefused(door, 10);
    }
  }
}
