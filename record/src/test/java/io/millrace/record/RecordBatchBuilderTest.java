package io.millrace.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RecordBatchBuilderTest {

  @Test
  void aBatchWithoutSettingsIsPlain() {
    RecordBatch batch = RecordBatch.at(new RecordBatchBuilder().append(77, null, null).build(), 0);
    assertThat(batch.baseOffset()).isZero();
    assertThat(batch.lastOffset()).isZero();
    assertThat(batch.leaderEpoch()).isEqualTo(RecordBatch.NO_LEADER_EPOCH);
    assertThat(batch.attributes()).isZero();
    assertThat(batch.baseTimestamp()).isEqualTo(77);
    assertThat(batch.maxTimestamp()).isEqualTo(77);
    assertThat(batch.hasProducerId()).isFalse();
    assertThat(batch.producerEpoch()).isEqualTo(RecordBatch.NO_PRODUCER_EPOCH);
    assertThat(batch.baseSequence()).isEqualTo(RecordBatch.NO_SEQUENCE);
    assertThat(batch.recordCount()).isEqualTo(1);
    assertThat(batch.hasValidCrc()).isTrue();
  }

  @Test
  void offsetsRiseAndKeepTheirGaps() {
    RecordBatchBuilder builder = new RecordBatchBuilder().baseOffset(100);
    builder
        .appendAt(103, 1, null, null, List.of())
        .append(1, null, null)
        .appendAt(110, 1, null, null, List.of());
    for (long offset : new long[] {110, 109, 99, 0, -1, 100 + (1L << 31)}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> builder.appendAt(offset, 1, null, null, List.of()));
    }
    RecordBatch batch = RecordBatch.at(builder.build(), 0);
    assertThat(BatchSpec.readByUs(batch, 0))
        .extracting(Record::offset)
        .containsExactly(103L, 104L, 110L);
    assertThat(batch.baseOffset()).isEqualTo(100);
    assertThat(batch.lastOffset()).isEqualTo(110);
    assertThat(batch.recordCount()).isEqualTo(3);
  }

  @Test
  void aBatchWithoutRecordsNeedsARange() {
    assertThatIllegalStateException().isThrownBy(() -> new RecordBatchBuilder().build());
    assertThatIllegalStateException()
        .isThrownBy(() -> new RecordBatchBuilder().baseOffset(5).lastOffset(4).build())
        .withMessageContaining("from offset 5 to 4");
    RecordBatch empty =
        RecordBatch.at(
            new RecordBatchBuilder()
                .compression(Compression.GZIP)
                .baseOffset(5)
                .lastOffset(9)
                .maxTimestamp(3)
                .build(),
            0);
    assertThat(empty.sizeInBytes()).isEqualTo(RecordBatch.HEADER_SIZE);
    assertThat(empty.compression()).isEqualTo(Compression.NONE);
    assertThat(empty.nextOffset()).isEqualTo(10);
    assertThat(empty.maxTimestamp()).isEqualTo(3);
    assertThat(empty.hasValidCrc()).isTrue();
    assertThat(BatchSpec.readByUs(empty, 0)).isEmpty();
  }

  @Test
  void aBatchWithoutRecordsHasNoDeleteHorizon() {
    RecordBatch empty =
        RecordBatch.at(new RecordBatchBuilder().deleteHorizon(5).lastOffset(9).build(), 0);
    assertThat(empty.hasDeleteHorizon()).isFalse();
    assertThat(empty.baseTimestamp()).isEqualTo(RecordBatch.NO_TIMESTAMP);
  }

  @Test
  void theRangeMustHoldTheRecords() {
    RecordBatchBuilder builder =
        new RecordBatchBuilder().append(1, null, null).append(1, null, null).lastOffset(0);
    assertThatIllegalStateException().isThrownBy(builder::build).withMessageContaining("2 records");
  }

  @Test
  void aBuilderBuildsOnce() {
    RecordBatchBuilder builder = new RecordBatchBuilder().append(1, null, null);
    builder.build();
    assertThatIllegalStateException().isThrownBy(builder::build);
    assertThatIllegalStateException().isThrownBy(() -> builder.append(1, null, null));
  }

  @Test
  void whatDeltasCountFromIsSettledByTheFirstRecord() {
    RecordBatchBuilder builder = new RecordBatchBuilder().append(1, null, null);
    assertThatIllegalStateException().isThrownBy(() -> builder.baseOffset(1));
    assertThatIllegalStateException().isThrownBy(() -> builder.deleteHorizon(1));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.append(-2, null, null));
    assertThat(builder.recordCount()).isEqualTo(1);
  }

  @Test
  void theGivenBufferIsUsedAsLongAsItHasRoom() {
    ByteBuffer target = ByteBuffer.allocateDirect(200).position(50);
    RecordBatchBuilder builder = new RecordBatchBuilder(target);
    ByteBuffer small = builder.append(1, null, ByteBuffer.allocate(20)).build();
    assertThat(small.isDirect()).isTrue();
    assertThat(small.position()).isEqualTo(50);
    assertThat(RecordBatch.at(target, 50).bytes()).isEqualTo(small);

    builder = new RecordBatchBuilder(target);
    builder.append(1, null, ByteBuffer.allocate(20)).append(1, null, ByteBuffer.allocate(500));
    ByteBuffer large = builder.build();
    assertThat(large.isDirect()).isFalse();
    assertThat(BatchSpec.readByUs(RecordBatch.at(large, 0), 0)).hasSize(2);

    ByteBuffer none = new RecordBatchBuilder(ByteBuffer.allocate(3)).append(1, null, null).build();
    assertThat(RecordBatch.at(none, 0).hasValidCrc()).isTrue();
  }

  @Test
  void keysAndValuesAreNotMoved() {
    ByteBuffer value = ByteBuffer.allocateDirect(10).position(3).limit(7);
    ByteBuffer batch =
        new RecordBatchBuilder().append(1, value, value, List.of(new Header("h", value))).build();
    assertThat(value.position()).isEqualTo(3);
    Record record = BatchSpec.readByUs(RecordBatch.at(batch, 0), 0).get(0);
    assertThat(record).isEqualTo(new Record(0, 1, value, value, List.of(new Header("h", value))));
  }

  /** Random batches through every codec, compared with the list of records they were made from. */
  @Test
  void whatIsBuiltIsRead() {
    Random random = Seed.random("whatIsBuiltIsRead");
    for (int i = 0; i < 1500; i++) {
      Compression compression = Compression.values()[random.nextInt(5)];
      BatchSpec spec = BatchSpec.random(random, compression);
      RecordBatchBuilder builder = spec.ourBuilder();
      List<Record> model = new ArrayList<>();
      for (Record record : spec.records()) {
        int before = builder.sizeInBytes();
        builder.append(record);
        model.add(record);
        long grown = builder.sizeInBytes() - before;
        long estimate =
            RecordBatchBuilder.recordSizeMax(record.key(), record.value(), record.headers());
        assertThat(estimate).isBetween(grown, grown + 18);
        assertThat(builder.recordCount()).isEqualTo(model.size());
      }
      ByteBuffer bytes = builder.build();
      RecordBatch batch = RecordBatch.at(bytes, bytes.position());
      assertThat(batch.hasValidCrc()).isTrue();
      assertThat(batch.recordCount()).isEqualTo(model.size());
      assertThat(batch.baseOffset()).isEqualTo(spec.baseOffset());
      assertThat(batch.lastOffset()).isEqualTo(spec.lastOffset());
      assertThat(batch.sizeInBytes()).isEqualTo(bytes.remaining());
      assertThat(BatchSpec.readByUs(batch, 1 << 28))
          .as("round %d", i)
          .isEqualTo(spec.readRecords());
      long max = model.stream().mapToLong(Record::timestamp).max().orElseThrow();
      assertThat(batch.maxTimestamp()).isEqualTo(spec.logAppendTime().orElse(max));
    }
  }
}
