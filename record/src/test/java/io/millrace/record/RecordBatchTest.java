package io.millrace.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.record.RawBatch.Payload;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.zip.CRC32C;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecordBatchTest {
  private static final int MIB = 1024 * 1024;

  @Test
  void sequencesWrapAsInKafka() {
    Random random = Seed.random("sequencesWrapAsInKafka");
    for (int i = 0; i < 10_000; i++) {
      int sequence = random.nextInt() >>> 1 + random.nextInt(31);
      sequence = random.nextBoolean() ? sequence : Integer.MAX_VALUE - sequence;
      int increment = random.nextInt() >>> 1 + random.nextInt(31);
      assertThat(RecordBatch.sequenceAfter(sequence, increment))
          .isEqualTo(DefaultRecordBatch.incrementSequence(sequence, increment));
    }
    assertThat(RecordBatch.sequenceAfter(Integer.MAX_VALUE, 1)).isZero();
    assertThat(RecordBatch.sequenceAfter(Integer.MAX_VALUE, Integer.MAX_VALUE))
        .isEqualTo(Integer.MAX_VALUE - 1);
  }

  @Test
  void fieldsAreReadAtAnyPositionOfAnyBuffer() {
    Random random = Seed.random("fieldsAreReadAtAnyPositionOfAnyBuffer");
    ByteBuffer alone = BatchSpec.random(random, Compression.NONE).writtenByUs();
    RecordBatch expected = RecordBatch.at(alone, 0);
    for (ByteBuffer buffer :
        List.of(ByteBuffer.allocate(1_000_000), ByteBuffer.allocateDirect(1_000_000))) {
      buffer.put(17, alone, 0, alone.limit()).position(500).limit(900_000);
      assertThat(RecordBatch.baseOffset(buffer, 17)).isEqualTo(expected.baseOffset());
      assertThat(RecordBatch.sizeInBytes(buffer, 17)).isEqualTo(alone.limit());
      assertThat(RecordBatch.leaderEpoch(buffer, 17)).isEqualTo(expected.leaderEpoch());
      assertThat(RecordBatch.attributes(buffer, 17)).isEqualTo(expected.attributes());
      assertThat(RecordBatch.lastOffset(buffer, 17)).isEqualTo(expected.lastOffset());
      assertThat(RecordBatch.producerId(buffer, 17)).isEqualTo(expected.producerId());
      assertThat(RecordBatch.lastSequence(buffer, 17)).isEqualTo(expected.lastSequence());
      assertThat(RecordBatch.recordCount(buffer, 17)).isEqualTo(expected.recordCount());
      assertThat(RecordBatch.crc(buffer, 17)).isEqualTo(RecordBatch.computeCrc(buffer, 17));
      assertThat(RecordBatch.crc(buffer, 17))
          .isEqualTo(RecordBatch.computeCrc(new CRC32C(), buffer, 17));
      assertThat(buffer.position()).isEqualTo(500);
      assertThat(buffer.limit()).isEqualTo(900_000);
      assertThat(RecordBatch.at(buffer, 17).bytes()).isEqualTo(alone);
      assertThat(BatchSpec.readByUs(RecordBatch.at(buffer, 17), 0))
          .isEqualTo(BatchSpec.readByUs(expected, 0));
    }
  }

  @Test
  void theViewDoesNotMoveWithTheBuffer() {
    ByteBuffer buffer = new RecordBatchBuilder().baseOffset(5).append(1, null, null).build();
    RecordBatch batch = RecordBatch.at(buffer, 0);
    buffer.position(buffer.limit());
    assertThat(batch.baseOffset()).isEqualTo(5);
    assertThat(batch.payload().remaining()).isEqualTo(Record.BYTES_MIN);
    assertThatThrownBy(() -> batch.bytes().put(0, (byte) 1))
        .isInstanceOf(ReadOnlyBufferException.class);
  }

  @Test
  void hotAccessorsAllocateNothing() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
    ByteBuffer batch = new RecordBatchBuilder().append(1, null, ByteBuffer.allocate(1000)).build();
    buffer.put(100, batch, 0, batch.limit());
    RecordBatchValidator validator = new RecordBatchValidator();
    BatchRules rules = BatchRules.DEFAULT.withDepth(BatchRules.Depth.STRUCTURE);
    CRC32C crc = new CRC32C();
    long sum = 0;
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 20; round++) {
      long before = Allocation.ofThisThread();
      for (int i = 0; i < 1000; i++) {
        sum += RecordBatch.lastOffset(buffer, 100) + RecordBatch.computeCrc(crc, buffer, 100);
        sum += RecordBatch.maxTimestamp(buffer, 100) + RecordBatch.lastSequence(buffer, 100);
        RecordBatch.setBaseOffset(buffer, 100, i);
        RecordBatch.setLeaderEpoch(buffer, 100, i);
      }
      least = Math.min(least, Allocation.ofThisThread() - before);
    }
    assertThat(least).as("bytes in 1000 runs, sum %d", sum).isLessThan(1000);
    long verdicts = Long.MAX_VALUE;
    for (int round = 0; round < 20; round++) {
      long before = Allocation.ofThisThread();
      for (int i = 0; i < 1000; i++) {
        validator.check(buffer, 100, batch.limit(), rules, BatchSpec.NOW);
      }
      verdicts = Math.min(verdicts, Allocation.ofThisThread() - before);
    }
    assertThat(verdicts).as("bytes in 1000 runs: the verdicts").isLessThanOrEqualTo(1000 * 32L);
  }

  @Test
  void aRecordThatIsNotOneIsNamedByItsIndex() {
    Payload payload = new Payload().goodRecord(0).varint(3).raw(0, 0, 0);
    assertThatThrownBy(() ->
            BatchSpec.readByUs(
                RecordBatch.at(RawBatch.of(2, Compression.NONE, payload.bytes()), 0), 0))
        .isInstanceOf(CorruptBatchException.class)
        .hasMessage("record 1: a length of 3");
  }

  @Test
  void bytesAfterTheLastRecordAreNoticed() {
    Payload payload = new Payload().goodRecord(0).raw(1);
    assertThatThrownBy(() ->
            BatchSpec.readByUs(
                RecordBatch.at(RawBatch.of(1, Compression.NONE, payload.bytes()), 0), 0))
        .isInstanceOf(CorruptBatchException.class)
        .hasMessageContaining("bytes follow the last record");
  }

  @Test
  void thereIsOnePassOverTheRecords() {
    ByteBuffer bytes = new RecordBatchBuilder().append(1, null, null).append(2, null, null).build();
    try (RecordReader records = RecordBatch.at(bytes, 0).records(0)) {
      assertThat(records.iterator().next().timestamp()).isEqualTo(1);
      Iterator<Record> rest = records.iterator();
      assertThat(rest.next().timestamp()).isEqualTo(2);
      assertThat(rest.hasNext()).isFalse();
      assertThatThrownBy(rest::next).isInstanceOf(NoSuchElementException.class);
    }
  }

  @Test
  void recordsOfACompressedBatchOutliveIt() {
    ByteBuffer bytes =
        new RecordBatchBuilder()
            .compression(Compression.LZ4)
            .append(1, null, ByteBuffer.wrap(new byte[] {1, 2, 3}))
            .append(1, null, ByteBuffer.wrap(new byte[] {4, 5, 6}))
            .build();
    List<Record> records = BatchSpec.readByUs(RecordBatch.at(bytes, 0), MIB);
    java.util.Arrays.fill(bytes.array(), (byte) 9);
    assertThat(records.get(0).value()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3}));
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void recompressionChangesTheCodecAndNothingElse(Compression source) {
    Random random = Seed.random("recompressionChangesTheCodecAndNothingElse " + source);
    for (int i = 0; i < 40; i++) {
      BatchSpec spec = BatchSpec.random(random, source);
      RecordBatch batch = RecordBatch.at(spec.writtenByKafka(), 0);
      for (Compression target : Compression.values()) {
        ByteBuffer bytes = batch.recompress(target, target.levelDefault(), 64 * MIB);
        RecordBatch rebuilt = RecordBatch.at(bytes, 0);
        assertThat(rebuilt.sizeInBytes()).isEqualTo(bytes.remaining());
        assertThat(rebuilt.hasValidCrc()).isTrue();
        assertThat(rebuilt.compression()).isEqualTo(target);
        assertThat(BatchSpec.readByUs(rebuilt, 64 * MIB)).isEqualTo(spec.readRecords());
        ByteBuffer likeBefore =
            RawBatch.edited(bytes, b -> b.putShort(RecordBatch.ATTRIBUTES_AT, batch.attributes()));
        for (int at = RecordBatch.ATTRIBUTES_AT; at < RecordBatch.HEADER_SIZE; at++) {
          assertThat(likeBefore.get(at)).as("byte %d", at).isEqualTo(batch.bytes().get(at));
        }
        assertThat(rebuilt.baseOffset()).isEqualTo(batch.baseOffset());
        assertThat(rebuilt.leaderEpoch()).isEqualTo(batch.leaderEpoch());
      }
    }
  }

  @Test
  void recompressionKeepsToTheLimit() {
    ByteBuffer bytes =
        new RecordBatchBuilder()
            .compression(Compression.ZSTD)
            .append(1, null, ByteBuffer.allocate(5000))
            .build();
    assertThatThrownBy(() -> RecordBatch.at(bytes, 0).recompress(Compression.NONE, 0, 5000))
        .isInstanceOf(CompressionException.class)
        .hasMessageContaining("5000");
  }

  @Test
  void anUnknownCodecIsNamed() {
    ByteBuffer bytes =
        RawBatch.edited(
            RawBatch.of(1, Compression.NONE, new byte[7]),
            b -> b.putShort(RecordBatch.ATTRIBUTES_AT, (short) 6));
    assertThatThrownBy(() -> RecordBatch.at(bytes, 0).records(0))
        .isInstanceOf(CompressionException.class)
        .hasMessageContaining("code 6");
  }
}
