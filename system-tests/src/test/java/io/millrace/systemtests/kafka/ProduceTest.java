package io.millrace.systemtests.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.record.Compression;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.server.Millrace;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.ProduceResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is produced is stored, once, as it was sent; what is refused says why. */
@OverOneAndTwoShards
class ProduceTest extends BrokerTest {

  /** Kafka's message.max.bytes. */
  private static final int BATCH_BYTES_MAX = 1_048_588;

  // --- acks ---

  @ParameterizedTest
  @ValueSource(strings = {"0", "1", "all"})
  void recordIsReadBackWhateverAcksWereAskedFor(String acks) {
    String topic = topic(1);
    try (var producer = producer("acks", acks, "enable.idempotence", acks.equals("all"))) {
      RecordMetadata told = done(producer.send(new ProducerRecord<>(topic, "key", "value")));
      assertThat(told.hasOffset()).isEqualTo(!acks.equals("0"));
    }
    ConsumerRecord<String, String> read = read(topic, 1).get(0);
    assertThat(read.key()).isEqualTo("key");
    assertThat(read.value()).isEqualTo("value");
    assertThat(read.offset()).isZero();
    assertThat(read.leaderEpoch()).hasValue(0);
  }

  @Test
  void acksThatDoNotExistAreRefused() {
    String topic = topic(1);
    ProduceResponse answer =
        connect()
            .ask(
                Requests.produce(topic, 0, 2, Requests.batch(Compression.NONE, 1).build()),
                Requests.PRODUCE_VERSION,
                ProduceResponse.class);
    assertThat(Requests.only(answer).errorCode).isEqualTo(ErrorCode.INVALID_REQUIRED_ACKS.code());
  }

  @Test
  void refusalWithoutAcksEndsTheConnection() {
    RawConnection connection = connect();
    connection.send(
        Requests.produce(unique("nothing"), 0, 0, Requests.batch(Compression.NONE, 1).build()),
        Requests.PRODUCE_VERSION);
    assertThat(connection.isClosedByBroker()).isTrue();
  }

  // --- bytes ---

  @ParameterizedTest
  @EnumSource(Compression.class)
  void batchIsStoredAsItWasSent(Compression codec) {
    String topic = topic(1);
    RawConnection connection = connect();
    ByteBuffer sent = Requests.batch(codec, 10).build();
    ProduceResponse.PartitionProduceResponse told = Requests.append(connection, topic, 0, sent);
    assertThat(told.errorCode).isZero();
    assertThat(told.baseOffset).isZero();
    ByteBuffer stored = Requests.stored(connection, topic, 0, 0);
    // The base offset and the leader epoch are the broker's, in front of magic and checksum.
    assertThat(stored.remaining()).isEqualTo(sent.remaining());
    assertThat(tail(stored, 16)).isEqualTo(tail(sent, 16));
    assertThat(RecordBatch.compression(stored, stored.position())).isEqualTo(codec);
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
  void clientsCodecStaysAndItsRecordsAreReadBack(String codec) {
    String topic = topic(1);
    try (var producer = producer("compression.type", codec, "linger.ms", 50)) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        sent.add(producer.send(new ProducerRecord<>(topic, "key", "value " + i)));
      }
      sent.forEach(BrokerTest::done);
    }
    ByteBuffer stored = Requests.stored(connect(), topic, 0, 0);
    assertThat(RecordBatch.compression(stored, stored.position()).name())
        .isEqualToIgnoringCase(codec);
    assertThat(read(topic, 20).stream().map(ConsumerRecord::value))
        .containsExactlyElementsOf(numbered("value ", 20));
  }

  @ParameterizedTest
  @ValueSource(strings = {"uncompressed", "gzip", "snappy", "lz4", "zstd"})
  void topicsCodecReplacesTheClients(String codec) {
    String topic = topic(1, "compression.type", codec);
    String other = codec.equals("gzip") ? "zstd" : "gzip";
    try (var producer = producer("compression.type", other, "linger.ms", 50)) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        sent.add(producer.send(new ProducerRecord<>(topic, "key", "value " + i)));
      }
      sent.forEach(BrokerTest::done);
    }
    ByteBuffer stored = Requests.stored(connect(), topic, 0, 0);
    assertThat(RecordBatch.compression(stored, stored.position()).name())
        .isEqualToIgnoringCase(codec.equals("uncompressed") ? "none" : codec);
    assertThat(read(topic, 20).stream().map(ConsumerRecord::value))
        .containsExactlyElementsOf(numbered("value ", 20));
  }

  @Test
  void headersComeBackInTheirOrder() {
    String topic = topic(1);
    ProducerRecord<String, String> record = new ProducerRecord<>(topic, null, null);
    record.headers().add("a", new byte[] {1, 2, 3});
    record.headers().add("b", null);
    record.headers().add("a", new byte[0]);
    try (var producer = producer()) {
      done(producer.send(record));
    }
    ConsumerRecord<String, String> read = read(topic, 1).get(0);
    assertThat(read.key()).isNull();
    assertThat(read.value()).isNull();
    assertThat(read.headers()).isEqualTo(record.headers());
  }

  // --- limits ---

  @Test
  void batchOfTheLargestSizePassesAndOneMoreByteIsRefused() {
    String topic = topic(1);
    RawConnection connection = connect();
    ByteBuffer largest = batchOf(BATCH_BYTES_MAX);
    assertThat(Requests.append(connection, topic, 0, largest).errorCode).isZero();
    ProduceResponse.PartitionProduceResponse refused =
        Requests.append(connection, topic, 0, batchOf(BATCH_BYTES_MAX + 1));
    assertThat(refused.errorCode).isEqualTo(ErrorCode.MESSAGE_TOO_LARGE.code());
    assertThat(refused.errorMessage).contains("1048588");
    assertThat(tail(Requests.stored(connection, topic, 0, 0), 16)).isEqualTo(tail(largest, 16));
  }

  @Test
  void clientSplitsABatchThatIsTooLargeForTheTopic() {
    String topic = topic(1, "max.message.bytes", "3000");
    try (var producer =
        producer("linger.ms", 200, "batch.size", 100_000, "compression.type", "gzip")) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        sent.add(producer.send(new ProducerRecord<>(topic, "key", incompressible(200, i))));
      }
      sent.forEach(BrokerTest::done);
      ProducerRecord<String, String> tooLarge =
          new ProducerRecord<>(topic, "key", incompressible(6000, 0));
      refused(producer.send(tooLarge), RecordTooLargeException.class);
    }
    assertThat(read(topic, 50).stream().map(ConsumerRecord::value))
        .containsExactlyElementsOf(
            java.util.stream.IntStream.range(0, 50).mapToObj(i -> incompressible(200, i)).toList());
  }

  @Test
  void moreThanOneBatchForAPartitionIsRefused() {
    String topic = topic(1);
    ByteBuffer batch = Requests.batch(Compression.NONE, 1).build();
    ProduceResponse answer =
        connect()
            .ask(
                Requests.produce(topic, 0, -1, batch, batch),
                Requests.PRODUCE_VERSION,
                ProduceResponse.class);
    assertThat(Requests.only(answer).errorCode).isEqualTo(ErrorCode.INVALID_RECORD.code());
  }

  @Test
  void damagedBatchIsRefused() {
    String topic = topic(1);
    ByteBuffer batch = Requests.batch(Compression.NONE, 3).build();
    int last = batch.limit() - 1;
    batch.put(last, (byte) (batch.get(last) ^ 1));
    ProduceResponse.PartitionProduceResponse answer = Requests.append(connect(), topic, 0, batch);
    assertThat(answer.errorCode).isEqualTo(ErrorCode.CORRUPT_MESSAGE.code());
  }

  @Test
  void partitionThatIsNotThereIsRefused() {
    String topic = topic(1);
    ByteBuffer batch = Requests.batch(Compression.NONE, 1).build();
    RawConnection connection = connect();
    for (String name : List.of(topic, unique("nothing"))) {
      assertThat(Requests.append(connection, name, 1, batch).errorCode)
          .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
    }
  }

  @Test
  void recordWithoutKeyIsRefusedByACompactedTopic() {
    String topic = topic(1, "cleanup.policy", "compact");
    try (var producer = producer()) {
      done(producer.send(new ProducerRecord<>(topic, "key", "value")));
      refused(
          producer.send(new ProducerRecord<>(topic, "no key")),
          org.apache.kafka.common.InvalidRecordException.class);
    }
    RecordBatchBuilder mixed = new RecordBatchBuilder().compression(Compression.ZSTD);
    mixed.append(1000, Requests.bytes("key"), Requests.bytes("value"));
    mixed.append(1000, null, Requests.bytes("value"));
    ProduceResponse.PartitionProduceResponse answer =
        Requests.append(connect(), topic, 0, mixed.build());
    assertThat(answer.errorCode).isEqualTo(ErrorCode.INVALID_RECORD.code());
    assertThat(answer.recordErrors).hasSize(1);
    assertThat(answer.recordErrors.get(0).batchIndex).isEqualTo(1);
  }

  // --- time ---

  @Test
  void recordBearsTheProducersTime() {
    String topic = topic(1);
    long time = System.currentTimeMillis() - 12_345;
    try (var producer = producer()) {
      RecordMetadata told =
          done(producer.send(new ProducerRecord<>(topic, 0, time, "key", "value")));
      assertThat(told.timestamp()).isEqualTo(time);
    }
    ConsumerRecord<String, String> read = read(topic, 1).get(0);
    assertThat(read.timestampType()).isEqualTo(TimestampType.CREATE_TIME);
    assertThat(read.timestamp()).isEqualTo(time);
  }

  @Test
  void recordBearsTheTimeOfItsAppendIfTheTopicSaysSo() {
    String topic = topic(1, "message.timestamp.type", "LogAppendTime");
    long before = System.currentTimeMillis();
    RecordMetadata told;
    try (var producer = producer("compression.type", "lz4")) {
      told = done(producer.send(new ProducerRecord<>(topic, 0, 12_345L, "key", "value")));
    }
    ConsumerRecord<String, String> read = read(topic, 1).get(0);
    assertThat(read.timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
    assertThat(read.timestamp()).isBetween(before, System.currentTimeMillis());
    assertThat(told.timestamp()).isEqualTo(read.timestamp());
  }

  @Test
  void timeTooFarFromNowIsRefusedIfTheTopicSaysSo() {
    String topic = topic(1, "message.timestamp.before.max.ms", "60000");
    long now = System.currentTimeMillis();
    try (var producer = producer()) {
      refused(
          producer.send(new ProducerRecord<>(topic, 0, now - 120_000, "key", "value")),
          InvalidTimestampException.class);
      refused(
          producer.send(new ProducerRecord<>(topic, 0, now + 2 * 60 * 60 * 1000, "key", "value")),
          InvalidTimestampException.class);
      done(producer.send(new ProducerRecord<>(topic, 0, now, "key", "value")));
    }
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void oldRecordBetweenNewOnesIsRefusedIfTheTopicSaysSo(Compression codec) {
    String topic = topic(1, "message.timestamp.before.max.ms", "60000");
    long now = System.currentTimeMillis();
    RecordBatchBuilder batch = new RecordBatchBuilder().compression(codec);
    for (long time : new long[] {now, now - 120_000, now}) {
      batch.append(time, Requests.bytes("key"), Requests.bytes("value"));
    }
    ProduceResponse.PartitionProduceResponse answer =
        Requests.append(connect(), topic, 0, batch.build());
    assertThat(answer.errorCode).isEqualTo(ErrorCode.INVALID_TIMESTAMP.code());
    assertThat(answer.recordErrors.get(0).batchIndex).isEqualTo(1);
  }

  @Test
  void batchThatIsTooLargeOnceItIsStoredIsRefused() {
    String topic = topic(1, "compression.type", "uncompressed", "max.message.bytes", "1000");
    RecordBatchBuilder batch = new RecordBatchBuilder().compression(Compression.GZIP);
    batch.append(1000, Requests.bytes("key"), Requests.bytes("v".repeat(9000)));
    ProduceResponse.PartitionProduceResponse answer =
        Requests.append(connect(), topic, 0, batch.build());
    assertThat(answer.errorCode).isEqualTo(ErrorCode.MESSAGE_TOO_LARGE.code());
    assertThat(answer.errorMessage).contains("compression.type", "at most 1000");
  }

  @Test
  void batchThatComesTwiceAnswersTheTimeOfItsFirstAppend() {
    String topic = topic(1, "message.timestamp.type", "LogAppendTime");
    ByteBuffer batch = Requests.batch(Compression.NONE, 2).producer(7, (short) 0, 0).build();
    long first = Requests.append(connect(), topic, 0, batch.duplicate()).logAppendTimeMs;
    eventually().until(() -> System.currentTimeMillis() > first);
    ProduceResponse.PartitionProduceResponse again =
        Requests.append(connect(), topic, 0, batch.duplicate());
    assertThat(again.errorCode).isZero();
    assertThat(again.logAppendTimeMs).isEqualTo(first);
  }

  @Test
  void zstdIsRefusedFromAClientThatCannotKnowIt() {
    RawConnection connection = connect();
    ByteBuffer zstd = Requests.batch(Compression.ZSTD, 1).build();
    for (int version : new int[] {6, 7}) {
      ProduceResponse answer =
          connection.ask(
              Requests.produce(topic(1), 0, -1, zstd.duplicate()), version, ProduceResponse.class);
      assertThat(Requests.only(answer).errorCode)
          .isEqualTo(
              version < 7 ? ErrorCode.UNSUPPORTED_COMPRESSION_TYPE.code() : ErrorCode.NONE.code());
    }
  }

  // --- order ---

  @Test
  void idempotentProducerWithFiveInFlightKeepsItsOrder() {
    String topic = topic(1);
    int count = 3000;
    try (var producer =
        producer("linger.ms", 0, "batch.size", 200, "max.in.flight.requests.per.connection", 5)) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        sent.add(producer.send(new ProducerRecord<>(topic, "key", "value " + i)));
      }
      for (int i = 0; i < count; i++) {
        assertThat(done(sent.get(i)).offset()).isEqualTo(i);
      }
    }
    assertThat(read(topic, count).stream().map(ConsumerRecord::value))
        .containsExactlyElementsOf(numbered("value ", count));
  }

  @Test
  void recordsOfManyPartitionsStayApart() {
    String topic = topic(8);
    try (var producer = producer("linger.ms", 5)) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int i = 0; i < 800; i++) {
        sent.add(producer.send(new ProducerRecord<>(topic, i % 8, "key", "value " + i / 8)));
      }
      sent.forEach(BrokerTest::done);
    }
    try (KafkaConsumer<String, String> consumer = consumer("auto.offset.reset", "earliest")) {
      for (int partition = 0; partition < 8; partition++) {
        assertThat(
                read(consumer, new TopicPartition(topic, partition), 100).stream()
                    .map(ConsumerRecord::value))
            .containsExactlyElementsOf(numbered("value ", 100));
      }
    }
  }

  // --- topics that come by themselves ---

  @Test
  void topicIsMadeWhenItIsFirstProducedTo() {
    String topic = unique("made-by-producing");
    try (var producer = producer()) {
      assertThat(done(producer.send(new ProducerRecord<>(topic, "key", "value"))).offset())
          .isZero();
    }
    assertThat(done(admin().listTopics().names())).contains(topic);
  }

  @Test
  void topicIsNotMadeIfTheBrokerMayNot() {
    Millrace strict =
        closing(
            Millrace.inMemory()
                .set("num.shards", "" + shards)
                .set("auto.create.topics.enable", "false")
                .start());
    Map<String, Object> impatient = map("max.block.ms", 300);
    try (var producer =
            new KafkaProducer<>(
                clientSettings(strict, impatient), new StringSerializer(), new StringSerializer());
        Admin look = Admin.create(clientSettings(strict, Map.of()))) {
      refused(producer.send(new ProducerRecord<>("topic", "k", "v")), TimeoutException.class);
      assertThat(done(look.listTopics().names())).isEmpty();
    }
  }

  // --- what the tests have in common ---

  private List<ConsumerRecord<String, String>> read(String topic, int count) {
    try (KafkaConsumer<String, String> consumer = consumer("auto.offset.reset", "earliest")) {
      return read(consumer, new TopicPartition(topic, 0), count);
    }
  }

  private static List<ConsumerRecord<String, String>> read(
      KafkaConsumer<String, String> consumer, TopicPartition partition, int count) {
    consumer.assign(List.of(partition));
    List<ConsumerRecord<String, String>> read = new ArrayList<>();
    eventually()
        .until(() -> {
          consumer.poll(Duration.ofMillis(20)).records(partition).forEach(read::add);
          return read.size() >= count;
        });
    assertThat(read).hasSize(count);
    return read;
  }

  /** A batch of one record that takes exactly so many bytes. */
  private static ByteBuffer batchOf(int bytes) {
    // Larger by a little, so that the lengths in it take as many bytes.
    int overhead = recordOf(BATCH_BYTES_MAX - 200).remaining() - (BATCH_BYTES_MAX - 200);
    ByteBuffer batch = recordOf(bytes - overhead);
    assertThat(batch.remaining()).isEqualTo(bytes);
    return batch;
  }

  private static ByteBuffer recordOf(int valueBytes) {
    byte[] value = new byte[valueBytes];
    Arrays.fill(value, (byte) 'v');
    return new RecordBatchBuilder()
        .append(1000, Requests.bytes("key"), ByteBuffer.wrap(value))
        .build();
  }

  private static String incompressible(int length, int seed) {
    byte[] bytes = new byte[length];
    java.util.Random random = new java.util.Random(seed);
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) ('!' + random.nextInt(90));
    }
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  private static byte[] tail(ByteBuffer batch, int from) {
    byte[] bytes = new byte[batch.remaining() - from];
    batch.get(batch.position() + from, bytes);
    return bytes;
  }

  private static List<String> numbered(String prefix, int count) {
    return java.util.stream.IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
  }
}
