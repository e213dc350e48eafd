package io.millrace.systemtests.badinput;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.record.Compression;
import io.millrace.record.Record;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.message.InitProducerIdResponse;
import io.millrace.wire.message.ListOffsetsResponse;
import io.millrace.wire.message.ProduceRequest;
import io.millrace.wire.message.ProduceResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches that lie about themselves: each gets its error, and nothing of it is stored. */
class BadBatchProcessTest {

  private static final int BATCH_BYTES_MAX = 100_000;
  private static final int EXPANDED_BYTES_MAX = 1 << 20;

  /** Magic, descriptor and its checksum, size of the first block. */
  private static final int LZ4_HEAD_BYTES = 11;

  /** Stores batches as they come, once they have been looked into. */
  private static final String PLAIN = "plain";

  private static final String COMPACTED = "compacted";

  @TempDir static Path directory;
  private static AttackedBroker broker;

  @BeforeAll
  static void start() throws Exception {
    broker =
        new AttackedBroker(directory, Map.of("decompression.max.bytes", "" + EXPANDED_BYTES_MAX));
    try (Admin admin = broker.admin()) {
      Map<String, String> size = Map.of("max.message.bytes", "" + BATCH_BYTES_MAX);
      Map<String, String> compact =
          Map.of("max.message.bytes", "" + BATCH_BYTES_MAX, "cleanup.policy", "compact");
      admin
          .createTopics(
              List.of(
                  new NewTopic(PLAIN, 1, (short) 1).configs(size),
                  new NewTopic(COMPACTED, 1, (short) 1).configs(compact)))
          .all()
          .get();
    }
  }

  @AfterAll
  static void stop() throws Exception {
    broker.close();
  }

  @AfterEach
  void unharmed() {
    broker.requireUnharmed();
  }

  /** A way to spoil a batch, and what it gets. */
  private record Lie(String what, Consumer<ByteBuffer> change, boolean crcMended, ErrorCode error) {
    static Lie of(String what, ErrorCode error, Consumer<ByteBuffer> change) {
      return new Lie(what, change, true, error);
    }

    @Override
    public String toString() {
      return what;
    }
  }

  static Stream<Lie> lies() {
    long now = System.currentTimeMillis();
    return Stream.of(
        new Lie(
            "wrong CRC", b -> b.putInt(RecordBatch.CRC_AT, 1), false, ErrorCode.CORRUPT_MESSAGE),
        new Lie(
            "a bit of the records flipped",
            b -> b.put(b.limit() - 1, (byte) (b.get(b.limit() - 1) ^ 1)),
            false,
            ErrorCode.CORRUPT_MESSAGE),
        Lie.of(
            "magic 0",
            ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT,
            b -> b.put(RecordBatch.MAGIC_AT, (byte) 0)),
        Lie.of(
            "magic 1",
            ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT,
            b -> b.put(RecordBatch.MAGIC_AT, (byte) 1)),
        Lie.of(
            "magic 3",
            ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT,
            b -> b.put(RecordBatch.MAGIC_AT, (byte) 3)),
        Lie.of("length 0", ErrorCode.CORRUPT_MESSAGE, b -> b.putInt(RecordBatch.LENGTH_AT, 0)),
        Lie.of(
            "length negative", ErrorCode.CORRUPT_MESSAGE, b -> b.putInt(RecordBatch.LENGTH_AT, -1)),
        Lie.of(
            "length too large",
            ErrorCode.INVALID_RECORD,
            b -> b.putInt(RecordBatch.LENGTH_AT, Integer.MAX_VALUE)),
        Lie.of(
            "a record more than said",
            ErrorCode.INVALID_RECORD,
            b -> b.putInt(RecordBatch.RECORD_COUNT_AT, 2)),
        Lie.of(
            "count of a thousand million",
            ErrorCode.INVALID_RECORD,
            b ->
                b.putInt(RecordBatch.RECORD_COUNT_AT, 1_000_000_000)
                    .putInt(RecordBatch.LAST_OFFSET_DELTA_AT, 999_999_999)),
        Lie.of(
            "count -1", ErrorCode.INVALID_RECORD, b -> b.putInt(RecordBatch.RECORD_COUNT_AT, -1)),
        Lie.of("count 0", ErrorCode.INVALID_RECORD, b -> b.putInt(RecordBatch.RECORD_COUNT_AT, 0)),
        Lie.of(
            "offset delta of another count",
            ErrorCode.INVALID_RECORD,
            b -> b.putInt(RecordBatch.LAST_OFFSET_DELTA_AT, 7)),
        Lie.of(
            "offset delta negative",
            ErrorCode.INVALID_RECORD,
            b -> b.putInt(RecordBatch.LAST_OFFSET_DELTA_AT, -1)),
        Lie.of("base offset 5", ErrorCode.INVALID_RECORD, b -> b.putLong(0, 5)),
        Lie.of(
            "a transaction that nobody began",
            ErrorCode.INVALID_TXN_STATE,
            b ->
                b.putShort(RecordBatch.ATTRIBUTES_AT, (short) RecordBatch.TRANSACTIONAL_FLAG)
                    .putLong(RecordBatch.PRODUCER_ID_AT, 555)
                    .putShort(RecordBatch.PRODUCER_EPOCH_AT, (short) 0)
                    .putInt(RecordBatch.BASE_SEQUENCE_AT, 0)),
        Lie.of(
            "codec 7",
            ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
            b -> b.putShort(RecordBatch.ATTRIBUTES_AT, (short) 7)),
        Lie.of(
            "codec 5",
            ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
            b -> b.putShort(RecordBatch.ATTRIBUTES_AT, (short) 5)),
        Lie.of(
            "control batch",
            ErrorCode.INVALID_RECORD,
            b -> b.putShort(RecordBatch.ATTRIBUTES_AT, (short) RecordBatch.CONTROL_FLAG)),
        Lie.of(
            "append time of a client",
            ErrorCode.INVALID_TIMESTAMP,
            b -> b.putShort(RecordBatch.ATTRIBUTES_AT, (short) RecordBatch.LOG_APPEND_TIME_FLAG)),
        Lie.of(
            "producer without epoch",
            ErrorCode.INVALID_RECORD,
            b -> b.putLong(RecordBatch.PRODUCER_ID_AT, 5)),
        Lie.of(
            "timestamps of the far future",
            ErrorCode.INVALID_TIMESTAMP,
            b ->
                b.putLong(RecordBatch.BASE_TIMESTAMP_AT, now + 365L * 86_400_000)
                    .putLong(RecordBatch.MAX_TIMESTAMP_AT, now + 365L * 86_400_000)),
        Lie.of(
            "timestamps below -1",
            ErrorCode.INVALID_TIMESTAMP,
            b ->
                b.putLong(RecordBatch.BASE_TIMESTAMP_AT, -5_000)
                    .putLong(RecordBatch.MAX_TIMESTAMP_AT, -5_000)));
  }

  @ParameterizedTest
  @MethodSource("lies")
  void lieIsAnsweredAndNothingIsStored(Lie lie) throws IOException {
    ByteBuffer batch = Requests.batch();
    lie.change.accept(batch);
    if (lie.crcMended) {
      mendCrc(batch);
    }
    refused(PLAIN, batch, lie.error);
    refused(COMPACTED, batch, lie.error);
  }

  @Test
  void emptyRecordsAndHalfABatchAreRefused() throws IOException {
    long before = endOffset(PLAIN);
    refused(PLAIN, ByteBuffer.allocate(0), ErrorCode.INVALID_RECORD);
    for (int bytes : new int[] {1, 11, 12, 16, 17, 60, 61, 70}) {
      ProduceResponse.PartitionProduceResponse answer =
          produce(PLAIN, Requests.batch().limit(bytes).slice());
      assertThat(answer.errorCode).as("%s bytes", bytes).isNotZero();
    }
    assertThat(endOffset(PLAIN)).isEqualTo(before);
  }

  @Test
  void twoBatchesForOnePartitionAreRefusedWhole() throws IOException {
    ByteBuffer one = Requests.batch();
    ByteBuffer two = ByteBuffer.allocate(2 * one.remaining());
    two.put(one.duplicate()).put(one.duplicate()).flip();
    refused(PLAIN, two, ErrorCode.INVALID_RECORD);
  }

  @Test
  void recordOverTheLimitIsTooLargeAndItsNeighbourIsStored() throws IOException {
    long before = endOffset(PLAIN);
    refused(
        PLAIN,
        Requests.batch(Compression.NONE, "x".repeat(BATCH_BYTES_MAX)),
        ErrorCode.MESSAGE_TOO_LARGE);
    assertThat(produce(PLAIN, Requests.batch(Compression.NONE, "small")).errorCode).isZero();
    assertThat(endOffset(PLAIN)).isEqualTo(before + 1);
  }

  @ParameterizedTest
  @EnumSource(names = {"GZIP", "SNAPPY", "LZ4", "ZSTD"})
  void liesInsideACompressedBatchAreRefused(Compression codec) throws IOException {
    ByteBuffer one = Requests.batch(codec, "first", "second", "third");
    one.putInt(RecordBatch.RECORD_COUNT_AT, 4).putInt(RecordBatch.LAST_OFFSET_DELTA_AT, 3);
    mendCrc(one);
    refused(PLAIN, one, ErrorCode.INVALID_RECORD);
    one.putInt(RecordBatch.RECORD_COUNT_AT, 2).putInt(RecordBatch.LAST_OFFSET_DELTA_AT, 1);
    mendCrc(one);
    refused(PLAIN, one, ErrorCode.INVALID_RECORD);
    one.putInt(RecordBatch.RECORD_COUNT_AT, 3).putInt(RecordBatch.LAST_OFFSET_DELTA_AT, 2);
    mendCrc(one);
    assertThat(produce(PLAIN, one).errorCode).isZero();
  }

  @ParameterizedTest
  @EnumSource(names = {"GZIP", "SNAPPY", "LZ4", "ZSTD"})
  void bombIsRefused(Compression codec) throws IOException {
    ByteBuffer bomb = Requests.batch(codec, "\0".repeat(EXPANDED_BYTES_MAX + 1));
    assertThat(bomb.remaining()).isLessThan(BATCH_BYTES_MAX);
    refusedSomehow(PLAIN, bomb);
    refusedSomehow(COMPACTED, bomb);
  }

  /** 10 KB that become gigabytes, were they expanded. */
  @Test
  void bombOfGigabytesIsRefusedWithinItsBound() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 90; i++) {
        gzip.write(zeros);
      }
    }
    refusedSomehow(PLAIN, withPayload(Compression.GZIP, packed.toByteArray()));
    refusedSomehow(COMPACTED, withPayload(Compression.GZIP, packed.toByteArray()));
  }

  @ParameterizedTest
  @EnumSource(names = {"GZIP", "SNAPPY", "LZ4", "ZSTD"})
  void compressedBytesThatAreNoneAreRefused(Compression codec) throws IOException {
    refusedSomehow(PLAIN, withPayload(codec, new byte[0]));
    refusedSomehow(COMPACTED, withPayload(codec, new byte[0]));
    refusedSomehow(PLAIN, withPayload(codec, new byte[100]));
    refusedSomehow(COMPACTED, withPayload(codec, new byte[100]));
    byte[] all = new byte[300];
    Arrays.fill(all, (byte) 0xff);
    refusedSomehow(PLAIN, withPayload(codec, all));
    refusedSomehow(COMPACTED, withPayload(codec, all));
    byte[] cut = payload(Requests.batch(codec, "a".repeat(5000), "b".repeat(5000)));
    refusedSomehow(PLAIN, withPayload(codec, Arrays.copyOf(cut, cut.length / 2)));
    refusedSomehow(COMPACTED, withPayload(codec, Arrays.copyOf(cut, cut.length / 2)));
  }

  @Test
  void snappyChunkLengthsThatLieAreRefused() throws IOException {
    byte[] head = {(byte) 0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1};
    for (int length : new int[] {-1, Integer.MAX_VALUE, Integer.MIN_VALUE, 0, 1 << 28}) {
      byte[] packed =
          ByteBuffer.allocate(head.length + 8).put(head).putInt(length).putInt(0).array();
      refusedSomehow(PLAIN, withPayload(Compression.SNAPPY, packed));
      refusedSomehow(COMPACTED, withPayload(Compression.SNAPPY, packed));
    }
  }

  @Test
  void zstdWindowOfTwoGigabytesIsRefused() throws IOException {
    byte[] packed = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, (byte) (21 << 3), 1, 0, 0};
    refusedSomehow(PLAIN, withPayload(Compression.ZSTD, packed));
    refusedSomehow(COMPACTED, withPayload(Compression.ZSTD, packed));
  }

  @Test
  void lz4FrameThatLiesIsRefused() throws IOException {
    byte[] packed = payload(Requests.batch(Compression.LZ4, "a".repeat(5000)));
    for (int at = 0; at < LZ4_HEAD_BYTES; at++) {
      byte[] spoiled = packed.clone();
      spoiled[at] ^= (byte) 0xff;
      refusedSomehow(PLAIN, withPayload(Compression.LZ4, spoiled));
      refusedSomehow(COMPACTED, withPayload(Compression.LZ4, spoiled));
    }
  }

  @Test
  void recordWithoutKeyIsRefusedByACompactedTopic() throws IOException {
    ByteBuffer keyless =
        new RecordBatchBuilder()
            .append(
                new Record(
                    0,
                    System.currentTimeMillis(),
                    null,
                    ByteBuffer.wrap("value".getBytes(StandardCharsets.UTF_8)),
                    List.of()))
            .build();
    refused(COMPACTED, keyless, ErrorCode.INVALID_RECORD);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, -2, Short.MAX_VALUE, Short.MIN_VALUE})
  void acksThatDoNotExistAreRefused(int acks) throws IOException {
    try (RawConnection connection = broker.connect()) {
      ProduceResponse answer =
          connection.ask(ApiKey.PRODUCE, 9, Requests.produce(PLAIN, 0, acks, Requests.batch()));
      assertThat(only(answer).errorCode).isEqualTo(ErrorCode.INVALID_REQUIRED_ACKS.code());
    }
  }

  @Test
  void refusedProduceWithoutAcksEndsTheConnection() throws IOException {
    try (RawConnection connection = broker.connect()) {
      ByteBuffer batch = Requests.batch().putInt(RecordBatch.CRC_AT, 1);
      connection.send(
          RawConnection.frame(ApiKey.PRODUCE, 9, 1, Requests.produce(PLAIN, 0, 0, batch)));
      assertThat(connection.isEnded()).isTrue();
    }
  }

  @Test
  void sequencesThatDoNotFollowAreRefusedAndRepetitionsAnsweredAlike() throws IOException {
    long before = endOffset(PLAIN);
    try (RawConnection connection = broker.connect()) {
      InitProducerIdResponse producer =
          connection.ask(ApiKey.INIT_PRODUCER_ID, 4, Requests.initProducerId());
      assertThat(numbered(connection, producer, 0, 0).errorCode).isZero();
      ProduceResponse.PartitionProduceResponse second = numbered(connection, producer, 0, 3);
      assertThat(second.baseOffset).isEqualTo(before + 3);
      ProduceResponse.PartitionProduceResponse repeated = numbered(connection, producer, 0, 3);
      assertThat(repeated.errorCode).isZero();
      assertThat(repeated.baseOffset).isEqualTo(before + 3);
      assertThat(numbered(connection, producer, 0, 10).errorCode)
          .isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER.code());
      assertThat(numbered(connection, producer, 5, 0).errorCode).isZero();
      assertThat(numbered(connection, producer, 4, 3).errorCode)
          .isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH.code());
      assertThat(numbered(connection, producer, 5, 1).errorCode)
          .isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER.code());
    }
    assertThat(endOffset(PLAIN)).isEqualTo(before + 9);
  }

  @Test
  void sequencesWrapBehindTheLargest() throws IOException {
    try (RawConnection connection = broker.connect()) {
      InitProducerIdResponse producer =
          connection.ask(ApiKey.INIT_PRODUCER_ID, 4, Requests.initProducerId());
      // A producer that the log does not know may begin anywhere, as in Kafka.
      assertThat(numbered(connection, producer, 0, Integer.MAX_VALUE - 1).errorCode).isZero();
      assertThat(numbered(connection, producer, 0, 1).errorCode).isZero();
      assertThat(numbered(connection, producer, 0, 5).errorCode)
          .isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER.code());
    }
  }

  // --- asking ---

  private static ProduceResponse.PartitionProduceResponse numbered(
      RawConnection connection, InitProducerIdResponse producer, int epoch, int sequence)
      throws IOException {
    ByteBuffer batch = Requests.batch();
    batch.putLong(RecordBatch.PRODUCER_ID_AT, producer.producerId);
    batch.putShort(RecordBatch.PRODUCER_EPOCH_AT, (short) epoch);
    batch.putInt(RecordBatch.BASE_SEQUENCE_AT, sequence);
    mendCrc(batch);
    return only(connection.ask(ApiKey.PRODUCE, 9, Requests.produce(PLAIN, batch)));
  }

  private static void refused(String topic, ByteBuffer batch, ErrorCode error) throws IOException {
    long before = endOffset(topic);
    ProduceResponse.PartitionProduceResponse answer = produce(topic, batch);
    assertThat(ErrorCode.forCode(answer.errorCode)).as("%s", answer.errorMessage).isEqualTo(error);
    assertThat(answer.errorMessage).isNotBlank();
    assertThat(endOffset(topic)).isEqualTo(before);
  }

  private static void refusedSomehow(String topic, ByteBuffer batch) throws IOException {
    long before = endOffset(topic);
    assertThat(ErrorCode.forCode(produce(topic, batch).errorCode))
        .isIn(ErrorCode.MESSAGE_TOO_LARGE, ErrorCode.INVALID_RECORD, ErrorCode.CORRUPT_MESSAGE);
    assertThat(endOffset(topic)).isEqualTo(before);
  }

  private static ProduceResponse.PartitionProduceResponse produce(String topic, ByteBuffer batch)
      throws IOException {
    try (RawConnection connection = broker.connect()) {
      ProduceRequest request = Requests.produce(topic, batch);
      return only(connection.ask(ApiKey.PRODUCE, 9, request));
    }
  }

  private static ProduceResponse.PartitionProduceResponse only(ProduceResponse response) {
    return response.responses.get(0).partitionResponses.get(0);
  }

  private static long endOffset(String topic) throws IOException {
    try (RawConnection connection = broker.connect()) {
      var request = Requests.listOffsets();
      request.topics.get(0).name = topic;
      ListOffsetsResponse answer = connection.ask(ApiKey.LIST_OFFSETS, 7, request);
      return answer.topics.get(0).partitions.get(0).offset;
    }
  }

  // --- building ---

  private static void mendCrc(ByteBuffer batch) {
    int length = RecordBatch.sizeInBytes(batch, 0);
    if (length == batch.remaining()) {
      batch.putInt(RecordBatch.CRC_AT, RecordBatch.computeCrc(batch, 0));
    }
  }

  private static byte[] payload(ByteBuffer batch) {
    byte[] payload = new byte[batch.remaining() - RecordBatch.HEADER_SIZE];
    batch.get(RecordBatch.HEADER_SIZE, payload);
    return payload;
  }

  /** A batch of one record, if its payload were what it says. */
  private static ByteBuffer withPayload(Compression codec, byte[] payload) {
    ByteBuffer batch = ByteBuffer.allocate(RecordBatch.HEADER_SIZE + payload.length);
    batch.put(Requests.batch(codec, "value").limit(RecordBatch.HEADER_SIZE)).put(payload).flip();
    batch.putInt(RecordBatch.LENGTH_AT, batch.remaining() - RecordBatch.LOG_OVERHEAD);
    mendCrc(batch);
    return batch;
  }
}
