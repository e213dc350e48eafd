package io.millrace.record;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.jspecify.annotations.Nullable;

/** Everything that decides the bytes of a batch, to be written by Kafka's code and by ours. */
record BatchSpec(
    Compression compression,
    long baseOffset,
    long lastOffset,
    int leaderEpoch,
    long producerId,
    short producerEpoch,
    int baseSequence,
    boolean transactional,
    boolean control,
    OptionalLong logAppendTime,
    OptionalLong deleteHorizon,
    List<Record> records) {

  static final long NOW = 1_700_000_000_000L;

  /** Any batch a log may hold: also control batches, gaps, append times, delete horizons. */
  static BatchSpec random(Random random, Compression compression) {
    boolean idempotent = random.nextBoolean();
    boolean control = idempotent && random.nextInt(6) == 0;
    boolean gaps = random.nextInt(3) == 0;
    long baseOffset = random.nextBoolean() ? 0 : random.nextLong(1L << 60);
    List<Record> records = new ArrayList<>();
    long offset = baseOffset + (gaps ? random.nextInt(5) : 0);
    int count = control ? 1 : 1 + random.nextInt(random.nextInt(10) == 0 ? 500 : 20);
    for (int i = 0; i < count; i++) {
      records.add(control ? marker(offset) : record(random, offset));
      offset += 1 + (gaps ? random.nextInt(random.nextInt(5) == 0 ? 100_000 : 4) : 0);
    }
    long newest = records.get(records.size() - 1).offset();
    return new BatchSpec(
        compression,
        baseOffset,
        newest + (gaps ? random.nextInt(3) : 0),
        random.nextInt(-1, 1000),
        idempotent ? random.nextLong(Long.MAX_VALUE) : RecordBatch.NO_PRODUCER_ID,
        idempotent ? (short) random.nextInt(Short.MAX_VALUE) : RecordBatch.NO_PRODUCER_EPOCH,
        idempotent ? random.nextInt(Integer.MAX_VALUE) : RecordBatch.NO_SEQUENCE,
        idempotent && (control || random.nextBoolean()),
        control,
        random.nextInt(4) == 0 ? OptionalLong.of(NOW + random.nextInt(1000)) : OptionalLong.empty(),
        random.nextInt(6) == 0
            ? OptionalLong.of(NOW + random.nextInt(1_000_000))
            : OptionalLong.empty(),
        records);
  }

  /** A batch as a producer sends it. */
  static BatchSpec randomProduced(Random random, Compression compression) {
    BatchSpec any = random(random, compression);
    List<Record> records = new ArrayList<>();
    for (int i = 0; i < any.records.size(); i++) {
      records.add(record(random, i));
    }
    return new BatchSpec(
        compression,
        0,
        records.size() - 1,
        -1,
        any.producerId,
        any.producerEpoch,
        any.baseSequence,
        any.transactional,
        false,
        OptionalLong.empty(),
        OptionalLong.empty(),
        records);
  }

  private static Record record(Random random, long offset) {
    long timestamp =
        switch (random.nextInt(8)) {
          case 0 -> RecordBatch.NO_TIMESTAMP;
          case 1 -> random.nextLong(NOW);
          default -> NOW - random.nextInt(10_000);
        };
    List<Header> headers = new ArrayList<>();
    for (int i = random.nextInt(8) - 5; i > 0; i--) {
      headers.add(new Header(text(random), bytes(random, 300)));
    }
    return new Record(
        offset,
        timestamp,
        bytes(random, 200),
        bytes(random, random.nextInt(20) == 0 ? 70_000 : 300),
        headers);
  }

  private static Record marker(long offset) {
    ByteBuffer commit = ByteBuffer.wrap(new byte[] {0, 0, 0, 1});
    return new Record(
        offset, NOW, commit, ByteBuffer.wrap(new byte[] {0, 0, 0, 0, 0, 7}), List.of());
  }

  private static String text(Random random) {
    int[] letters = "abcdefg-häß日🙂".codePoints().toArray();
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      text.appendCodePoint(letters[random.nextInt(letters.length)]);
    }
    return text.toString();
  }

  private static @Nullable ByteBuffer bytes(Random random, int max) {
    if (random.nextInt(6) == 0) {
      return null;
    }
    byte[] bytes = new byte[random.nextInt(max)];
    if (random.nextBoolean()) {
      random.nextBytes(bytes);
    }
    return ByteBuffer.wrap(bytes);
  }

  /** The records as a reader should give them. */
  List<Record> readRecords() {
    if (logAppendTime.isEmpty()) {
      return records;
    }
    return records.stream()
        .map(
            r -> new Record(r.offset(), logAppendTime.getAsLong(), r.key(), r.value(), r.headers()))
        .toList();
  }

  RecordBatchBuilder ourBuilder() {
    RecordBatchBuilder builder =
        new RecordBatchBuilder()
            .compression(compression)
            .baseOffset(baseOffset)
            .lastOffset(lastOffset)
            .leaderEpoch(leaderEpoch)
            .producer(producerId, producerEpoch, baseSequence);
    if (transactional) {
      builder.transactional();
    }
    if (control) {
      builder.control();
    }
    logAppendTime.ifPresent(builder::logAppendTime);
    deleteHorizon.ifPresent(builder::deleteHorizon);
    return builder;
  }

  ByteBuffer writtenByUs() {
    RecordBatchBuilder builder = ourBuilder();
    records.forEach(builder::append);
    return builder.build();
  }

  ByteBuffer writtenByKafka() {
    try (MemoryRecordsBuilder builder =
        new MemoryRecordsBuilder(
            new ByteBufferOutputStream(1024),
            RecordBatch.MAGIC,
            kafkaCompression(),
            logAppendTime.isPresent()
                ? org.apache.kafka.common.record.TimestampType.LOG_APPEND_TIME
                : org.apache.kafka.common.record.TimestampType.CREATE_TIME,
            baseOffset,
            logAppendTime.orElse(-1),
            producerId,
            producerEpoch,
            baseSequence,
            transactional,
            control,
            leaderEpoch,
            Integer.MAX_VALUE,
            deleteHorizon.orElse(-1))) {
      for (Record record : records) {
        SimpleRecord simple = toKafka(record);
        if (control) {
          builder.appendControlRecordWithOffset(record.offset(), simple);
        } else {
          builder.appendWithOffset(record.offset(), simple);
        }
      }
      builder.overrideLastOffset(lastOffset);
      return builder.build().buffer();
    }
  }

  private org.apache.kafka.common.compress.Compression kafkaCompression() {
    return org.apache.kafka.common.compress.Compression.of(compression.lowerCaseName()).build();
  }

  private static SimpleRecord toKafka(Record record) {
    return new SimpleRecord(
        record.timestamp(),
        record.key(),
        record.value(),
        record.headers().stream()
            .map(h -> new RecordHeader(ByteBuffer.wrap(h.key().getBytes(UTF_8)), h.value()))
            .toArray(org.apache.kafka.common.header.Header[]::new));
  }

  /** What Kafka's reader makes of a batch, as our records. */
  static List<Record> readByKafka(org.apache.kafka.common.record.internal.RecordBatch batch) {
    List<Record> records = new ArrayList<>();
    for (org.apache.kafka.common.record.internal.Record record : batch) {
      List<Header> headers = new ArrayList<>();
      for (org.apache.kafka.common.header.Header header : record.headers()) {
        headers.add(
            new Header(
                header.key(), header.value() == null ? null : ByteBuffer.wrap(header.value())));
      }
      records.add(
          new Record(record.offset(), record.timestamp(), record.key(), record.value(), headers));
    }
    return records;
  }

  static List<Record> readByUs(RecordBatch batch, int expandedBytesMax) {
    List<Record> records = new ArrayList<>();
    try (RecordReader reader = batch.records(expandedBytesMax)) {
      reader.forEach(records::add);
    }
    return records;
  }
}
