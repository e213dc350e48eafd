package io.millrace.record;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.record.BatchRules.Depth;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Reads batches that were written by others; their origin stands in golden-batches.txt. */
class GoldenBatchesTest {
  private static final Properties GOLDEN = load();

  static Properties load() {
    Properties golden = new Properties();
    try (InputStream in = GoldenBatchesTest.class.getResourceAsStream("golden-batches.txt")) {
      golden.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return golden;
  }

  private static ByteBuffer golden(String name) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(GOLDEN.getProperty(name)));
  }

  private static ByteBuffer text(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void librdkafkasBatchesAreAcceptedAndRead(Compression compression) {
    ByteBuffer bytes = golden("librdkafka." + compression.lowerCaseName());
    RecordBatch batch = RecordBatch.at(bytes, 0);
    assertThat(batch.compression()).isEqualTo(compression);
    assertThat(batch.producerId()).isEqualTo(compression == Compression.ZSTD ? 4711 : -1);
    assertThat(check(bytes)).isEqualTo(new BatchVerdict.Accepted(3, batch.maxTimestamp()));
    List<Record> expected = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      expected.add(
          new Record(
              i - 1,
              batch.baseTimestamp(),
              text("k" + i),
              text("a librdkafka value that repeats, repeats, repeats " + i),
              List.of(new Header("origin", text("kcat")), new Header("empty", text("")))));
    }
    assertThat(BatchSpec.readByUs(batch, 1000)).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void kafkaClientsBatchesAreAcceptedAndRead(Compression compression) {
    ByteBuffer bytes = golden("java." + compression.lowerCaseName());
    RecordBatch batch = RecordBatch.at(bytes, 0);
    assertThat(check(bytes)).isEqualTo(new BatchVerdict.Accepted(3, BatchSpec.NOW + 123));
    assertThat(batch.compression()).isEqualTo(compression);
    assertThat(batch.baseOffset()).isEqualTo(42);
    assertThat(batch.lastOffset()).isEqualTo(44);
    assertThat(batch.nextOffset()).isEqualTo(45);
    assertThat(batch.leaderEpoch()).isEqualTo(5);
    assertThat(batch.isTransactional()).isTrue();
    assertThat(batch.isControl()).isFalse();
    assertThat(batch.producerId()).isEqualTo(4711);
    assertThat(batch.producerEpoch()).isEqualTo((short) 7);
    assertThat(batch.baseSequence()).isEqualTo(2147483646);
    assertThat(batch.lastSequence()).as("after 2^31-1 comes 0").isZero();
    assertThat(batch.baseTimestamp()).isEqualTo(BatchSpec.NOW);
    String value = "a kafka-clients value that repeats, repeats, repeats ";
    assertThat(BatchSpec.readByUs(batch, 1000))
        .containsExactly(
            new Record(
                42,
                BatchSpec.NOW,
                text("k1"),
                text(value + 1),
                List.of(new Header("origin", text("java")), new Header("empty", null))),
            new Record(43, BatchSpec.NOW + 123, null, text(value + 2), List.of()),
            new Record(44, BatchSpec.NOW - 1000, text("k3"), null, List.of()));
  }

  @Test
  void aTransactionMarkerReadsButIsNotTakenFromAClient() {
    ByteBuffer bytes = golden("java.marker");
    RecordBatch batch = RecordBatch.at(bytes, 0);
    assertThat(batch.isControl()).isTrue();
    assertThat(batch.isTransactional()).isTrue();
    assertThat(batch.baseSequence()).isEqualTo(RecordBatch.NO_SEQUENCE);
    assertThat(batch.lastSequence()).isEqualTo(RecordBatch.NO_SEQUENCE);
    List<Record> records = BatchSpec.readByUs(batch, 0);
    assertThat(records).hasSize(1);
    assertThat(records.get(0).key()).isEqualTo(ByteBuffer.wrap(new byte[] {0, 0, 0, 1}));
    assertThat(check(bytes))
        .isEqualTo(
            new BatchVerdict.Refused(
                Refusal.INVALID_RECORD, -1, "clients cannot write control records"));
  }

  @Test
  void whatWeWriteUncompressedIsGoldenToo() {
    for (String name : List.of("librdkafka.none", "java.none", "java.marker")) {
      RecordBatch batch = RecordBatch.at(golden(name), 0);
      RecordBatchBuilder builder = RecordBatchBuilder.like(batch);
      BatchSpec.readByUs(batch, 0).forEach(builder::append);
      assertThat(builder.build()).as(name).isEqualTo(golden(name));
    }
  }

  private static BatchVerdict check(ByteBuffer bytes) {
    BatchRules rules = BatchRules.DEFAULT.withDepth(Depth.FULL);
    return new RecordBatchValidator().check(bytes, 0, bytes.remaining(), rules, 1_800_000_000_000L);
  }
}
