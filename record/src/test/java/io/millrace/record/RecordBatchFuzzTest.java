package io.millrace.record;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.millrace.record.BatchRules.Depth;
import io.millrace.record.BatchVerdict.Accepted;
import io.millrace.record.BatchVerdict.Refused;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever comes in is refused or can be read. Part of the build with the golden batches and random
 * changes to them; {@code JAZZER_FUZZ=1 mvn -pl record test -Dtest=RecordBatchFuzzTest#aBatch*}
 * searches further.
 */
class RecordBatchFuzzTest {
  private static final int EXPANDED_MAX = 1 << 20;
  private static final BatchRules ANY_TIME =
      BatchRules.DEFAULT
          .withBytesMax(1 << 20, EXPANDED_MAX)
          .withTimestamps(TimestampType.CREATE_TIME, Long.MAX_VALUE, Long.MAX_VALUE);
  private static final BatchRules APPEND_TIME =
      ANY_TIME.withTimestamps(TimestampType.LOG_APPEND_TIME, 0, 0);

  private final RecordBatchValidator validator = new RecordBatchValidator();

  static Stream<byte[]> goldenBatches() {
    return GoldenBatchesTest.load().values().stream()
        .map(hex -> HexFormat.of().parseHex((String) hex));
  }

  /** The bytes as they are, and again with size, magic and CRC mended so that they get further. */
  @MethodSource("goldenBatches")
  @FuzzTest(maxDuration = "3m")
  void aBatchIsRefusedOrCanBeRead(byte[] data) {
    checkAll(ByteBuffer.wrap(data));
    if (data.length >= RecordBatch.HEADER_SIZE) {
      checkAll(
          RawBatch.edited(
              ByteBuffer.wrap(data),
              b ->
                  b.putInt(RecordBatch.LENGTH_AT, data.length - RecordBatch.LOG_OVERHEAD)
                      .put(RecordBatch.MAGIC_AT, RecordBatch.MAGIC)));
      checkAll(
          RawBatch.edited(
              ByteBuffer.wrap(data),
              b ->
                  b.putInt(RecordBatch.LENGTH_AT, data.length - RecordBatch.LOG_OVERHEAD)
                      .put(RecordBatch.MAGIC_AT, RecordBatch.MAGIC)
                      .putShort(
                          RecordBatch.ATTRIBUTES_AT,
                          (short) (data[RecordBatch.ATTRIBUTES_AT + 1] & 0x07))
                      .putInt(
                          RecordBatch.LAST_OFFSET_DELTA_AT,
                          b.getInt(RecordBatch.RECORD_COUNT_AT) - 1)
                      .putLong(RecordBatch.PRODUCER_ID_AT, -1)));
    }
  }

  /** The same records in place and through the window of a codec: the same verdict. */
  @FuzzTest(maxDuration = "3m")
  void recordsAreJudgedAlikeCompressedOrNot(FuzzedDataProvider data) {
    int count = data.consumeInt(1, 40);
    Compression codec = data.pickValue(Compression.values());
    byte[] payload = data.consumeRemainingAsBytes();
    judgeAlike(count, codec, payload);
  }

  @Test
  void randomChangesToGoldenBatchesAreRefusedOrCanBeRead() {
    Random random = Seed.random("randomChangesToGoldenBatchesAreRefusedOrCanBeRead");
    List<byte[]> golden = goldenBatches().toList();
    for (int i = 0; i < 20_000; i++) {
      byte[] changed = golden.get(random.nextInt(golden.size())).clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        int at = random.nextInt(changed.length);
        changed[at] =
            random.nextBoolean()
                ? (byte) random.nextInt()
                : (byte) (changed[at] ^ 1 << random.nextInt(8));
      }
      aBatchIsRefusedOrCanBeRead(
          random.nextInt(5) == 0
              ? Arrays.copyOf(changed, random.nextInt(changed.length))
              : changed);
    }
  }

  @Test
  void randomChangesToRecordsAreJudgedAlikeCompressedOrNot() {
    Random random = Seed.random("randomChangesToRecordsAreJudgedAlikeCompressedOrNot");
    for (int i = 0; i < 3000; i++) {
      BatchSpec spec = BatchSpec.randomProduced(random, Compression.NONE);
      ByteBuffer records = RecordBatch.at(spec.writtenByKafka(), 0).payload();
      byte[] payload = new byte[records.remaining()];
      records.get(payload);
      if (i % 4 != 0) {
        payload[random.nextInt(Math.min(payload.length, 500))] ^= (byte) (1 << random.nextInt(8));
      }
      judgeAlike(spec.records().size(), Compression.values()[1 + random.nextInt(4)], payload);
    }
  }

  private void judgeAlike(int count, Compression codec, byte[] payload) {
    ByteBuffer packed = codec.compress(ByteBuffer.wrap(payload), codec.levelDefault());
    byte[] bytes = new byte[packed.remaining()];
    packed.get(bytes);
    BatchVerdict open =
        check(RawBatch.of(count, Compression.NONE, payload), ANY_TIME.withDepth(Depth.FULL));
    ByteBuffer batch = RawBatch.of(count, codec, bytes);
    BatchVerdict closed = check(batch, ANY_TIME.withDepth(Depth.FULL));
    boolean cannotTell =
        payload.length / Record.BYTES_MIN < count // noticed in the header, where it lies open
            || payload.length > EXPANDED_MAX
            || (closed instanceof Refused refused && refused.reason() == Refusal.MESSAGE_TOO_LARGE);
    if (cannotTell) {
      assertThat(closed).isInstanceOf(Refused.class);
      assertThat(open).isInstanceOf(Refused.class);
    } else {
      assertThat(closed).isEqualTo(open);
    }
    checkAll(batch);
  }

  private void checkAll(ByteBuffer batch) {
    for (Depth depth : Depth.values()) {
      checkBounded(batch, APPEND_TIME.withDepth(depth));
      BatchVerdict verdict = checkBounded(batch, ANY_TIME.withDepth(depth));
      if (verdict instanceof Accepted accepted && depth == Depth.FULL) {
        assertReadable(batch, accepted);
      }
    }
    readQuietly(batch);
    assertThat(Batches.of(batch).validBytes()).isBetween(0, batch.limit());
  }

  private BatchVerdict check(ByteBuffer batch, BatchRules rules) {
    return validator.check(batch, 0, batch.limit(), rules, BatchSpec.NOW);
  }

  /**
   * Open records are checked without memory; a codec gets what its window, or a block of 4 MiB,
   * takes.
   */
  private BatchVerdict checkBounded(ByteBuffer batch, BatchRules rules) {
    BatchVerdict verdict = check(batch, rules);
    // Measured the second time, when every class is there.
    long before = Allocation.ofThisThread();
    check(batch, rules);
    long allocated = Allocation.ofThisThread() - before;
    boolean open =
        batch.limit() < RecordBatch.HEADER_SIZE
            || (RecordBatch.attributes(batch, 0) & RecordBatch.COMPRESSION_MASK) == 0
            || (rules.depth() != Depth.FULL
                && rules.timestampType() == TimestampType.LOG_APPEND_TIME);
    long allowed = 4L * batch.limit() + 64 * 1024 + (open ? 0 : 6 * EXPANDED_MAX);
    assertThat(allocated)
        .as("bytes allocated for %d with %s", batch.limit(), rules)
        .isLessThan(allowed);
    return verdict;
  }

  private static void assertReadable(ByteBuffer bytes, Accepted accepted) {
    RecordBatch batch = RecordBatch.at(bytes, 0);
    List<Record> ours = BatchSpec.readByUs(batch, EXPANDED_MAX);
    assertThat(ours).hasSize(accepted.recordCount());
    long max = RecordBatch.NO_TIMESTAMP;
    for (int i = 0; i < ours.size(); i++) {
      assertThat(ours.get(i).offset()).isEqualTo(batch.baseOffset() + i);
      max = Math.max(max, ours.get(i).timestamp());
    }
    assertThat(accepted.maxTimestamp()).isEqualTo(max);
    List<Record> theirs = new ArrayList<>();
    MemoryRecords.readableRecords(bytes)
        .batches()
        .forEach(b -> theirs.addAll(BatchSpec.readByKafka(b)));
    assertThat(ours).isEqualTo(theirs);
  }

  /** Also what was not checked may only fail in the two ways that are announced. */
  private static void readQuietly(ByteBuffer bytes) {
    try {
      BatchSpec.readByUs(RecordBatch.at(bytes, 0), EXPANDED_MAX);
    } catch (CorruptBatchException | CompressionException announced) {
      assertThat(announced).hasMessageNotContaining("null");
    }
  }
}
