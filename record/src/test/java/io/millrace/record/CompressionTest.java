package io.millrace.record;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.record.CompressionException.Reason;
import io.millrace.record.RawBatch.Payload;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG.Bits;
import net.jpountz.xxhash.XXHashFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.xerial.snappy.Snappy;
import org.xerial.snappy.SnappyInputStream;

class CompressionTest {
  private static final int MIB = 1024 * 1024;

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(buffer.position(), bytes);
    return bytes;
  }

  private static byte[] expand(Compression compression, byte[] packed, int max) {
    return bytes(compression.expand(ByteBuffer.wrap(packed), max));
  }

  private static byte[] compress(Compression compression, byte[] plain) {
    return bytes(compression.compress(ByteBuffer.wrap(plain), compression.levelDefault()));
  }

  /** Sizes around every block border, compressible and not. */
  static List<byte[]> contents(Random random) {
    List<byte[]> contents = new ArrayList<>();
    for (int size :
        new int[] {
          0, 1, 2, 7, 100, 511, 512, 513, 32767, 32768, 32769, 65535, 65536, 65537, 300_000
        }) {
      byte[] noise = new byte[size];
      random.nextBytes(noise);
      contents.add(noise);
      byte[] words = new byte[size];
      for (int i = 0; i < size; i++) {
        words[i] = (byte) "millrace ".charAt((i + random.nextInt(2)) % 9);
      }
      contents.add(words);
      contents.add(new byte[size]);
    }
    return contents;
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void whatIsCompressedExpandsAgain(Compression compression) {
    for (byte[] plain : contents(Seed.random("whatIsCompressedExpandsAgain " + compression))) {
      byte[] packed = compress(compression, plain);
      assertThat(expand(compression, packed, plain.length)).isEqualTo(plain);
      ByteBuffer direct =
          ByteBuffer.allocateDirect(packed.length + 20)
              .put(7, packed)
              .position(7)
              .limit(7 + packed.length);
      assertThat(bytes(compression.expand(direct.asReadOnlyBuffer(), MIB))).isEqualTo(plain);
      assertThat(direct.position()).isEqualTo(7);
    }
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void theLimitIsInclusive(Compression compression) {
    for (byte[] plain : contents(Seed.random("theLimitIsInclusive " + compression))) {
      if (plain.length > 0) {
        byte[] packed = compress(compression, plain);
        assertThatThrownBy(() -> expand(compression, packed, plain.length - 1))
            .isInstanceOf(CompressionException.class)
            .hasMessage(
                "the batch expands to more than the allowed " + (plain.length - 1) + " bytes")
            .extracting(e -> ((CompressionException) e).reason())
            .isEqualTo(Reason.LIMIT);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void everyLevelExpandsAgain(Compression compression) {
    byte[] plain = contents(new Random(1)).get(40);
    int min = Math.max(compression.levelMin(), -50);
    for (int level = min; level <= compression.levelMax(); level++) {
      ByteBuffer packed = compression.compress(ByteBuffer.wrap(plain), level);
      assertThat(bytes(compression.expand(packed, MIB))).as("level %d", level).isEqualTo(plain);
    }
  }

  @Test
  void levelsOutOfRangeAreRefused() {
    for (Compression compression : List.of(Compression.GZIP, Compression.LZ4, Compression.ZSTD)) {
      for (int level :
          new int[] {compression.levelMax() + 1, compression.levelMin() - 1, Integer.MAX_VALUE}) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> compression.compress(ByteBuffer.allocate(1), level))
            .withMessageContaining(
                "levels " + compression.levelMin() + " to " + compression.levelMax());
      }
    }
  }

  @Test
  void codesAndNamesAreKafkas() {
    for (Compression compression : Compression.values()) {
      assertThat(
              org.apache.kafka.common.record.internal.CompressionType.forId(compression.code())
                  .name)
          .isEqualTo(compression.lowerCaseName());
      assertThat(Compression.ofCode(compression.code())).isEqualTo(compression);
    }
    assertThat(Stream.of(-1, 5, 6, 7, Integer.MAX_VALUE).map(Compression::ofCode))
        .containsOnlyNulls();
  }

  @Test
  void theLibrariesOwnReadersReadWhatWeWrite() throws IOException {
    for (byte[] plain : contents(Seed.random("theLibrariesOwnReadersReadWhatWeWrite"))) {
      assertThat(new GZIPInputStream(input(Compression.GZIP, plain)).readAllBytes())
          .isEqualTo(plain);
      assertThat(new SnappyInputStream(input(Compression.SNAPPY, plain)).readAllBytes())
          .isEqualTo(plain);
      assertThat(new LZ4FrameInputStream(input(Compression.LZ4, plain)).readAllBytes())
          .isEqualTo(plain);
    }
  }

  private static ByteArrayInputStream input(Compression compression, byte[] plain) {
    return new ByteArrayInputStream(compress(compression, plain));
  }

  @Test
  void snappyIsReadAsOneRawBlockAndAsConcatenatedStreams() throws IOException {
    for (byte[] plain :
        contents(Seed.random("snappyIsReadAsOneRawBlockAndAsConcatenatedStreams"))) {
      assertThat(expand(Compression.SNAPPY, Snappy.compress(plain), plain.length)).isEqualTo(plain);
      byte[] stream = compress(Compression.SNAPPY, plain);
      assertThat(expand(Compression.SNAPPY, twice(stream), MIB)).isEqualTo(twice(plain));
    }
  }

  @Test
  void gzipAndZstdAreReadAsConcatenatedFrames() {
    for (byte[] plain : contents(Seed.random("gzipAndZstdAreReadAsConcatenatedFrames"))) {
      for (Compression compression : List.of(Compression.GZIP, Compression.ZSTD)) {
        byte[] stream = compress(compression, plain);
        assertThat(expand(compression, twice(stream), MIB)).isEqualTo(twice(plain));
      }
    }
  }

  private static byte[] twice(byte[] bytes) {
    byte[] twice = Arrays.copyOf(bytes, 2 * bytes.length);
    System.arraycopy(bytes, 0, twice, bytes.length, bytes.length);
    return twice;
  }

  @Test
  void thousandsOfEmptyGzipMembersTakeNoStack() {
    byte[] member = compress(Compression.GZIP, new byte[0]);
    byte[] members = new byte[member.length * 50_000];
    for (int i = 0; i < members.length; i++) {
      members[i] = member[i % member.length];
    }
    assertThat(expand(Compression.GZIP, members, 0)).isEmpty();
  }

  @Test
  void gzipHeadersMayCarryEverything() {
    byte[] plain = "content".getBytes(US_ASCII);
    byte[] member = compress(Compression.GZIP, plain);
    byte[] packed =
        new Payload()
            .raw(Arrays.copyOf(member, 3))
            .raw(0x02 | 0x04 | 0x08 | 0x10)
            .raw(Arrays.copyOfRange(member, 4, 10))
            .raw(3, 0, 'a', 'b', 'c') // extra
            .raw("name\0comment\0".getBytes(US_ASCII))
            .raw(0, 0) // header CRC
            .raw(Arrays.copyOfRange(member, 10, member.length))
            .bytes();
    assertThat(expand(Compression.GZIP, packed, 100)).isEqualTo(plain);
    for (int length = 0; length < packed.length; length++) {
      assertMalformed(Compression.GZIP, Arrays.copyOf(packed, length));
    }
  }

  @Test
  void everyLz4FrameOfItsLibraryIsRead() throws IOException {
    for (byte[] plain : contents(Seed.random("everyLz4FrameOfItsLibraryIsRead"))) {
      for (BLOCKSIZE size : BLOCKSIZE.values()) {
        assertThat(expand(Compression.LZ4, frame(plain, size), MIB)).isEqualTo(plain);
        byte[] packed =
            frame(plain, size, Bits.BLOCK_CHECKSUM, Bits.CONTENT_CHECKSUM, Bits.CONTENT_SIZE);
        assertThat(expand(Compression.LZ4, packed, MIB)).isEqualTo(plain);
      }
    }
  }

  private static byte[] frame(byte[] plain, BLOCKSIZE size, Bits... bits) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    Bits[] all = Arrays.copyOf(bits, bits.length + 1);
    all[bits.length] = Bits.BLOCK_INDEPENDENCE;
    try (LZ4FrameOutputStream out = new LZ4FrameOutputStream(packed, size, plain.length, all)) {
      out.write(plain);
    }
    return packed.toByteArray();
  }

  @Test
  void everyFlippedBitOfAnLz4FrameWithChecksumsIsNoticed() throws IOException {
    byte[] plain = "a frame with checksums, a frame with checksums".getBytes(US_ASCII);
    byte[] packed =
        frame(
            plain,
            BLOCKSIZE.SIZE_64KB,
            Bits.BLOCK_CHECKSUM,
            Bits.CONTENT_CHECKSUM,
            Bits.CONTENT_SIZE);
    for (int bit = 0; bit < 8 * packed.length; bit++) {
      byte[] damaged = packed.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      assertMalformed(Compression.LZ4, damaged);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"GZIP", "SNAPPY", "LZ4", "ZSTD"})
  void whateverIsCutOffIsMalformedOrShorter(Compression compression) {
    byte[] plain = contents(new Random(2)).get(31);
    byte[] packed = compress(compression, plain);
    for (int length = 0; length < packed.length; length += 1 + length / 50) {
      byte[] cut = Arrays.copyOf(packed, length);
      if (compression == Compression.SNAPPY) {
        // A chunk more or less is not noticed: the stream has no end mark. The records do not fit
        // then.
        try {
          assertThat(expand(compression, cut, MIB)).hasSizeLessThan(plain.length);
        } catch (CompressionException e) {
          assertThat(e.reason()).isEqualTo(Reason.MALFORMED);
        }
      } else {
        assertMalformed(compression, cut);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"GZIP", "SNAPPY", "LZ4", "ZSTD"})
  void garbageAfterTheEndIsMalformed(Compression compression) {
    byte[] packed = compress(compression, "content".getBytes(US_ASCII));
    assertMalformed(compression, Arrays.copyOf(packed, packed.length + 1));
    assertMalformed(compression, Arrays.copyOf(packed, packed.length + 40));
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"GZIP", "SNAPPY", "LZ4", "ZSTD"})
  void noiseIsMalformedOrWithinTheLimit(Compression compression) {
    Random random = Seed.random("noiseIsMalformedOrWithinTheLimit " + compression);
    byte[] packed = compress(compression, contents(random).get(25));
    for (int i = 0; i < 2000; i++) {
      byte[] noise = i % 2 == 0 ? packed.clone() : new byte[random.nextInt(100)];
      for (int n = 0; n < (i % 2 == 0 ? 3 : 100) && noise.length > 0; n++) {
        noise[random.nextInt(noise.length)] = (byte) random.nextInt();
      }
      try {
        assertThat(expand(compression, noise, 100_000)).hasSizeLessThanOrEqualTo(100_000);
      } catch (CompressionException e) {
        assertThat(e.reason()).isIn(Reason.MALFORMED, Reason.LIMIT);
      }
    }
  }

  // Lies.

  private static Arguments lie(String name, Compression compression, Reason reason, byte[] packed) {
    return Arguments.of(name, compression, reason, packed);
  }

  private static byte[] hex(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  private static byte[] xerial(String hex) {
    return hex("82534e4150505900 00000001 00000001" + hex);
  }

  /** An LZ4 frame whose header has a checksum that fits, followed by {@code rest}. */
  private static byte[] lz4(int flags, int descriptor, String rest) {
    byte[] header = {(byte) flags, (byte) descriptor};
    int checksum = XXHashFactory.fastestInstance().hash32().hash(header, 0, 2, 0) >> 8 & 0xff;
    return new Payload()
        .raw(0x04, 0x22, 0x4d, 0x18)
        .raw(header)
        .raw(checksum)
        .raw(hex(rest))
        .bytes();
  }

  static Stream<Arguments> lies() {
    Compression snappy = Compression.SNAPPY;
    Compression lz4 = Compression.LZ4;
    Compression zstd = Compression.ZSTD;
    return Stream.of(
        lie("nothing", snappy, Reason.MALFORMED, new byte[0]),
        lie("chunk length -1", snappy, Reason.MALFORMED, xerial("ffffffff 0100ff")),
        lie("chunk length -2^31", snappy, Reason.MALFORMED, xerial("80000000 0100ff")),
        lie("chunk length 2^31-1", snappy, Reason.MALFORMED, xerial("7fffffff 0100ff")),
        lie("chunk length 0", snappy, Reason.MALFORMED, xerial("00000000")),
        lie("chunk length cut off", snappy, Reason.MALFORMED, xerial("0000")),
        lie("chunk past the end", snappy, Reason.MALFORMED, xerial("00000004 0100ff")),
        lie(
            "chunk expanding to 2^31-1",
            snappy,
            Reason.MALFORMED,
            xerial("00000006 ffffffff07 00")),
        lie(
            "chunk expanding to 2^32-1",
            snappy,
            Reason.MALFORMED,
            xerial("00000006 ffffffff0f 00")),
        lie(
            "chunk length of 6 bytes",
            snappy,
            Reason.MALFORMED,
            xerial("00000007 ffffffffff0f 00")),
        lie("block expanding to 2^31-1", snappy, Reason.MALFORMED, hex("ffffffff07 00")),
        lie("block expanding to 10^8", snappy, Reason.MALFORMED, hex("80c2d72f 00")),
        lie("block expanding to 2^32-1", snappy, Reason.MALFORMED, hex("ffffffff0f 00")),
        lie("block of less than it says", snappy, Reason.MALFORMED, hex("05 04 6161")),
        lie("block of more than it says", snappy, Reason.MALFORMED, hex("01 04 6161")),
        lie("copy before the beginning", snappy, Reason.MALFORMED, hex("08 00 61 1505")),
        lie(
            "xerial version 0",
            snappy,
            Reason.MALFORMED,
            hex("82534e4150505900 00000000 00000001")),
        lie("nothing", lz4, Reason.MALFORMED, new byte[0]),
        lie("another magic", lz4, Reason.MALFORMED, hex("04224d19 604082 00000000")),
        lie("legacy magic", lz4, Reason.MALFORMED, hex("02214c18 00000000 00000000")),
        lie("skippable frame", lz4, Reason.MALFORMED, hex("502a4d18 00000000 00000000")),
        lie("version 0", lz4, Reason.MALFORMED, lz4(0x20, 0x40, "00000000")),
        lie("version 3", lz4, Reason.MALFORMED, lz4(0xe0, 0x40, "00000000")),
        lie("dependent blocks", lz4, Reason.MALFORMED, lz4(0x40, 0x40, "00000000")),
        lie("reserved flag", lz4, Reason.MALFORMED, lz4(0x62, 0x40, "00000000")),
        lie("dictionary", lz4, Reason.MALFORMED, lz4(0x61, 0x40, "00000000")),
        lie("block size code 3", lz4, Reason.MALFORMED, lz4(0x60, 0x30, "00000000")),
        lie("reserved descriptor bit", lz4, Reason.MALFORMED, lz4(0x60, 0xc0, "00000000")),
        lie("header checksum", lz4, Reason.MALFORMED, hex("04224d18 604083 00000000")),
        lie("block of 2^31-1", lz4, Reason.MALFORMED, lz4(0x60, 0x40, "ffffff7f 00")),
        lie("open block of 2^31-1", lz4, Reason.MALFORMED, lz4(0x60, 0x40, "ffffffff 00")),
        lie(
            "block above the block size",
            lz4,
            Reason.MALFORMED,
            lz4(0x60, 0x40, "01000100" + "00".repeat(65537))),
        lie("block past the end", lz4, Reason.MALFORMED, lz4(0x60, 0x70, "00100000 1061")),
        lie("open block of nothing", lz4, Reason.MALFORMED, lz4(0x60, 0x40, "00000080 00000000")),
        lie(
            "match before the beginning",
            lz4,
            Reason.MALFORMED,
            lz4(0x60, 0x40, "05000000 1061ff0000 00000000")),
        lie("no end", lz4, Reason.MALFORMED, lz4(0x60, 0x40, "01000080 61")),
        lie("nothing", zstd, Reason.MALFORMED, new byte[0]),
        lie("another magic", zstd, Reason.MALFORMED, hex("28b52ffe 00 00 010000")),
        lie("window of 2 GiB", zstd, Reason.MALFORMED, hex("28b52ffd 00 a8 0b0000 61")),
        lie("window of 3.75 TiB", zstd, Reason.MALFORMED, hex("28b52ffd 00 ff 0b0000 61")),
        lie(
            "content of 2^62 in one segment",
            zstd,
            Reason.MALFORMED,
            hex("28b52ffd e0 0000000000000040 0b0000 61")),
        lie(
            "content of 2^62 in a small window",
            zstd,
            Reason.MALFORMED,
            hex("28b52ffd c0 00 0000000000000040 0b0000 61")),
        lie("reserved block type", zstd, Reason.MALFORMED, hex("28b52ffd 00 50 070000 61")),
        lie("block past the end", zstd, Reason.MALFORMED, hex("28b52ffd 00 50 ffff00 61")),
        lie("dictionary", zstd, Reason.MALFORMED, hex("28b52ffd 01 50 07 0b0000 61")),
        lie("nothing", Compression.GZIP, Reason.MALFORMED, new byte[0]),
        lie(
            "another magic",
            Compression.GZIP,
            Reason.MALFORMED,
            hex("1f8c0800000000000000 0300 00000000 00000000")),
        lie(
            "another method",
            Compression.GZIP,
            Reason.MALFORMED,
            hex("1f8b0700000000000000 0300 00000000 00000000")),
        lie(
            "reserved flags",
            Compression.GZIP,
            Reason.MALFORMED,
            hex("1f8b0820000000000000 0300 00000000 00000000")),
        lie(
            "extra field past the end",
            Compression.GZIP,
            Reason.MALFORMED,
            hex("1f8b0804000000000000 ffff 0300")),
        lie(
            "name without end",
            Compression.GZIP,
            Reason.MALFORMED,
            hex("1f8b0808000000000000 616161616161616161")),
        lie(
            "reserved deflate block",
            Compression.GZIP,
            Reason.MALFORMED,
            hex("1f8b0800000000000000 0700 00000000 00000000")),
        lie(
            "wrong CRC",
            Compression.GZIP,
            Reason.MALFORMED,
            hex("1f8b0800000000000000 0300 01000000 00000000")),
        lie(
            "wrong size",
            Compression.GZIP,
            Reason.MALFORMED,
            hex("1f8b0800000000000000 0300 00000000 01000000")));
  }

  @ParameterizedTest(name = "{1}: {0}")
  @MethodSource("lies")
  void aLieIsRefusedInLittleMemory(
      String name, Compression compression, Reason reason, byte[] packed) {
    expandQuietly(compression, packed); // loads the codec
    long before = Allocation.ofThisThread();
    CompressionException refused =
        catchThrowableOfType(
            CompressionException.class, () -> compression.expand(ByteBuffer.wrap(packed), 1 << 30));
    long allocated = Allocation.ofThisThread() - before;
    assertThat(refused).isNotNull();
    assertThat(refused.reason()).isEqualTo(reason);
    assertThat(refused).hasMessageStartingWith(compression.lowerCaseName() + ": ");
    assertThat(allocated).as("bytes allocated").isLessThan(5 * MIB);
  }

  private static void expandQuietly(Compression compression, byte[] packed) {
    try {
      compression.expand(ByteBuffer.wrap(packed), 1 << 30);
    } catch (CompressionException expected) {
      // Looked at by the caller.
    }
  }

  @Test
  void aZstdWindowOfUpTo128MibIsRead() {
    byte[] twoToThe27 = hex("28b52ffd 00 88 0b0000 61");
    byte[] twoToThe27AndAnEighth = hex("28b52ffd 00 89 0b0000 61");
    assertThat(expand(Compression.ZSTD, twoToThe27, 1)).isEqualTo(new byte[] {'a'});
    assertMalformed(Compression.ZSTD, twoToThe27AndAnEighth);
  }

  @Test
  void anEmptyFrameIsAnEmptyPayload() {
    assertThat(expand(Compression.LZ4, lz4(0x60, 0x40, "00000000"), 0)).isEmpty();
    assertThat(expand(Compression.ZSTD, hex("28b52ffd 20 00 010000"), 0)).isEmpty();
    assertThat(expand(Compression.SNAPPY, xerial(""), 0)).isEmpty();
    assertThat(expand(Compression.SNAPPY, hex("00"), 0)).isEmpty();
  }

  private static void assertMalformed(Compression compression, byte[] packed) {
    assertThatThrownBy(() -> expand(compression, packed, MIB))
        .isInstanceOf(CompressionException.class)
        .extracting(e -> ((CompressionException) e).reason())
        .isEqualTo(Reason.MALFORMED);
  }

  @Test
  void gzipIsWhatTheJdkWritesToo() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    byte[] plain = contents(new Random(3)).get(40);
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(plain);
    }
    byte[] ours = compress(Compression.GZIP, plain);
    byte[] theirs = packed.toByteArray();
    theirs[9] = ours[9]; // the operating system
    assertThat(ours).isEqualTo(theirs);
    assertThat(ByteBuffer.wrap(ours).order(ByteOrder.LITTLE_ENDIAN).getInt(ours.length - 4))
        .isEqualTo(plain.length);
  }
}
