package io.millrace.systemtests.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.record.Compression;
import io.millrace.server.Millrace;
import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.Frame;
import io.millrace.wire.Message;
import io.millrace.wire.WireReader;
import io.millrace.wire.message.ApiVersionsRequest;
import io.millrace.wire.message.ApiVersionsResponse;
import io.millrace.wire.message.DescribeClusterRequest;
import io.millrace.wire.message.DescribeClusterResponse;
import io.millrace.wire.message.DescribeGroupsRequest;
import io.millrace.wire.message.DescribeGroupsResponse;
import io.millrace.wire.message.FetchResponse;
import io.millrace.wire.message.FindCoordinatorRequest;
import io.millrace.wire.message.FindCoordinatorResponse;
import io.millrace.wire.message.MetadataRequest;
import io.millrace.wire.message.MetadataResponse;
import io.millrace.wire.message.ProduceRequest;
import io.millrace.wire.message.ProduceResponse;
import io.millrace.wire.message.ResponseHeader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The protocol itself: versions, order, and what is no request at all. */
@OverOneAndTwoShards
class ProtocolTest extends BrokerTest {

  // --- versions ---

  @Test
  void clientOfEveryServedVersionIsTold() {
    Map<ApiKey, String> announced = announced();
    assertThat(announced)
        .containsEntry(ApiKey.PRODUCE, "0-13") // see ApiVersionsHandler
        .containsEntry(ApiKey.FETCH, "4-18")
        .containsEntry(ApiKey.API_VERSIONS, "0-5")
        .containsEntry(ApiKey.DESCRIBE_CONFIGS, "1-4");
    for (ApiKey key : announced.keySet()) {
      String[] versions = announced.get(key).split("-");
      assertThat(Integer.parseInt(versions[1])).isLessThanOrEqualTo(key.highestVersion());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {6, 99, Short.MAX_VALUE})
  void versionThatIsTooHighForApiVersionsIsAnsweredInVersionZero(int version) {
    RawConnection connection = connect();
    connection.sendBytes(header(ApiKey.API_VERSIONS.id(), version, 77, true));
    WireReader in = new WireReader(connection.receiveBytes());
    assertThat(ResponseHeader.read(in, (short) 0).correlationId).isEqualTo(77);
    ApiVersionsResponse answer = ApiVersionsResponse.read(in, (short) 0);
    assertThat(answer.errorCode).isEqualTo(ErrorCode.UNSUPPORTED_VERSION.code());
    assertThat(answer.apiKeys).extracting(api -> api.apiKey).contains(ApiKey.API_VERSIONS.id());
    // The client chooses again on the same connection.
    assertThat(connection.ask(apiVersions(), 5, ApiVersionsResponse.class).errorCode).isZero();
  }

  @Test
  void clientThatIsNotHereOrHasNoProperNameIsToldSo() {
    RawConnection connection = connect();
    ApiVersionsRequest here = apiVersions();
    here.clusterId = broker().clusterId();
    here.nodeId = broker().nodeId();
    assertThat(connection.ask(here, 5, ApiVersionsResponse.class).errorCode).isZero();
    ApiVersionsRequest elsewhere = apiVersions();
    elsewhere.clusterId = "another";
    elsewhere.nodeId = broker().nodeId();
    assertThat(connection.ask(elsewhere, 5, ApiVersionsResponse.class).errorCode)
        .isEqualTo(ErrorCode.REBOOTSTRAP_REQUIRED.code());
    ApiVersionsRequest nameless = apiVersions();
    nameless.clientSoftwareName = "no spaces";
    assertThat(connection.ask(nameless, 3, ApiVersionsResponse.class).errorCode)
        .isEqualTo(ErrorCode.INVALID_REQUEST.code());
  }

  @Test
  void versionThatIsNotServedEndsTheConnectionWithOneLine() {
    String log =
        logOf(() -> {
          RawConnection connection = connect();
          connection.sendBytes(header(ApiKey.METADATA.id(), 99, 1, true));
          assertThat(connection.isClosedByBroker()).isTrue();
        });
    assertThat(log.lines()).hasSize(1);
    assertThat(log).contains("version 99 of METADATA, which is not served");
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 7, 999, -1})
  void apiThatIsNotServedEndsTheConnectionWithOneLine(int key) {
    String log =
        logOf(() -> {
          RawConnection connection = connect();
          connection.sendBytes(header(key, 0, 1, false));
          assertThat(connection.isClosedByBroker()).isTrue();
        });
    assertThat(log.lines()).hasSize(1);
    assertThat(log).contains("API key " + key);
  }

  // --- what old clients ask ---

  @Test
  void metadataTellsWhatMayBeDoneIfAsked() {
    String topic = topic(1);
    RawConnection connection = connect();
    MetadataRequest request = metadata(topic);
    request.includeClusterAuthorizedOperations = true;
    request.includeTopicAuthorizedOperations = true;
    MetadataResponse told = connection.ask(request, 8, MetadataResponse.class);
    assertThat(told.clusterAuthorizedOperations).isEqualTo(8096);
    assertThat(told.topics.get(0).topicAuthorizedOperations).isEqualTo(3576);
    request.includeClusterAuthorizedOperations = false;
    told = connection.ask(request, 13, MetadataResponse.class);
    assertThat(told.clusterAuthorizedOperations).isEqualTo(Integer.MIN_VALUE);
    assertThat(told.topics.get(0).topicAuthorizedOperations).isEqualTo(3576);
    told = connection.ask(metadata(topic), 13, MetadataResponse.class);
    assertThat(told.topics.get(0).topicAuthorizedOperations).isEqualTo(Integer.MIN_VALUE);
  }

  @Test
  void groupThatIsNotThereIsDeadAndFromVersionSixOnAnError() {
    DescribeGroupsRequest request = new DescribeGroupsRequest();
    request.groups.add(unique("nothing"));
    RawConnection connection = connect();
    var old = connection.ask(request, 5, DescribeGroupsResponse.class).groups.get(0);
    assertThat(old.groupState).isEqualTo("Dead");
    assertThat(old.errorCode).isZero();
    var now = connection.ask(request, 6, DescribeGroupsResponse.class).groups.get(0);
    assertThat(now.groupState).isEqualTo("Dead");
    assertThat(now.errorCode).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND.code());
    assertThat(now.errorMessage).contains(request.groups.get(0));
  }

  @Test
  void everyApiAnswersInEachOfItsVersions() {
    // Requests of nothing but defaults: each is answered, with or without an error in it.
    for (ApiKey key : announced().keySet()) {
      for (int version = key.lowestVersion(); version <= highest(key); version++) {
        Message request = emptyRequest(key);
        if (request instanceof ProduceRequest produce) {
          produce.acks = 1; // without, which is the default, it is not answered
        }
        try (RawConnection connection = RawConnection.to(broker())) {
          connection.send(request, version);
          assertThat(connection.receive().apiKey()).as("%s %d", key, version).isEqualTo(key.id());
        }
      }
    }
  }

  private static Message emptyRequest(ApiKey key) {
    StringBuilder name = new StringBuilder(MetadataRequest.class.getPackageName()).append('.');
    for (String word : key.name().split("_")) {
      name.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
    }
    try {
      Class<?> type = Class.forName(name.append("Request").toString());
      return (Message) type.getConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  private int highest(ApiKey key) {
    return Integer.parseInt(announced().get(key).split("-")[1]);
  }

  // --- order ---

  @Test
  void answersComeInTheOrderOfTheRequests() {
    String topic = topic(1);
    RawConnection connection = connect();
    connection.send(metadata(topic), 13);
    connection.send(Requests.with(Requests.fetch(1, 100), topic, 0, 0), Requests.FETCH_VERSION);
    for (int i = 0; i < 20; i++) {
      connection.send(
          Requests.produce(topic, 0, -1, Requests.batch(Compression.NONE, 1).build()),
          Requests.PRODUCE_VERSION);
    }
    connection.send(new DescribeClusterRequest(), 2);
    connection.send(metadata(topic), 1);
    connection.send(
        Requests.produce(topic, 0, 1, Requests.batch(Compression.NONE, 1).build()),
        Requests.PRODUCE_VERSION);
    connection.send(apiVersions(), 0);
    assertThat(connection.receive()).isInstanceOf(MetadataResponse.class);
    connection.receive();
    for (int i = 0; i < 20; i++) {
      var answer = (ProduceResponse) connection.receive();
      assertThat(Requests.only(answer).baseOffset).isEqualTo(i);
    }
    assertThat(connection.receive()).isInstanceOf(DescribeClusterResponse.class);
    assertThat(connection.receive()).isInstanceOf(MetadataResponse.class);
    assertThat(Requests.only((ProduceResponse) connection.receive()).baseOffset).isEqualTo(20);
    assertThat(connection.receive()).isInstanceOf(ApiVersionsResponse.class);
  }

  @Test
  void requestThatComesByteByByteIsServed() {
    RawConnection connection = connect();
    ByteBuffer request =
        Frame.ofRequest(ApiKey.DESCRIBE_CLUSTER, (short) 0, 5, "slow", new DescribeClusterRequest())
            .toBuffer();
    while (request.hasRemaining()) {
      connection.sendBytes(request.slice(request.position(), 1));
      request.position(request.position() + 1);
    }
    WireReader in = new WireReader(connection.receiveBytes());
    assertThat(ResponseHeader.read(in, (short) 1).correlationId).isEqualTo(5);
    assertThat(DescribeClusterResponse.read(in, (short) 0).clusterId)
        .isEqualTo(broker().clusterId());
  }

  // --- what is no request ---

  @Test
  void webBrowserIsTurnedAwayWithOneLine() {
    String log =
        logOf(() -> {
          RawConnection connection = connect();
          connection.sendBytes(
              ByteBuffer.wrap(
                  "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
          assertThat(connection.isClosedByBroker()).isTrue();
        });
    assertThat(log.lines()).hasSize(1);
    assertThat(log).contains("socket.request.max.bytes");
  }

  @Test
  void garbageEndsTheConnectionWithOneLineAndNobodyElseNotices() {
    RawConnection other = connect();
    Random random = new Random(7);
    for (int size : List.of(4, 5, 17, 100, 1024, 5000, 100_000)) {
      byte[] garbage = new byte[size];
      random.nextBytes(garbage);
      garbage[0] = (byte) (garbage[0] | 0x40); // a size far beyond the limit, or negative
      String log =
          logOf(() -> {
            RawConnection connection = connect();
            connection.sendBytes(ByteBuffer.wrap(garbage));
            assertThat(connection.isClosedByBroker()).isTrue();
          });
      assertThat(log.lines()).as("size %d:\n%s", size, log).hasSize(1);
      assertThat(other.ask(apiVersions(), 3, ApiVersionsResponse.class).errorCode).isZero();
    }
  }

  @Test
  void garbageBehindARequestThatWaitsEndsTheConnectionWithOneLine() {
    String topic = topic(1);
    String log =
        logOf(() -> {
          RawConnection connection = connect();
          connection.send(
              Requests.with(Requests.fetch(1, 100), topic, 0, 0), Requests.FETCH_VERSION);
          connection.sendBytes(header(12345, 0, 1, false));
          connection.receive();
          assertThat(connection.isClosedByBroker()).isTrue();
        });
    assertThat(log.lines()).hasSize(1);
    assertThat(log).contains("12345");
  }

  @Test
  void bodyThatIsCutShortEndsTheConnectionWithOneLine() {
    String log =
        logOf(() -> {
          RawConnection connection = connect();
          ByteBuffer cut = ByteBuffer.allocate(64);
          cut.putInt(0).putShort(ApiKey.METADATA.id()).putShort((short) 1).putInt(1);
          cut.putShort((short) -1).putInt(1_000_000); // a million topics, and nothing more
          cut.putInt(0, cut.position() - 4).flip();
          connection.sendBytes(cut);
          assertThat(connection.isClosedByBroker()).isTrue();
        });
    assertThat(log.lines()).hasSize(1);
    assertThat(log).contains("METADATA request is not valid");
  }

  // --- the end ---

  @Test
  void brokerThatStopsAnswersWhatItHasTakenAndClosesEveryConnection() {
    Millrace stopping =
        closing(Millrace.inMemory().set("num.shards", Integer.toString(shards)).start());
    String topic = unique("topic");
    RawConnection producing = closing(RawConnection.to(stopping));
    assertThat(producing.ask(metadata(topic), 1, MetadataResponse.class).topics.get(0).errorCode)
        .isZero();
    RawConnection idle = closing(RawConnection.to(stopping));
    idle.ask(apiVersions(), 3, ApiVersionsResponse.class);
    RawConnection waiting = closing(RawConnection.to(stopping));
    waiting.send(Requests.with(Requests.fetch(1, 15_000), topic, 0, 0), Requests.FETCH_VERSION);
    stopping.close();
    assertThat(idle.isClosedByBroker()).isTrue();
    assertThat(waiting.isClosedByBroker()).isTrue();
    assertThat(producing.isClosedByBroker()).isTrue();
  }

  @Test
  void connectionThatAsksForNothingIsClosed() {
    Millrace impatient =
        closing(
            Millrace.inMemory()
                .set("num.shards", Integer.toString(shards))
                .set("connections.max.idle.ms", "1000")
                .start());
    RawConnection idle = closing(RawConnection.to(impatient));
    idle.ask(apiVersions(), 3, ApiVersionsResponse.class);
    String topic = unique("topic");
    RawConnection waiting = closing(RawConnection.to(impatient));
    waiting.ask(metadata(topic), 1, MetadataResponse.class);
    waiting.send(Requests.with(Requests.fetch(1, 1500), topic, 0, 0), Requests.FETCH_VERSION);
    assertThat(idle.isClosedByBroker()).isTrue();
    // One that waits for its answer is not idle.
    assertThat(waiting.receive()).isInstanceOf(FetchResponse.class);
  }

  // --- coordinators ---

  @Test
  void thisNodeCoordinatesEveryGroup() {
    FindCoordinatorRequest request = new FindCoordinatorRequest();
    request.coordinatorKeys.addAll(List.of("a", "b"));
    FindCoordinatorResponse answer = connect().ask(request, 6, FindCoordinatorResponse.class);
    assertThat(answer.coordinators)
        .hasSize(2)
        .allSatisfy(one -> {
          assertThat(one.errorCode).isZero();
          assertThat(one.nodeId).isEqualTo(broker().nodeId());
          assertThat(one.host + ":" + one.port).isEqualTo(broker().kafka());
        });
  }

  // --- what the tests have in common ---

  /** What the broker logs meanwhile. */
  private String logOf(Runnable action) {
    List<String> lines =
        RecordedLogs.during(() -> {
          action.run();
          // Whatever was still to be said has been when somebody else is served.
          connect().ask(apiVersions(), 3, ApiVersionsResponse.class);
        });
    return String.join("\n", lines);
  }

  private static ApiVersionsRequest apiVersions() {
    ApiVersionsRequest request = new ApiVersionsRequest();
    request.clientSoftwareName = "raw";
    request.clientSoftwareVersion = "1.0";
    return request;
  }

  private static MetadataRequest metadata(String topic) {
    MetadataRequest request = new MetadataRequest();
    MetadataRequest.MetadataRequestTopic one = new MetadataRequest.MetadataRequestTopic();
    one.name = topic;
    request.topics = new ArrayList<>(List.of(one));
    return request;
  }

  private Map<ApiKey, String> announced() {
    Map<ApiKey, String> announced = new TreeMap<>();
    ApiVersionsResponse answer = connect().ask(apiVersions(), 4, ApiVersionsResponse.class);
    for (ApiVersionsResponse.ApiVersion api : answer.apiKeys) {
      ApiKey key = java.util.Objects.requireNonNull(ApiKey.forId(api.apiKey));
      assertThat(announced.put(key, api.minVersion + "-" + api.maxVersion)).isNull();
    }
    return announced;
  }

  /** A request of nothing but its header. */
  private static ByteBuffer header(int key, int version, int correlationId, boolean flexible) {
    ByteBuffer frame = ByteBuffer.allocate(32);
    frame.putInt(0).putShort((short) key).putShort((short) version).putInt(correlationId);
    frame.putShort((short) -1);
    if (flexible) {
      frame.put((byte) 0);
    }
    frame.putInt(0, frame.position() - 4);
    return frame.flip();
  }
}
