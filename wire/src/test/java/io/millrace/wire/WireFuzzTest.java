package io.millrace.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Fuzz targets. A plain build runs the seeds only. With {@code JAZZER_FUZZ=1} in the environment,
 * {@code mvn -pl wire -am test -Dtest='WireFuzzTest#bodies'
 * -Dsurefire.failIfNoSpecifiedTests=false} looks for more inputs, for as long as the annotation
 * says.
 */
class WireFuzzTest {

  /** Three bytes choose the message: API key, version, and whether it is a response. */
  @MethodSource("someBodies")
  @FuzzTest(maxDuration = "3m")
  void bodies(byte[] data) {
    if (data.length < 3) {
      return;
    }
    ApiKey key = ApiKey.forId(data[0] & 0xFF);
    if (key == null || !key.isValid(data[1])) {
      return;
    }
    boolean response = (data[2] & 1) == 1;
    ByteBuffer body = ByteBuffer.wrap(data, 3, data.length - 3);
    Message message;
    try {
      message = read(key, data[1], response, body);
    } catch (WireException refused) {
      return;
    }
    ByteBuffer once = write(message, data[1]);
    ByteBuffer twice = write(read(key, data[1], response, once), data[1]);
    assertThat(twice).isEqualTo(once);
    assertThat(message.toString()).hasSizeLessThan(8 * WireText.CHARS_MAX);
  }

  @MethodSource("someFrames")
  @FuzzTest(maxDuration = "1m")
  void frames(byte[] data) {
    ByteBuffer received = ByteBuffer.wrap(data);
    try {
      ByteBuffer frame = Frame.next(received, 1 << 20);
      if (frame == null) {
        return;
      }
      Frame.Request request = Frame.readRequest(new WireReader(frame));
      Frame again =
          Frame.ofRequest(
              request.key(),
              request.header().requestApiVersion,
              request.header().correlationId,
              request.header().clientId,
              request.body());
      ByteBuffer bytes = again.toBuffer();
      assertThat(Frame.next(bytes, Integer.MAX_VALUE)).isNotNull();
      assertThat(bytes.remaining()).isZero();
    } catch (WireException refused) {
      // That is the other answer there may be.
    }
  }

  static Stream<byte[]> someBodies() {
    Random random = new Random(1);
    return KafkaMessages.all().stream()
        .filter(version -> isEndOfRange(version, Values.fill(version.ours(), Map.of())))
        .map(version -> {
          var content = new RandomValues(random, RandomValues.Style.FULL).struct(version.schema());
          Message message = Values.fill(version.ours(), content);
          ByteBuffer body = version.encode(message);
          boolean response = version.name().endsWith("Response");
          return ByteBuffer.allocate(3 + body.remaining())
              .put((byte) message.apiKey())
              .put((byte) version.version())
              .put((byte) (response ? 1 : 0))
              .put(body)
              .array();
        });
  }

  private static boolean isEndOfRange(KafkaMessages.Version version, Message message) {
    return message.apiKey() >= 0
        && (version.version() == message.lowestSupportedVersion()
            || version.version() == message.highestSupportedVersion());
  }

  static Stream<byte[]> someFrames() {
    return Stream.of(ApiKey.values())
        .filter(ApiKey::hasVersions)
        .map(key -> {
          Message body = defaultRequest(key);
          return Frame.ofRequest(key, key.highestVersion(), 1, "c", body).toBuffer().array();
        });
  }

  private static Message defaultRequest(ApiKey key) {
    return KafkaMessages.all().stream()
        .filter(version -> version.name().endsWith("Request"))
        .map(version -> (Message) Values.fill(version.ours(), Map.of()))
        .filter(message -> message.apiKey() == key.id())
        .findFirst()
        .orElseThrow();
  }

  private static Message read(ApiKey key, short version, boolean response, ByteBuffer body) {
    WireReader in = new WireReader(body);
    return response ? key.readResponse(in, version) : key.readRequest(in, version);
  }

  private static ByteBuffer write(Message message, short version) {
    WireWriter out = new WireWriter();
    message.write(out, version);
    return out.toBuffer();
  }
}
