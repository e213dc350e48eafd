package io.millrace.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.wire.message.ApiVersionsRequest;
import io.millrace.wire.message.ApiVersionsResponse;
import io.millrace.wire.message.FetchResponse;
import io.millrace.wire.message.MetadataRequest;
import io.millrace.wire.message.ProduceRequest;
import io.millrace.wire.message.RequestHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;

class FrameTest {
  private static final short V9 = 9;

  @Test
  void bytesOfARequestAreSizeHeaderAndBody() {
    Frame frame = Frame.ofRequest(ApiKey.API_VERSIONS, (short) 3, 7, "me", request("lib", "1"));
    assertThat(hex(frame.toBuffer()))
        .isEqualTo(
            "00000014" // size
                + "0012" // key 18
                + "0003" // version
                + "00000007" // correlation id
                + "00026d65" // client id, never compact
                + "00" // no tags in the header
                + "046c6962" // compact "lib"
                + "0231" // compact "1"
                + "00"); // no tags in the body
    assertThat(frame.size()).isEqualTo(24);
    assertThat(frame.parts()).hasSize(1);
  }

  @Test
  void requestIsReadBack() {
    Frame frame = Frame.ofRequest(ApiKey.API_VERSIONS, (short) 3, 7, null, request("lib", "1"));
    ByteBuffer received = frame.toBuffer();
    Frame.Request request = Frame.readRequest(new WireReader(Frame.next(received, 100)));
    assertThat(received.remaining()).isZero();
    assertThat(request.key()).isEqualTo(ApiKey.API_VERSIONS);
    assertThat(request.header().requestApiVersion).isEqualTo((short) 3);
    assertThat(request.header().correlationId).isEqualTo(7);
    assertThat(request.header().clientId).isNull();
    assertThat(((ApiVersionsRequest) request.body()).clientSoftwareName).isEqualTo("lib");
  }

  @Test
  void headersAndBodiesAreReadByKafkaClientsAndItsOwnByUs() {
    for (ApiMessageType type : ApiMessageType.values()) {
      ApiKey key = ApiKey.forId(type.apiKey());
      for (short v = key.lowestVersion(); v <= key.highestVersion(); v++) {
        Message body = (Message) fresh("io.millrace.wire.message." + type.name + "Request");
        ByteBuffer ours = Frame.ofRequest(key, v, 42, "client", body).toBuffer().position(4);
        var header = org.apache.kafka.common.requests.RequestHeader.parse(ours.duplicate());
        assertThat(header.apiKey()).isEqualTo(ApiKeys.forId(type.apiKey()));
        assertThat(header.apiVersion()).isEqualTo(v);
        assertThat(header.correlationId()).isEqualTo(42);
        assertThat(header.clientId()).isEqualTo("client");
        RequestHeader read = Frame.readRequest(new WireReader(ours)).header();
        assertThat(read.clientId).isEqualTo("client");

        Message answer = (Message) fresh("io.millrace.wire.message." + type.name + "Response");
        ByteBuffer response = Frame.ofResponse(key, v, 43, answer).toBuffer().position(4);
        var responseHeader =
            org.apache.kafka.common.requests.ResponseHeader.parse(
                response.duplicate(), type.responseHeaderVersion(v));
        assertThat(responseHeader.correlationId()).isEqualTo(43);
        Frame.Response back = Frame.readResponse(new WireReader(response), key, v);
        assertThat(back.correlationId()).isEqualTo(43);
        assertThat(back.body()).hasSameClassAs(answer);
      }
    }
  }

  private static Object fresh(String className) {
    try {
      return Values.fill(Class.forName(className), Map.of());
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void headerOfARequestFromTheFutureIsReadable() {
    // ApiVersions, version 99.
    String hex = "0012" + "0063" + "00000001" + "0001" + "61" + "00" + "fefefefe";
    WireReader in = new WireReader(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
    RequestHeader header = Frame.readRequestHeader(in);
    assertThat(header.requestApiVersion).isEqualTo((short) 99);
    assertThat(header.clientId).isEqualTo("a");
    assertThatThrownBy(() -> ApiKey.API_VERSIONS.readRequest(in, (short) 99))
        .isInstanceOf(WireException.class)
        .hasMessageContaining("has no version 99");
  }

  @Test
  void responseToApiVersionsHasTheOldestHeader() {
    Frame frame = Frame.ofResponse(ApiKey.API_VERSIONS, (short) 4, 7, new ApiVersionsResponse());
    assertThat(hex(frame.toBuffer())).startsWith("0000000c" + "00000007" + "0000");
  }

  @Test
  void requestsThatAreNoneAreRefused() {
    assertRefused("0063" + "0000" + "00000001" + "ffff", "unknown API key 99");
    assertRefused("ffff" + "0000" + "00000001" + "ffff", "unknown API key -1");
    assertRefused("0000" + "ffff" + "00000001" + "ffff", "ProduceRequest has no version -1");
    assertRefused("0004" + "0000" + "00000001" + "ffff", "LEADER_AND_ISR has no valid versions");
    assertRefused("00", "needs 2 bytes, 1 are left");
    assertRefused("000000", "needs 4 bytes, 3 are left");
    assertRefused("00000009" + "00000001" + "0005" + "61", "clientId: needs 5 bytes, 1 are left");
  }

  private static void assertRefused(String hex, String message) {
    WireReader in = new WireReader(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
    assertThatThrownBy(() -> Frame.readRequest(in))
        .isExactlyInstanceOf(WireException.class)
        .hasMessageContaining(message);
  }

  @Test
  void bodyOfAnotherApiIsRefused() {
    assertThatThrownBy(() -> Frame.ofRequest(ApiKey.PRODUCE, V9, 1, null, new MetadataRequest()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("PRODUCE asked for, but the body is a MetadataRequest");
  }

  @Test
  void recordsTravelBesideTheBytesAroundThem() {
    record Region(int size) implements Payload {}
    FetchResponse response = new FetchResponse();
    for (int size : new int[] {50_000, 60_000}) {
      FetchResponse.PartitionData partition = new FetchResponse.PartitionData();
      partition.records = new Region(size);
      FetchResponse.FetchableTopicResponse topic = new FetchResponse.FetchableTopicResponse();
      topic.topic = "t";
      topic.partitions.add(partition);
      response.responses.add(topic);
    }
    Frame frame = Frame.ofResponse(ApiKey.FETCH, (short) 12, 1, response);
    assertThat(frame.parts()).hasSize(5);
    assertThat(frame.parts().get(1)).isEqualTo(new Region(50_000));
    assertThat(frame.parts().get(3)).isEqualTo(new Region(60_000));
    long size = frame.parts().stream().mapToLong(Payload::size).sum();
    assertThat(frame.size()).isEqualTo(size);
    assertThat(((BufferPayload) frame.parts().get(0)).buffer().getInt()).isEqualTo((int) size - 4);
    assertThatThrownBy(frame::toBuffer).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void frameOver2GiBIsRefused() {
    record Region(int size) implements Payload {}
    ProduceRequest request = new ProduceRequest();
    ProduceRequest.TopicProduceData topic = new ProduceRequest.TopicProduceData();
    for (int i = 0; i < 2; i++) {
      ProduceRequest.PartitionProduceData partition = new ProduceRequest.PartitionProduceData();
      partition.records = new Region(Integer.MAX_VALUE - 100);
      topic.partitionData.add(partition);
    }
    request.topicData.add(topic);
    assertThatThrownBy(() -> Frame.ofRequest(ApiKey.PRODUCE, V9, 1, null, request))
        .isInstanceOf(WireException.class)
        .hasMessageContaining("limit 2147483647");
  }

  @Test
  void framesAreTakenOnceAllOfThemHasCome() {
    ByteBuffer two = ByteBuffer.wrap(HexFormat.of().parseHex("00000002aabb" + "00000001cc"));
    two.order(ByteOrder.LITTLE_ENDIAN);
    for (int limit : List.of(0, 3, 4, 5)) {
      assertThat(Frame.next(two.limit(limit), 2)).isNull();
      assertThat(two.position()).isZero();
    }
    two.limit(two.capacity());
    assertThat(hex(Frame.next(two, 2))).isEqualTo("aabb");
    assertThat(hex(Frame.next(two, 2))).isEqualTo("cc");
    assertThat(Frame.next(two, 2)).isNull();
  }

  @Test
  void frameOverTheLimitIsRefusedBeforeItHasCome() {
    ByteBuffer large = ByteBuffer.wrap(HexFormat.of().parseHex("00000003"));
    assertThatThrownBy(() -> Frame.next(large, 2))
        .isInstanceOf(WireException.class)
        .hasMessage("frame of 3 bytes, limit 2");
    ByteBuffer negative = ByteBuffer.wrap(HexFormat.of().parseHex("ffffffff"));
    assertThatThrownBy(() -> Frame.next(negative, 2))
        .isInstanceOf(WireException.class)
        .hasMessage("frame of -1 bytes, limit 2");
    ByteBuffer text = ByteBuffer.wrap("HTTP/1.1".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertThatThrownBy(() -> Frame.next(text, 2))
        .isInstanceOf(WireException.class)
        .hasMessage("frame of 1213486160 bytes (\"HTTP\"), limit 2");
  }

  private static ApiVersionsRequest request(String name, String version) {
    ApiVersionsRequest request = new ApiVersionsRequest();
    request.clientSoftwareName = name;
    request.clientSoftwareVersion = version;
    return request;
  }

  private static String hex(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
