package io.millrace.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.producer.FakeBroker.Fate;
import io.millrace.record.Compression;
import io.millrace.record.Compressor;
import io.millrace.record.RecordBatch;
import io.millrace.wire.BufferPayload;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.ProduceRequest;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What compressed batches look like on the wire, and when they are sent again. */
class CompressedBatchesTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private final List<Compression> codecs = new CopyOnWriteArrayList<>();
  private FakeBroker broker;

  @BeforeEach
  void start() throws Exception {
    broker = new FakeBroker().topic("one", 1);
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
  }

  private Producer open(String codec) {
    return Producer.open(
        Map.of(
            "bootstrap.servers",
            broker.address(),
            "compression.type",
            codec,
            "batch.num.messages",
            50,
            "linger.ms",
            1000,
            "retry.backoff.ms",
            1,
            "retry.backoff.max.ms",
            5,
            "reconnect.backoff.ms",
            1,
            "reconnect.backoff.max.ms",
            5));
  }

  /** Notes a batch's codec; returns its values. */
  private String note(ProduceRequest request) {
    BufferPayload records = (BufferPayload) request.topicData.get(0).partitionData.get(0).records;
    RecordBatch batch = RecordBatch.at(records.buffer(), 0);
    codecs.add(batch.compression());
    StringBuilder values = new StringBuilder();
    try (var all = batch.records(1 << 24)) {
      all.forEach(record -> values.append(UTF_8.decode(record.value())).append('\n'));
    }
    return values.toString();
  }

  private static byte[] line(int number) {
    return ("a line like the others, number " + number + (number % 500 == 0 ? ", refused" : ""))
        .getBytes(UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "snappy", "lz4", "zstd"})
  void batchesAreSentAgainUnderOldAndNewNumbers(String codec) throws Exception {
    broker.refusal = ErrorCode.INVALID_RECORD;
    broker.plan =
        (request, what) -> {
          // As a broker does: what it refuses, it refuses each time.
          if (note(what).contains("refused")) {
            return Fate.REFUSE;
          }
          return request % 5 == 1
              ? Fate.HANG_UP
              : request % 5 == 3 ? Fate.STORE_AND_HANG_UP : Fate.STORE;
        };
    List<DeliveryReport> reports = new CopyOnWriteArrayList<>();
    try (Producer producer = open(codec)) {
      for (int i = 0; i < 2000; i++) {
        producer.produce("one", null, line(i), reports::add);
      }
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(reports).hasSize(2000);
    // Those of the four batches with a whole five hundred.
    assertThat(reports.stream().filter(r -> !r.isDelivered()).toList())
        .hasSize(200)
        .allMatch(r -> r.error().code() == ErrorCode.INVALID_RECORD.code());
    assertThat(broker.log("one", 0)).hasSize(1800).doesNotHaveDuplicates();
    assertThat(codecs).containsOnly(Compression.valueOf(codec.toUpperCase(java.util.Locale.ROOT)));
  }

  @Test
  void batchThatWouldNotBecomeSmallerIsSentAsItIs() throws Exception {
    broker.plan =
        (request, what) -> {
          note(what);
          return Fate.STORE;
        };
    byte[] noise = new byte[100_000];
    new Random(7).nextBytes(noise);
    try (Producer producer = open("lz4")) {
      producer.produce("one", null, noise);
      assertThat(producer.flush(LONG)).isZero();
      producer.produce("one", null, "again and again and again".repeat(1000).getBytes(UTF_8));
      assertThat(producer.flush(LONG)).isZero();
    }
    assertThat(codecs).containsExactly(Compression.NONE, Compression.LZ4);
    assertThat(broker.log("one", 0)).hasSize(2);
  }

  @Test
  void compressedBatchStaysCompressedWhateverItIsAskedForNext() {
    ProducerSettings settings = ProducerTable.read(Map.of("bootstrap.servers", "127.0.0.1:1"));
    TopicQueues topic = new TopicQueues("t", settings.partitioning().forTopic("t"), 0);
    BufferPool pool = new BufferPool(1 << 20);
    MessageBatch batch =
        new MessageBatch(
            new PartitionQueue(topic, 0, settings.batchLimits(), pool), pool, 100, 0, 0);
    byte[] value = "again and again and again".repeat(100).getBytes(UTF_8);
    for (int i = 0; i < 10; i++) {
      batch.append(5, null, value, null, 4000, 9, null, null, MessageBatch.NO_DEADLINE, 0);
    }
    CRC32C crc = new CRC32C();
    try (Compressor compressor = Compressor.of(Compression.LZ4, 9)) {
      RecordBatch first = RecordBatch.at(batch.toSend(Compression.LZ4, compressor, false, crc), 0);
      assertThat(first.compression()).isEqualTo(Compression.LZ4);
    }
    batch.number(7, (short) 1, 30);
    RecordBatch again = RecordBatch.at(batch.toSend(Compression.NONE, null, false, crc), 0);
    assertThat(again.compression()).isEqualTo(Compression.LZ4);
    assertThat(again.baseSequence()).isEqualTo(30);
    assertThat(again.hasValidCrc()).isTrue();
    try (var records = again.records(1 << 20)) {
      records.forEach(record -> assertThat(record.value()).isEqualTo(ByteBuffer.wrap(value)));
    }
  }
}
