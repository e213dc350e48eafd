package io.millrace.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against the batch code of kafka-clients. */
class RecordBatchWireTest {
  private static final int EXPANDED_MAX = 64 * 1024 * 1024;
  private static final int ROUNDS = 300;

  @ParameterizedTest
  @EnumSource(Compression.class)
  void whatKafkaWritesWeRead(Compression compression) {
    Random random = Seed.random("whatKafkaWritesWeRead " + compression);
    for (int i = 0; i < ROUNDS; i++) {
      BatchSpec spec = BatchSpec.random(random, compression);
      ByteBuffer bytes = placed(spec.writtenByKafka(), random);
      assertThat(BatchSpec.readByUs(RecordBatch.at(bytes, bytes.position()), EXPANDED_MAX))
          .as("round %d", i)
          .isEqualTo(spec.readRecords());
    }
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void whatWeWriteKafkaReads(Compression compression) {
    Random random = Seed.random("whatWeWriteKafkaReads " + compression);
    for (int i = 0; i < ROUNDS; i++) {
      BatchSpec spec = BatchSpec.random(random, compression);
      MutableRecordBatch batch = kafkaView(spec.writtenByUs());
      batch.ensureValid();
      assertThat(BatchSpec.readByKafka(batch)).as("round %d", i).isEqualTo(spec.readRecords());
    }
  }

  @Test
  void uncompressedBytesAreKafkasBytes() {
    Random random = Seed.random("uncompressedBytesAreKafkasBytes");
    for (int i = 0; i < ROUNDS; i++) {
      BatchSpec spec = BatchSpec.random(random, Compression.NONE);
      assertThat(spec.writtenByUs()).as("round %d", i).isEqualTo(spec.writtenByKafka());
    }
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void everyFieldReadsAsInKafka(Compression compression) {
    Random random = Seed.random("everyFieldReadsAsInKafka " + compression);
    for (int i = 0; i < ROUNDS; i++) {
      ByteBuffer bytes = BatchSpec.random(random, compression).writtenByKafka();
      DefaultRecordBatch kafka = (DefaultRecordBatch) kafkaView(bytes);
      RecordBatch ours = RecordBatch.at(bytes, 0);
      assertThat(ours.baseOffset()).isEqualTo(kafka.baseOffset());
      assertThat(ours.lastOffset()).isEqualTo(kafka.lastOffset());
      assertThat(ours.nextOffset()).isEqualTo(kafka.nextOffset());
      assertThat(ours.sizeInBytes()).isEqualTo(kafka.sizeInBytes()).isEqualTo(bytes.remaining());
      assertThat(ours.leaderEpoch()).isEqualTo(kafka.partitionLeaderEpoch());
      assertThat(RecordBatch.magic(bytes, 0)).isEqualTo(kafka.magic());
      assertThat(Integer.toUnsignedLong(ours.crc())).isEqualTo(kafka.checksum());
      assertThat(ours.hasValidCrc()).isTrue();
      assertThat(ours.compression().name()).isEqualTo(kafka.compressionType().name());
      assertThat(ours.timestampType().name()).isEqualTo(kafka.timestampType().name());
      assertThat(ours.isTransactional()).isEqualTo(kafka.isTransactional());
      assertThat(ours.isControl()).isEqualTo(kafka.isControlBatch());
      assertThat(ours.hasDeleteHorizon()).isEqualTo(kafka.deleteHorizonMs().isPresent());
      kafka
          .deleteHorizonMs()
          .ifPresent(horizon -> assertThat(ours.baseTimestamp()).isEqualTo(horizon));
      assertThat(ours.baseTimestamp()).isEqualTo(kafka.baseTimestamp());
      assertThat(ours.maxTimestamp()).isEqualTo(kafka.maxTimestamp());
      assertThat(ours.producerId()).isEqualTo(kafka.producerId());
      assertThat(ours.hasProducerId()).isEqualTo(kafka.hasProducerId());
      assertThat(ours.producerEpoch()).isEqualTo(kafka.producerEpoch());
      assertThat(ours.baseSequence()).isEqualTo(kafka.baseSequence());
      assertThat(ours.lastSequence()).isEqualTo(kafka.lastSequence());
      assertThat(ours.recordCount()).isEqualTo(kafka.countOrNull());
    }
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void whatTheBrokerWritesIntoABatchIsWhatKafkaWrites(Compression compression) {
    Random random = Seed.random("whatTheBrokerWritesIntoABatchIsWhatKafkaWrites " + compression);
    for (int i = 0; i < 50; i++) {
      BatchSpec spec = BatchSpec.random(random, compression);
      ByteBuffer ours = placed(spec.writtenByKafka(), random);
      ByteBuffer theirs = spec.writtenByKafka();
      MutableRecordBatch kafka = kafkaView(theirs);
      long offset = random.nextLong(1L << 50);
      kafka.setLastOffset(offset + RecordBatch.lastOffsetDelta(theirs, 0));
      kafka.setPartitionLeaderEpoch(i);
      kafka.setMaxTimestamp(
          org.apache.kafka.common.record.TimestampType.LOG_APPEND_TIME, BatchSpec.NOW + i);
      RecordBatch.setBaseOffset(ours, ours.position(), offset);
      RecordBatch.setLeaderEpoch(ours, ours.position(), i);
      RecordBatch.setLogAppendTime(ours, ours.position(), BatchSpec.NOW + i);
      assertThat(ours).isEqualTo(theirs);
    }
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void theValidatorTakesWhatKafkaProduces(Compression compression) {
    Random random = Seed.random("theValidatorTakesWhatKafkaProduces " + compression);
    RecordBatchValidator validator = new RecordBatchValidator();
    for (int i = 0; i < ROUNDS; i++) {
      BatchSpec spec = BatchSpec.randomProduced(random, compression);
      ByteBuffer bytes = placed(spec.writtenByKafka(), random);
      long max = spec.records().stream().mapToLong(Record::timestamp).max().orElseThrow();
      for (BatchRules.Depth depth : BatchRules.Depth.values()) {
        BatchRules rules =
            BatchRules.DEFAULT.withBytesMax(EXPANDED_MAX, EXPANDED_MAX).withDepth(depth);
        assertThat(
                validator.check(bytes, bytes.position(), bytes.remaining(), rules, BatchSpec.NOW))
            .as("round %d, %s", i, depth)
            .isEqualTo(new BatchVerdict.Accepted(spec.records().size(), max));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void aCleanedBatchIsWhatKafkasCleanerWrites(Compression compression) {
    Random random = Seed.random("aCleanedBatchIsWhatKafkasCleanerWrites " + compression);
    for (int i = 0; i < 50; i++) {
      BatchSpec spec = BatchSpec.random(random, compression);
      ByteBuffer source = spec.writtenByKafka();
      int keepOneIn = 1 + random.nextInt(4);
      ByteBuffer output = ByteBuffer.allocate(source.remaining() * 2 + 1024);
      MemoryRecords.FilterResult result =
          MemoryRecords.readableRecords(source)
              .filterTo(
                  new KeepSome(keepOneIn), output, BufferSupplier.NO_CACHING, Integer.MAX_VALUE);
      ByteBuffer theirs = result.outputBuffer().flip();

      RecordBatch batch = RecordBatch.at(source, 0);
      RecordBatchBuilder builder = RecordBatchBuilder.like(batch);
      for (Record record : BatchSpec.readByUs(batch, EXPANDED_MAX)) {
        if (record.offset() % keepOneIn == 0) {
          builder.append(record);
        }
      }
      ByteBuffer ours = builder.build();
      assertThat(BatchSpec.readByKafka(kafkaView(ours)))
          .isEqualTo(BatchSpec.readByKafka(kafkaView(theirs)));
      int end = compression == Compression.NONE ? theirs.limit() : RecordBatch.HEADER_SIZE;
      // Two differences are not ours: Kafka drops the horizon of a batch without tombstones, and
      // copies a batch it keeps whole, where we write append times over the producer's.
      boolean sameHorizon =
          RecordBatch.hasDeleteHorizon(theirs, 0) == RecordBatch.hasDeleteHorizon(ours, 0);
      if (sameHorizon && spec.logAppendTime().isEmpty()) {
        assertThat(header(ours, end)).as("round %d, %s", i, spec).isEqualTo(header(theirs, end));
      }
    }
  }

  /** All bytes up to {@code end} but length and CRC, which differ where compression does. */
  private static List<Byte> header(ByteBuffer batch, int end) {
    List<Byte> bytes = new ArrayList<>();
    for (int at = 0; at < end; at++) {
      boolean depends = (at >= 8 && at < 12) || (at >= 17 && at < 21);
      bytes.add(depends && end == RecordBatch.HEADER_SIZE ? 0 : batch.get(at));
    }
    return bytes;
  }

  private static final class KeepSome extends MemoryRecords.RecordFilter {
    private final int keepOneIn;

    KeepSome(int keepOneIn) {
      super(BatchSpec.NOW, 0);
      this.keepOneIn = keepOneIn;
    }

    @Override
    protected BatchRetentionResult checkBatchRetention(
        org.apache.kafka.common.record.internal.RecordBatch batch) {
      return new BatchRetentionResult(BatchRetention.RETAIN_EMPTY, false);
    }

    @Override
    protected boolean shouldRetainRecord(
        org.apache.kafka.common.record.internal.RecordBatch batch,
        org.apache.kafka.common.record.internal.Record record) {
      return record.offset() % keepOneIn == 0;
    }
  }

  @Test
  void anEmptyBatchIsWhatKafkasCleanerLeaves() {
    ByteBuffer theirs = ByteBuffer.allocate(RecordBatch.HEADER_SIZE);
    DefaultRecordBatch.writeEmptyHeader(
        theirs,
        RecordBatch.MAGIC,
        7,
        (short) 3,
        100,
        1000,
        1009,
        5,
        org.apache.kafka.common.record.TimestampType.CREATE_TIME,
        BatchSpec.NOW,
        true,
        false);
    ByteBuffer ours =
        new RecordBatchBuilder()
            .baseOffset(1000)
            .lastOffset(1009)
            .leaderEpoch(5)
            .producer(7, (short) 3, 100)
            .transactional()
            .maxTimestamp(BatchSpec.NOW)
            .build();
    assertThat(ours).isEqualTo(theirs.flip());
    assertThat(RecordBatch.lastSequence(ours, 0)).isEqualTo(109);
  }

  private static MutableRecordBatch kafkaView(ByteBuffer bytes) {
    return MemoryRecords.readableRecords(bytes).batches().iterator().next();
  }

  /** The same bytes somewhere inside a larger buffer, heap or direct. */
  private static ByteBuffer placed(ByteBuffer bytes, Random random) {
    int before = random.nextInt(100);
    int size = bytes.remaining();
    ByteBuffer larger =
        random.nextBoolean()
            ? ByteBuffer.allocateDirect(before + size + 50)
            : ByteBuffer.allocate(before + size + 50);
    return larger.put(before, bytes, bytes.position(), size).limit(before + size).position(before);
  }
}
