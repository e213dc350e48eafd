package io.millrace.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.function.LongConsumer;
import org.apache.kafka.common.utils.internals.ByteUtils;
import org.junit.jupiter.api.Test;

class VarintTest {

  /** Every border where a length changes, and random numbers of every length. */
  private static void forNumbers(String test, LongConsumer check) {
    Random random = Seed.random(test);
    for (int bits = 0; bits < 64; bits++) {
      for (long near = -2; near <= 2; near++) {
        check.accept((1L << bits) + near);
        check.accept(-(1L << bits) + near);
      }
      for (int i = 0; i < 100; i++) {
        check.accept(random.nextLong() >> bits);
      }
    }
  }

  @Test
  void longsAreWrittenAndReadAsByKafka() {
    forNumbers(
        "longsAreWrittenAndReadAsByKafka",
        value -> {
          ByteBuffer theirs = ByteBuffer.allocate(Varint.LONG_BYTES_MAX);
          ByteUtils.writeVarlong(value, theirs);
          ByteBuffer ours = ByteBuffer.allocate(Varint.LONG_BYTES_MAX);
          assertThat(Varint.put(ours, 0, value))
              .isEqualTo(theirs.position())
              .isEqualTo(Varint.sizeOf(value));
          assertThat(ours.array()).isEqualTo(theirs.array());
          assertThat(Varint.getLong(ours)).isEqualTo(value);
          assertThat(ours.position()).isEqualTo(Varint.sizeOf(value));
        });
  }

  @Test
  void intsAreWrittenAndReadAsByKafka() {
    forNumbers(
        "intsAreWrittenAndReadAsByKafka",
        number -> {
          int value = (int) number;
          ByteBuffer theirs = ByteBuffer.allocate(Varint.INT_BYTES_MAX);
          ByteUtils.writeVarint(value, theirs);
          ByteBuffer ours = ByteBuffer.allocate(Varint.INT_BYTES_MAX);
          assertThat(Varint.put(ours, 0, value))
              .isEqualTo(theirs.position())
              .isEqualTo(Varint.sizeOf(value));
          assertThat(ours.array()).isEqualTo(theirs.array());
          assertThat(Varint.getInt(ours)).isEqualTo(value);
        });
  }

  @Test
  void whatDoesNotFitIsCorrupt() {
    assertThatThrownBy(() -> Varint.getInt(bytes(0xff, 0xff, 0xff, 0xff, 0x10)))
        .isInstanceOf(CorruptBatchException.class)
        .hasMessageContaining("32 bits");
    assertThatThrownBy(() -> Varint.getInt(bytes(0x80, 0x80, 0x80, 0x80, 0x80, 0)))
        .isInstanceOf(CorruptBatchException.class);
    assertThatThrownBy(
            () -> Varint.getLong(bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02)))
        .isInstanceOf(CorruptBatchException.class)
        .hasMessageContaining("64 bits");
    assertThatThrownBy(() -> Varint.getLong(bytes(0x80, 0x80)))
        .isInstanceOf(CorruptBatchException.class)
        .hasMessageContaining("cut off");
  }

  @Test
  void paddedNumbersAreRead() {
    assertThat(Varint.getInt(bytes(0x80, 0x80, 0x80, 0x80, 0x00))).isZero();
    assertThat(Varint.getLong(bytes(0x81, 0x80, 0x00))).isEqualTo(-1);
  }

  private static ByteBuffer bytes(int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length);
    for (int value : values) {
      bytes.put((byte) value);
    }
    return bytes.flip();
  }
}
