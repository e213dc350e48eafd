package io.millrace.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.record.BatchRules.Depth;
import io.millrace.record.BatchVerdict.Accepted;
import io.millrace.record.BatchVerdict.Refused;
import io.millrace.record.RawBatch.Payload;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.xxhash.XXHashFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xerial.snappy.Snappy;

/**
 * Small batches that expand to a lot: what a limit of 16 MiB costs them, in time and memory.
 *
 * @see <a href="https://nvd.nist.gov/vuln/detail/CVE-2023-34455">CVE-2023-34455</a>,
 *     CVE-2023-43642, CVE-2025-58057
 */
class BombTest {
  private static final int MIB = 1024 * 1024;
  private static final BatchRules RULES =
      BatchRules.DEFAULT.withDepth(Depth.FULL).withBytesMax(2 * MIB, 16 * MIB);

  private static BatchVerdict checkBounded(
      RecordBatchValidator validator, ByteBuffer batch, long heapBytesMax) {
    validator.check(batch, 0, batch.limit(), RULES, BatchSpec.NOW); // loads the codec
    long began = System.nanoTime();
    long before = Allocation.ofThisThread();
    BatchVerdict verdict = validator.check(batch, 0, batch.limit(), RULES, BatchSpec.NOW);
    assertThat(Allocation.ofThisThread() - before).as("heap bytes").isLessThan(heapBytesMax);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
    return verdict;
  }

  private static void assertTooLarge(BatchVerdict verdict) {
    assertThat(verdict)
        .isEqualTo(
            new Refused(
                Refusal.MESSAGE_TOO_LARGE,
                Refused.NO_RECORD,
                "the batch expands to more than the allowed 16777216 bytes"));
  }

  /** 320 GiB in 2 MiB: blocks of 128 KiB that are one repeated byte, three bytes of header each. */
  private static byte[] zstdOfGibibytes(Payload head, int size) {
    byte[] first = head.bytes();
    ByteBuffer frame = ByteBuffer.allocate(size).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    frame.put(HexFormat.of().parseHex("28b52ffd0070")); // a window of 16 MiB
    putZstdBlock(frame, 0, first.length, false);
    frame.put(first);
    while (frame.remaining() > 8) {
      putZstdBlock(frame, 1, 128 * 1024, false);
      frame.put((byte) 0);
    }
    putZstdBlock(frame, 0, 0, true);
    return Arrays.copyOf(frame.array(), frame.position());
  }

  private static void putZstdBlock(ByteBuffer frame, int type, int size, boolean last) {
    int header = size << 3 | type << 1 | (last ? 1 : 0);
    frame.put((byte) header).put((byte) (header >> 8)).put((byte) (header >> 16));
  }

  /** Half a gibibyte in 2 MiB: blocks of 4 MiB of zeros. */
  private static byte[] lz4OfHalfAGibibyte(Payload head) {
    byte[] packed = LZ4Factory.fastestInstance().fastCompressor().compress(new byte[4 * MIB]);
    int checksum =
        XXHashFactory.fastestInstance().hash32().hash(new byte[] {0x60, 0x70}, 0, 2, 0) >> 8 & 0xff;
    byte[] first = head.bytes();
    Payload frame = new Payload().raw(0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, checksum);
    frame.raw(little(first.length | 0x80000000)).raw(first);
    for (int i = 0; i < 120; i++) {
      frame.raw(little(packed.length)).raw(packed);
    }
    return frame.raw(little(0)).bytes();
  }

  private static byte[] little(int value) {
    return ByteBuffer.allocate(4).putInt(Integer.reverseBytes(value)).array();
  }

  /** 2 GiB in 2 MiB: members of zeros one after the other. */
  private static byte[] gzipOfGibibytes(Payload head) {
    Payload members = new Payload().raw(packed(Compression.GZIP, head.bytes()));
    byte[] zeros = packed(Compression.GZIP, new byte[10 * MIB]);
    for (int i = 0; i < 200; i++) {
      members.raw(zeros);
    }
    return members.bytes();
  }

  private static byte[] packed(Compression compression, byte[] plain) {
    ByteBuffer packed = compression.compress(ByteBuffer.wrap(plain), compression.levelDefault());
    return Arrays.copyOfRange(packed.array(), packed.position(), packed.limit());
  }

  /** As much as snappy can: 20 times its size. */
  private static byte[] snappyOf(int bytes, Payload head) throws Exception {
    byte[] plain = Arrays.copyOf(head.bytes(), bytes);
    return Snappy.compress(plain);
  }

  private static byte[] bomb(Compression compression, Payload head) throws Exception {
    return switch (compression) {
      case NONE -> throw new AssertionError();
      case GZIP -> gzipOfGibibytes(head);
      case SNAPPY -> snappyOf(30 * MIB, head);
      case LZ4 -> lz4OfHalfAGibibyte(head);
      case ZSTD -> zstdOfGibibytes(head, 2 * MIB - 1000);
    };
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"GZIP", "SNAPPY", "LZ4", "ZSTD"})
  void aBombInOneValueStopsAtTheLimit(Compression compression) throws Exception {
    // One record whose value seems to be as large as an int can say.
    Payload head =
        new Payload()
            .varint(Integer.MAX_VALUE)
            .raw(0)
            .varint(0)
            .varint(0)
            .varint(-1)
            .varint(Integer.MAX_VALUE - 20);
    ByteBuffer batch = RawBatch.of(1, compression, bomb(compression, head));
    assertTooLarge(checkBounded(new RecordBatchValidator(), batch, 5 * MIB));
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"GZIP", "SNAPPY", "LZ4", "ZSTD"})
  void aBombBelowTheLimitOfOneRecordTakesTwiceTheLimitAtMost(Compression compression)
      throws Exception {
    Payload head =
        new Payload().varint(15 * MIB).raw(0).varint(0).varint(0).varint(-1).varint(15 * MIB - 11);
    ByteBuffer batch = RawBatch.of(1, compression, bomb(compression, head));
    BatchVerdict verdict = checkBounded(new RecordBatchValidator(), batch, 80 * MIB);
    assertThat(verdict).isInstanceOf(Refused.class);
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"GZIP", "SNAPPY", "LZ4", "ZSTD"})
  void aBombOfZerosIsRefusedAtItsFirstRecord(Compression compression) throws Exception {
    ByteBuffer batch = RawBatch.of(1_000_000, compression, bomb(compression, new Payload().raw(0)));
    Refused refused = (Refused) checkBounded(new RecordBatchValidator(), batch, 5 * MIB);
    assertThat(refused.reason()).isIn(Refusal.INVALID_RECORD, Refusal.MESSAGE_TOO_LARGE);
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"GZIP", "LZ4", "ZSTD"})
  void manyGoodRecordsBeyondTheLimitAreWalkedInLittleMemory(Compression compression) {
    Payload payload = new Payload();
    int count = 6000;
    byte[] value = new byte[10_000];
    for (int i = 0; i < count; i++) {
      payload.record(
          new Payload()
              .raw(0)
              .varint(0)
              .varint(i)
              .varint(-1)
              .varint(value.length)
              .raw(value)
              .varint(0));
    }
    ByteBuffer batch = RawBatch.of(count, compression, packed(compression, payload.bytes()));
    RecordBatchValidator validator = new RecordBatchValidator();
    assertTooLarge(checkBounded(validator, batch, MIB));
    BatchRules roomy = RULES.withBytesMax(2 * MIB, 128 * MIB);
    long before = Allocation.ofThisThread();
    assertThat(validator.check(batch, 0, batch.limit(), roomy, BatchSpec.NOW))
        .isEqualTo(new Accepted(count, BatchSpec.NOW));
    assertThat(Allocation.ofThisThread() - before).as("heap bytes for 60 MB").isLessThan(MIB);
  }

  @Test
  void aReaderStopsAtItsLimitToo() {
    Payload payload = new Payload();
    for (int i = 0; i < 100; i++) {
      byte[] value = new byte[1000];
      payload.record(
          new Payload().raw(0).varint(0).varint(i).varint(-1).varint(1000).raw(value).varint(0));
    }
    ByteBuffer batch =
        RawBatch.of(100, Compression.ZSTD, packed(Compression.ZSTD, payload.bytes()));
    assertThat(BatchSpec.readByUs(RecordBatch.at(batch, 0), payload.bytes().length)).hasSize(100);
    assertThatThrownBy(
            () -> BatchSpec.readByUs(RecordBatch.at(batch, 0), payload.bytes().length - 1))
        .isInstanceOf(CompressionException.class)
        .hasMessageContaining("more than the allowed");
  }
}
