package io.millrace.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One compressor for many payloads does what a new one for each would. */
class CompressorTest {

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(buffer.position(), bytes);
    return bytes;
  }

  private static ByteBuffer direct(byte[] content) {
    return ByteBuffer.allocateDirect(content.length + 9)
        .put(5, content)
        .limit(content.length + 5)
        .position(5);
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void eachPayloadIsWhatItIsByItself(Compression codec) {
    Random random = Seed.random("eachPayloadIsWhatItIsByItself " + codec);
    try (Compressor compressor = Compressor.of(codec, codec.levelDefault())) {
      for (int round = 0; round < 2; round++) {
        for (byte[] plain : CompressionTest.contents(random)) {
          ByteBuffer from = direct(plain);
          byte[] packed = bytes(compressor.compress(from));
          assertThat(packed)
              .isEqualTo(bytes(codec.compress(ByteBuffer.wrap(plain), codec.levelDefault())));
          assertThat(from.position()).isEqualTo(5);
          assertThat(from.limit()).isEqualTo(plain.length + 5);
          assertThat(bytes(codec.expand(ByteBuffer.wrap(packed), plain.length))).isEqualTo(plain);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void payloadsMayLieInArraysOrBeReadOnly(Compression codec) {
    byte[] plain = "a line of a log, a line of a log, a line".repeat(3000).getBytes();
    try (Compressor compressor = Compressor.of(codec, codec.levelDefault())) {
      byte[] packed = bytes(compressor.compress(direct(plain)));
      ByteBuffer inside = ByteBuffer.wrap(plain, 0, plain.length);
      assertThat(bytes(compressor.compress(inside))).isEqualTo(packed);
      assertThat(bytes(compressor.compress(inside.asReadOnlyBuffer()))).isEqualTo(packed);
      assertThat(bytes(compressor.compress(direct(plain).asReadOnlyBuffer()))).isEqualTo(packed);
      assertThat(compressor.compress(direct(plain)).order()).isEqualTo(ByteOrder.BIG_ENDIAN);
    }
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void aSecondPayloadCostsNoGarbage(Compression codec) {
    ByteBuffer plain = direct("a line of a log, a line of a log, a line".repeat(2000).getBytes());
    try (Compressor compressor = Compressor.of(codec, codec.levelDefault())) {
      long least = Long.MAX_VALUE;
      for (int i = 0; i < 20; i++) {
        long before = Allocation.ofThisThread();
        compressor.compress(plain);
        least = Math.min(least, Allocation.ofThisThread() - before);
      }
      assertThat(least).as("bytes allocated for 80,000").isLessThan(4096);
    }
  }

  @Test
  void levelsOutOfRangeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Compressor.of(Compression.ZSTD, 23))
        .withMessageContaining("zstd has levels");
  }

  @Test
  void everyLevelExpandsAgain() {
    byte[] plain = "level after level after level".repeat(4000).getBytes();
    for (Compression codec : Compression.values()) {
      for (int level = Math.max(codec.levelMin(), -5); level <= codec.levelMax(); level++) {
        try (Compressor compressor = Compressor.of(codec, level)) {
          ByteBuffer packed = compressor.compress(direct(plain));
          assertThat(bytes(codec.expand(packed, plain.length)))
              .as("%s %d", codec, level)
              .isEqualTo(plain);
        }
      }
    }
  }
}
