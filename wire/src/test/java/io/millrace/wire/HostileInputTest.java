package io.millrace.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.millrace.wire.KafkaMessages.Version;
import io.millrace.wire.RandomValues.Style;
import io.millrace.wire.message.MetadataRequest;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.protocol.types.Schema;
import org.junit.jupiter.api.Test;

/**
 * Input that lies. Whatever comes in, {@link WireException} is all that comes out, and the memory
 * taken stays within a multiple of the bytes that came.
 */
class HostileInputTest {
  /** Bytes allocated for a byte of input, at most: an element of one byte becomes an object. */
  private static final int INFLATION_MAX = 64;

  /** Bytes allocated whatever the input: the message itself, an exception and its stack trace. */
  private static final int OVERHEAD_MAX = 64 * 1024;

  private static final Random RANDOM = Seed.random(HostileInputTest.class);

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Test
  void everyBeginningOfEveryMessageIsRefused() {
    for (Version version : KafkaMessages.all()) {
      ByteBuffer whole = sample(version);
      for (int length = 0; length < whole.remaining(); length++) {
        ByteBuffer cut = whole.slice(0, length);
        assertThatThrownBy(() -> version.decodeOurs(cut))
            .as("%s, %d of %d bytes", version, length, whole.remaining())
            .isExactlyInstanceOf(WireException.class);
      }
    }
  }

  /** Every count and length lies at some byte, so each byte of each message is made to lie. */
  @Test
  void everyNumberMayBeAsLargeAsItCan() {
    List<byte[]> lies =
        List.of(
            bytes(0x7F, 0xFF, 0xFF, 0xFF),
            bytes(0xFF, 0xFF, 0xFF, 0xFE),
            bytes(0x7F, 0xFF),
            // Varints take the place of one byte.
            bytes(0xFF, 0xFF, 0xFF, 0xFF, 0x07),
            bytes(0xFF, 0xFF, 0xFF, 0xFF, 0x0F),
            bytes(0xFF, 0xFF, 0xFF, 0xFF, 0xFF),
            bytes(0xFF, 0xFF, 0x03));
    long decoded = 0;
    long refused = 0;
    for (Version version : KafkaMessages.all()) {
      byte[] whole = array(sample(version));
      for (byte[] lie : lies) {
        for (int at = 0; at < whole.length; at++) {
          refused += decodes(version, replaced(whole, at, lie)) ? 0 : 1;
          decoded++;
        }
      }
    }
    System.out.printf("lying numbers: %,d inputs, %,d refused%n", decoded, refused);
    assertThat(refused).isBetween(decoded / 4, decoded);
  }

  @Test
  void randomBytesAreRefusedOrDecoded() {
    for (Version version : KafkaMessages.all()) {
      for (int i = 0; i < 50; i++) {
        byte[] bytes = new byte[RANDOM.nextInt(200)];
        RANDOM.nextBytes(bytes);
        // Small numbers get further into a message than large ones.
        for (int at = 0; at < bytes.length; at++) {
          bytes[at] = RANDOM.nextInt(3) == 0 ? bytes[at] : (byte) RANDOM.nextInt(4);
        }
        decodes(version, bytes);
      }
    }
  }

  @Test
  void aListOfTheSmallestElementsInflatesWithinTheBound() {
    double worst = 0;
    String worstAt = "";
    for (Version version : KafkaMessages.all()) {
      for (FieldPath list : FieldPath.of(version.schema())) {
        if (list.type().isArray()) {
          var element = list.type().arrayElementType().orElseThrow();
          Object smallest =
              element instanceof Schema struct
                  ? FieldPath.defaults(struct)
                  : element.toString().endsWith("STRING") ? "" : null;
          if (smallest != null) {
            var content = list.with(Collections.nCopies(600, smallest));
            ByteBuffer bytes = version.encode(Values.fill(version.ours(), content));
            long allocated = allocated(() -> version.decodeOurs(bytes));
            double inflation = (double) allocated / bytes.remaining();
            assertThat(inflation).as(version + " " + list).isLessThan(INFLATION_MAX);
            if (inflation > worst) {
              worst = inflation;
              worstAt = version + " " + list;
            }
          }
        }
      }
    }
    System.out.printf("most memory for a byte of input: %.1f bytes, %s%n", worst, worstAt);
  }

  @Test
  void elementsOverTheBudgetAreRefusedBeforeTheyAreRead() {
    MetadataRequest request = new MetadataRequest();
    for (int i = 0; i < 1000; i++) {
      request.topics.add(new MetadataRequest.MetadataRequestTopic());
    }
    WireWriter out = new WireWriter();
    request.write(out, (short) 9);
    ByteBuffer bytes = out.toBuffer();
    assertThat(MetadataRequest.read(new WireReader(bytes, 1000), (short) 9).topics).hasSize(1000);
    assertThatThrownBy(() -> MetadataRequest.read(new WireReader(bytes, 999), (short) 9))
        .isInstanceOf(WireException.class)
        .hasMessage("topics: 1000 elements after 0 in this message, limit 999, at byte 2");
  }

  @Test
  void theBudgetIsSharedByAllListsOfAMessage() {
    WireWriter out = new WireWriter();
    for (int i = 0; i < 3; i++) {
      out.writeStringList("names", List.of("a", "b"), true, false);
    }
    WireReader in = new WireReader(out.toBuffer(), 5);
    in.readStringList("names", true);
    in.readStringList("names", true);
    assertThatThrownBy(() -> in.readStringList("names", true))
        .hasMessageContaining("2 elements after 4 in this message, limit 5");
  }

  /** Decodes or is refused, within the bound of memory; returns whether it was decoded. */
  private static boolean decodes(Version version, byte[] bytes) {
    boolean[] decoded = {false};
    Runnable decode =
        () -> {
          try {
            version.decodeOurs(new WireReader(ByteBuffer.wrap(bytes)));
            decoded[0] = true;
          } catch (WireException expected) {
            decoded[0] = false;
          }
        };
    long bound = (long) INFLATION_MAX * bytes.length + OVERHEAD_MAX;
    // The first time a class is loaded or a call site linked, which is not the input's doing.
    if (allocated(decode) > bound && allocated(decode) > bound) {
      long allocated = allocated(decode);
      assertThat(allocated).as("%s, %d bytes of input", version, bytes.length).isLessThan(bound);
    }
    return decoded[0];
  }

  private static long allocated(Runnable work) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    work.run();
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  private static ByteBuffer sample(Version version) {
    var content = new RandomValues(RANDOM, Style.FULL).struct(version.schema());
    return version.encode(Values.fill(version.ours(), content));
  }

  private static byte[] array(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(0, bytes);
    return bytes;
  }

  /** Numbers of two and four bytes are written over, varints take the place of one byte. */
  private static byte[] replaced(byte[] whole, int at, byte[] lie) {
    int over = lie.length % 2 == 0 ? lie.length : 1;
    int rest = Math.max(0, whole.length - at - over);
    byte[] bytes = new byte[at + lie.length + rest];
    System.arraycopy(whole, 0, bytes, 0, at);
    System.arraycopy(lie, 0, bytes, at, lie.length);
    System.arraycopy(whole, whole.length - rest, bytes, at + lie.length, rest);
    return bytes;
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
