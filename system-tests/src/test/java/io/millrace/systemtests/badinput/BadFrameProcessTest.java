package io.millrace.systemtests.badinput;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.wire.ApiKey;
import io.millrace.wire.Frame;
import io.millrace.wire.WireReader;
import io.millrace.wire.message.ApiVersionsRequest;
import io.millrace.wire.message.ApiVersionsResponse;
import io.millrace.wire.message.FetchRequest;
import io.millrace.wire.message.FetchResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is no request, or one that lies about itself: the connection ends, and nothing else. */
class BadFrameProcessTest {

  private static final int REQUEST_BYTES_MAX = 16 << 20;
  private static final int RANDOM_FRAMES = 300;
  private static final int SPOILED_FRAMES = 600;

  @TempDir static Path directory;
  private static AttackedBroker broker;

  @BeforeAll
  static void start() {
    broker =
        new AttackedBroker(
            directory,
            Map.of("max.partitions", "1000", "socket.request.max.bytes", "" + REQUEST_BYTES_MAX));
  }

  @AfterAll
  static void stop() throws Exception {
    broker.close();
  }

  @AfterEach
  void unharmed() {
    broker.requireUnharmed();
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MAX_VALUE, REQUEST_BYTES_MAX + 1, -1, Integer.MIN_VALUE, 0, 1, 7})
  void sizeThatNoRequestHasEndsTheConnection(int size) throws IOException {
    try (RawConnection connection = broker.connect()) {
      connection.send(
          ByteBuffer.allocate(Frame.SIZE_BYTES + Math.clamp(size, 0, 8)).putInt(size).array());
      assertThat(connection.isEnded()).isTrue();
    }
  }

  static List<Requests.Valid> requests() {
    return Requests.all();
  }

  @ParameterizedTest
  @MethodSource("requests")
  void requestCutShortEndsTheConnection(Requests.Valid request) throws IOException {
    byte[] whole = request.bytes();
    for (int length = 0; length < whole.length; length++) {
      try (RawConnection connection = broker.connect()) {
        connection.send(RawConnection.withSize(Arrays.copyOf(whole, length)));
        assertThat(connection.isEnded()).as("cut to %s of %s bytes", length, whole.length).isTrue();
      }
    }
  }

  /** As in Kafka: a client of a later day may add what an earlier broker does not know. */
  @Test
  void bytesBehindARequestArePassedOver() throws IOException {
    byte[] whole =
        RawConnection.withoutSize(RawConnection.frame(ApiKey.METADATA, 12, 7, Requests.metadata()));
    try (RawConnection connection = broker.connect()) {
      connection.send(RawConnection.withSize(Arrays.copyOf(whole, whole.length + 9)));
      connection.send(RawConnection.frame(ApiKey.METADATA, 12, 8, Requests.metadata()));
      assertThat(ByteBuffer.wrap(connection.answer().orElseThrow()).getInt()).isEqualTo(7);
      assertThat(ByteBuffer.wrap(connection.answer().orElseThrow()).getInt()).isEqualTo(8);
    }
  }

  /** Every four bytes in turn become 2^31 - 1, every byte the varint of it: all arrays are hit. */
  @ParameterizedTest
  @MethodSource("requests")
  void arrayThatDeclaresTwoToThe31ElementsCostsNothing(Requests.Valid request) throws IOException {
    byte[] whole = request.bytes();
    for (int at = 8; at < whole.length; at++) {
      byte[] wide = whole.clone();
      for (int i = at; i < Math.min(at + 4, wide.length); i++) {
        wide[i] = (byte) (i == at ? 0x7f : 0xff);
      }
      endAfter(wide);
      ByteBuffer compact = ByteBuffer.allocate(whole.length + 4);
      compact.put(whole, 0, at).put(new byte[] {-1, -1, -1, -1, 7});
      compact.put(whole, at + 1, whole.length - at - 1);
      endAfter(compact.array());
    }
  }

  @Test
  void randomFramesAreSurvived() throws IOException {
    Random random = seeded("randomFramesAreSurvived");
    for (int i = 0; i < RANDOM_FRAMES; i++) {
      byte[] body = new byte[random.nextInt(400)];
      random.nextBytes(body);
      if (body.length > 4 && random.nextInt(4) > 0) {
        ByteBuffer.wrap(body)
            .putShort((short) random.nextInt(95))
            .putShort((short) random.nextInt(18));
      }
      endAfter(body);
    }
  }

  @Test
  void requestsWithAFewWrongBytesAreSurvived() throws IOException {
    Random random = seeded("requestsWithAFewWrongBytesAreSurvived");
    List<Requests.Valid> all = Requests.all();
    for (int i = 0; i < SPOILED_FRAMES; i++) {
      byte[] body = all.get(random.nextInt(all.size())).bytes();
      for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
        body[random.nextInt(body.length)] = (byte) random.nextInt();
      }
      endAfter(body);
    }
  }

  @Test
  void millionsOfTagsInAHeaderEndTheConnection() throws IOException {
    ByteBuffer body = ByteBuffer.allocate(REQUEST_BYTES_MAX / 4);
    body.putShort(ApiKey.METADATA.id()).putShort((short) 12).putInt(1);
    body.putShort((short) 1).put((byte) 'x');
    body.put(new byte[] {(byte) 0x80, (byte) 0x80, (byte) 0x80, 3});
    try (RawConnection connection = broker.connect()) {
      connection.send(RawConnection.withSize(body.array()));
      assertThat(connection.isEnded()).isTrue();
    }
  }

  @Test
  void repeatedOrEndlessTagsEndTheConnection() throws IOException {
    byte[] head =
        RawConnection.withoutSize(
            RawConnection.frame(ApiKey.API_VERSIONS, 3, 1, new ApiVersionsRequest()));
    byte[] withoutTags = Arrays.copyOf(head, head.length - 1);
    for (byte[] tags :
        List.of(
            new byte[] {2, 9, 0, 9, 0},
            new byte[] {2, 9, 0, 8, 0},
            new byte[] {1, 9, 100},
            new byte[] {1, 9, -1, -1, -1, -1, 15},
            new byte[] {-1, -1, -1, -1, -1, 1})) {
      ByteBuffer body = ByteBuffer.allocate(withoutTags.length + tags.length);
      try (RawConnection connection = broker.connect()) {
        connection.send(RawConnection.withSize(body.put(withoutTags).put(tags).array()));
        assertThat(connection.isEnded()).as("tags %s", Arrays.toString(tags)).isTrue();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "AMQP\0\0\u0009\u0001",
        "PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n",
        "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003"
      })
  void otherProtocolsAreToldApartAtOnce(String greeting) throws IOException {
    long before = broker.logged("closing the connection");
    try (RawConnection connection = broker.connect()) {
      connection.send(greeting.getBytes(StandardCharsets.ISO_8859_1));
      assertThat(connection.isEnded()).isTrue();
    }
    assertThat(broker.logged("closing the connection")).isEqualTo(before + 1);
  }

  @Test
  void unknownApiEndsTheConnectionWithOneLineInTheLog() throws IOException {
    long before = broker.logged("API key 9999");
    try (RawConnection connection = broker.connect()) {
      connection.send(
          RawConnection.withSize(
              ByteBuffer.allocate(10)
                  .putShort((short) 9999)
                  .putShort((short) 0)
                  .putInt(1)
                  .putShort((short) -1)
                  .array()));
      assertThat(connection.isEnded()).isTrue();
    }
    assertThat(broker.logged("API key 9999")).isEqualTo(before + 1);
  }

  @Test
  void apiVersionsOfAVersionToComeAnswersWhatThereIs() throws IOException {
    try (RawConnection connection = broker.connect()) {
      byte[] request = RawConnection.frame(ApiKey.API_VERSIONS, 3, 77, new ApiVersionsRequest());
      request[Frame.SIZE_BYTES + 3] = 99;
      connection.send(request);
      ApiVersionsResponse answer =
          (ApiVersionsResponse)
              Frame.readResponse(
                      new WireReader(ByteBuffer.wrap(connection.answer().orElseThrow())),
                      ApiKey.API_VERSIONS,
                      (short) 0)
                  .body();
      assertThat(answer.errorCode).isEqualTo((short) 35);
      assertThat(answer.apiKeys).anyMatch(api -> api.apiKey == ApiKey.PRODUCE.id());
      // The client may go on with a version that it was told.
      ApiVersionsRequest named = new ApiVersionsRequest();
      named.clientSoftwareName = "test";
      named.clientSoftwareVersion = "1";
      ApiVersionsResponse again = connection.ask(ApiKey.API_VERSIONS, 3, named);
      assertThat(again.errorCode).isZero();
    }
  }

  @Test
  void otherApiOfAVersionNotServedEndsTheConnection() throws IOException {
    try (RawConnection connection = broker.connect()) {
      byte[] request = RawConnection.frame(ApiKey.METADATA, 8, 1, Requests.metadata());
      request[Frame.SIZE_BYTES + 3] = 99;
      connection.send(request);
      assertThat(connection.isEnded()).isTrue();
    }
  }

  @Test
  void correlationIdsAreEchoedWhateverTheyAreAndAnswersComeInOrder() throws IOException {
    int[] ids = {5, 5, -1, Integer.MIN_VALUE, 0, Integer.MAX_VALUE};
    try (RawConnection connection = broker.connect()) {
      for (int id : ids) {
        connection.send(RawConnection.frame(ApiKey.METADATA, 8, id, Requests.metadata()));
      }
      for (int id : ids) {
        assertThat(ByteBuffer.wrap(connection.answer().orElseThrow()).getInt()).isEqualTo(id);
      }
    }
  }

  @Test
  void clientIdCannotForgeLinesOfTheLog() throws IOException {
    String forged = "x\n2026-01-01 00:00:00.000 ERROR forged";
    byte[] id = forged.getBytes(StandardCharsets.UTF_8);
    ByteBuffer body = ByteBuffer.allocate(100 + id.length);
    body.putShort(ApiKey.METADATA.id()).putShort((short) 8).putInt(1);
    body.putShort((short) id.length).put(id).putInt(Integer.MAX_VALUE);
    try (RawConnection connection = broker.connect()) {
      connection.send(RawConnection.withSize(Arrays.copyOf(body.array(), body.position())));
      assertThat(connection.isEnded()).isTrue();
    }
    assertThat(broker.process().errors().lines())
        .noneMatch(line -> line.contains("ERROR forged") && line.startsWith("2026-01-01"));
  }

  @Test
  void textThatIsNotUtf8EndsTheConnection() throws IOException {
    byte[] body = Requests.all().get(0).bytes();
    ByteBuffer topic = ByteBuffer.wrap(Requests.TOPIC.getBytes(StandardCharsets.UTF_8));
    int at = indexOf(body, topic.array());
    body[at] = (byte) 0xff;
    try (RawConnection connection = broker.connect()) {
      connection.send(RawConnection.withSize(body));
      assertThat(connection.isEnded()).isTrue();
    }
  }

  @Test
  void fetchThatClaimsToComeFromAReplicaIsRefused() throws IOException {
    FetchRequest request = Requests.fetch(Requests.TOPIC);
    request.replicaId = 2;
    try (RawConnection connection = broker.connect()) {
      FetchResponse answer = connection.ask(ApiKey.FETCH, 12, request);
      assertThat(answer.errorCode).isEqualTo((short) 31);
    }
  }

  private static int indexOf(byte[] in, byte[] what) {
    for (int i = 0; i + what.length <= in.length; i++) {
      if (Arrays.equals(in, i, i + what.length, what, 0, what.length)) {
        return i;
      }
    }
    throw new AssertionError("not found");
  }

  private static void endAfter(byte[] body) throws IOException {
    try (RawConnection connection = broker.connect()) {
      connection.send(RawConnection.withSize(body));
      connection.endOutput();
      assertThat(connection.isEnded()).isTrue();
    }
  }

  private static Random seeded(String test) {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    System.out.println("BadFrameProcessTest." + test + ": millrace.seed=" + seed);
    return new Random(seed);
  }
}
