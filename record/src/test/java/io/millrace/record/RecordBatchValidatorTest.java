package io.millrace.record;

import static io.millrace.record.Refusal.CORRUPT_MESSAGE;
import static io.millrace.record.Refusal.INVALID_RECORD;
import static io.millrace.record.Refusal.INVALID_TIMESTAMP;
import static io.millrace.record.Refusal.MESSAGE_TOO_LARGE;
import static io.millrace.record.Refusal.UNSUPPORTED_COMPRESSION_TYPE;
import static io.millrace.record.Refusal.UNSUPPORTED_FOR_MESSAGE_FORMAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.millrace.record.BatchRules.Depth;
import io.millrace.record.BatchVerdict.Accepted;
import io.millrace.record.BatchVerdict.Refused;
import io.millrace.record.RawBatch.Payload;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordBatchValidatorTest {
  private static final long NOW = BatchSpec.NOW;
  private static final long HOUR = 3_600_000;
  private static final BatchRules FULL = BatchRules.DEFAULT.withDepth(Depth.FULL);

  private final RecordBatchValidator validator = new RecordBatchValidator();

  private static ByteBuffer threeRecords(Compression compression) {
    Payload payload = new Payload().goodRecord(0).goodRecord(1).goodRecord(2);
    return compressed(3, compression, payload);
  }

  private static ByteBuffer compressed(int count, Compression compression, Payload payload) {
    ByteBuffer packed =
        compression.compress(ByteBuffer.wrap(payload.bytes()), compression.levelDefault());
    byte[] bytes = new byte[packed.remaining()];
    packed.get(bytes);
    return RawBatch.of(count, compression, bytes);
  }

  private BatchVerdict check(ByteBuffer batch, BatchRules rules) {
    return validator.check(batch, 0, batch.limit(), rules, NOW);
  }

  private void assertRefused(BatchVerdict verdict, Refusal reason, int index, String message) {
    assertThat(verdict).isInstanceOf(Refused.class);
    Refused refused = (Refused) verdict;
    assertThat(refused.message()).contains(message);
    assertThat(refused.reason()).isEqualTo(reason);
    assertThat(refused.recordIndex()).isEqualTo(index);
  }

  private static Arguments lie(
      String name, Refusal reason, String message, Consumer<ByteBuffer> edit) {
    return Arguments.of(name, reason, message, edit);
  }

  private static Consumer<ByteBuffer> attributes(int bits) {
    return b ->
        b.putShort(
            RecordBatch.ATTRIBUTES_AT, (short) (b.getShort(RecordBatch.ATTRIBUTES_AT) | bits));
  }

  private static Consumer<ByteBuffer> counts(int count, int lastOffsetDelta) {
    return b ->
        b.putInt(RecordBatch.RECORD_COUNT_AT, count)
            .putInt(RecordBatch.LAST_OFFSET_DELTA_AT, lastOffsetDelta);
  }

  private static Consumer<ByteBuffer> producer(long id, int epoch, int sequence) {
    return b ->
        b.putLong(RecordBatch.PRODUCER_ID_AT, id)
            .putShort(RecordBatch.PRODUCER_EPOCH_AT, (short) epoch)
            .putInt(RecordBatch.BASE_SEQUENCE_AT, sequence);
  }

  private static Consumer<ByteBuffer> length(int length) {
    return b -> b.putInt(RecordBatch.LENGTH_AT, length);
  }

  private static Consumer<ByteBuffer> magic(int magic) {
    return b -> b.put(RecordBatch.MAGIC_AT, (byte) magic);
  }

  static Stream<Arguments> liesInTheHeader() {
    int batchLength = threeRecords(Compression.NONE).limit() - RecordBatch.LOG_OVERHEAD;
    return Stream.of(
        lie("magic 0", UNSUPPORTED_FOR_MESSAGE_FORMAT, "magic 0", magic(0)),
        lie("magic 1", UNSUPPORTED_FOR_MESSAGE_FORMAT, "magic 1", magic(1)),
        lie("magic 3", UNSUPPORTED_FOR_MESSAGE_FORMAT, "magic 3", magic(3)),
        lie("magic -1", UNSUPPORTED_FOR_MESSAGE_FORMAT, "magic -1", magic(-1)),
        lie("length 0", CORRUPT_MESSAGE, "12 bytes, fewer", length(0)),
        lie("length -1", CORRUPT_MESSAGE, "11 bytes, fewer", length(-1)),
        lie("length -2^31", CORRUPT_MESSAGE, "fewer than its header", length(Integer.MIN_VALUE)),
        lie("length of a header less 1", CORRUPT_MESSAGE, "60 bytes, fewer", length(48)),
        lie("length of a header", INVALID_RECORD, "exactly one batch", length(49)),
        lie("length less 1", INVALID_RECORD, "exactly one batch", length(batchLength - 1)),
        lie("length and 1", INVALID_RECORD, "exactly one batch", length(batchLength + 1)),
        lie(
            "length 2^31-1",
            INVALID_RECORD,
            "2147483659 bytes, but came with",
            length(Integer.MAX_VALUE)),
        lie("codec 5", UNSUPPORTED_COMPRESSION_TYPE, "code 5", attributes(5)),
        lie("codec 6", UNSUPPORTED_COMPRESSION_TYPE, "code 6", attributes(6)),
        lie("codec 7", UNSUPPORTED_COMPRESSION_TYPE, "code 7", attributes(7)),
        lie("log append time", INVALID_TIMESTAMP, "LogAppendTime", attributes(0x08)),
        lie(
            "transactional without producer",
            INVALID_RECORD,
            "a transactional batch",
            attributes(0x10)),
        lie("control", INVALID_RECORD, "control records", attributes(0x20)),
        lie("delete horizon", INVALID_RECORD, "delete horizon", attributes(0x40)),
        lie("count 0", INVALID_RECORD, "0 records", counts(0, -1)),
        lie("count 0 with offset delta 0", INVALID_RECORD, "0 records", counts(0, 0)),
        lie("count -1", INVALID_RECORD, "-1 records", counts(-1, -2)),
        lie(
            "count -2^31",
            INVALID_RECORD,
            "-2147483648 records",
            counts(Integer.MIN_VALUE, Integer.MAX_VALUE)),
        lie(
            "count too small",
            INVALID_RECORD,
            "2 records cannot end with the offset delta 2",
            counts(2, 2)),
        lie(
            "count too large",
            INVALID_RECORD,
            "4 records cannot end with the offset delta 2",
            counts(4, 2)),
        lie("last offset delta too small", INVALID_RECORD, "offset delta 1", counts(3, 1)),
        lie("last offset delta -1", INVALID_RECORD, "offset delta -1", counts(3, -1)),
        lie(
            "last offset delta 2^31-1",
            INVALID_RECORD,
            "offset delta 2147483647",
            counts(3, Integer.MAX_VALUE)),
        lie(
            "a billion records",
            INVALID_RECORD,
            "1000000000 records cannot fit into",
            counts(1_000_000_000, 999_999_999)),
        lie(
            "producer without epoch",
            INVALID_RECORD,
            "producer id 7, epoch -1",
            producer(7, -1, 0)),
        lie("producer without sequence", INVALID_RECORD, "sequence -1", producer(7, 0, -1)),
        lie(
            "producer with negative sequence",
            INVALID_RECORD,
            "sequence -2147483648",
            producer(7, 0, Integer.MIN_VALUE)),
        lie("producer id -2", INVALID_RECORD, "producer id -2", producer(-2, -1, -1)),
        lie(
            "producer id -2^63",
            INVALID_RECORD,
            "producer id -9223372036854775808",
            producer(Long.MIN_VALUE, 0, 0)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("liesInTheHeader")
  void refusesALieInTheHeaderAtEveryDepth(
      String name, Refusal reason, String message, Consumer<ByteBuffer> edit) {
    ByteBuffer batch = RawBatch.edited(threeRecords(Compression.NONE), edit);
    for (Depth depth : Depth.values()) {
      assertRefused(
          check(batch, BatchRules.DEFAULT.withDepth(depth)), reason, Refused.NO_RECORD, message);
    }
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void acceptsABatchWithoutLies(Compression compression) {
    for (Depth depth : Depth.values()) {
      assertThat(check(threeRecords(compression), BatchRules.DEFAULT.withDepth(depth)))
          .isEqualTo(new Accepted(3, NOW));
    }
  }

  @Test
  void everyFlippedBitIsDamageOrASizeThatDoesNotFitOrAnotherFormat() {
    ByteBuffer batch = threeRecords(Compression.NONE);
    for (int bit = 8 * RecordBatch.LENGTH_AT; bit < 8 * batch.limit(); bit++) {
      int at = bit / 8;
      if (at >= RecordBatch.LEADER_EPOCH_AT && at < RecordBatch.MAGIC_AT) {
        continue; // outside of the CRC, and overwritten
      }
      ByteBuffer damaged = ByteBuffer.allocate(batch.limit()).put(0, batch, 0, batch.limit());
      damaged.put(at, (byte) (damaged.get(at) ^ 1 << bit % 8));
      Refused refused = (Refused) check(damaged, BatchRules.DEFAULT);
      if (at == RecordBatch.MAGIC_AT) {
        assertThat(refused.reason()).isEqualTo(UNSUPPORTED_FOR_MESSAGE_FORMAT);
      } else if (at < RecordBatch.LEADER_EPOCH_AT) {
        assertThat(refused.reason()).isIn(CORRUPT_MESSAGE, INVALID_RECORD);
      } else {
        assertThat(refused.reason()).as("bit %d", bit).isEqualTo(CORRUPT_MESSAGE);
        assertThat(refused.message()).contains("CRC");
      }
    }
  }

  @Test
  void everyTruncationIsRefusedWithoutAnException() {
    ByteBuffer batch = threeRecords(Compression.NONE);
    for (int length = 0; length < batch.limit(); length++) {
      ByteBuffer cut = ByteBuffer.allocate(length).put(0, batch, 0, length);
      assertThat(check(cut, FULL)).as("%d bytes", length).isInstanceOf(Refused.class);
    }
  }

  @Test
  void twoBatchesAreNotOne() {
    ByteBuffer one = threeRecords(Compression.NONE);
    ByteBuffer two = ByteBuffer.allocate(2 * one.limit()).put(0, one, 0, one.limit());
    two.put(one.limit(), one, 0, one.limit());
    assertRefused(check(two, FULL), INVALID_RECORD, -1, "exactly one batch is allowed");
  }

  @Test
  void theSizeLimitIsInclusive() {
    ByteBuffer batch = threeRecords(Compression.NONE);
    assertThat(check(batch, FULL.withBytesMax(batch.limit(), 0))).isEqualTo(new Accepted(3, NOW));
    assertRefused(
        check(batch, FULL.withBytesMax(batch.limit() - 1, 0)),
        MESSAGE_TOO_LARGE,
        -1,
        "at most " + (batch.limit() - 1) + " allowed");
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 8, 9, 10, 11, 12, 13, 14, 15})
  void unusedAttributeBitsAreLetThroughAsByKafka(int bit) {
    ByteBuffer batch = RawBatch.edited(threeRecords(Compression.NONE), attributes(1 << bit));
    assertThat(check(batch, FULL)).isEqualTo(new Accepted(3, NOW));
  }

  @Test
  void producerFieldsMayBeAnythingThatClientsSend() {
    ByteBuffer batch = threeRecords(Compression.NONE);
    for (Consumer<ByteBuffer> edit :
        List.of(
            producer(-1, -1, -1),
            producer(-1, 0, 0), // kafkajs
            producer(0, 0, 0),
            producer(Long.MAX_VALUE, Short.MAX_VALUE, Integer.MAX_VALUE),
            producer(7, 0, 0).andThen(attributes(0x10)))) {
      assertThat(check(RawBatch.edited(batch, edit), FULL)).isEqualTo(new Accepted(3, NOW));
    }
  }

  @Test
  void baseOffsetAndLeaderEpochDoNotMatter() {
    ByteBuffer batch =
        RawBatch.edited(
            threeRecords(Compression.NONE),
            b -> b.putLong(0, -5).putInt(RecordBatch.LEADER_EPOCH_AT, 99));
    assertThat(check(batch, FULL)).isEqualTo(new Accepted(3, NOW));
  }

  // Records.

  private static Payload fields(int index) {
    return new Payload().raw(0).varint(0).varint(index);
  }

  private static Arguments lie(String name, String message, Payload secondRecord) {
    return Arguments.of(name, message, secondRecord);
  }

  static Stream<Arguments> liesInARecord() {
    Payload tenBytes = new Payload().raw(0, 0, 2, 1, 1, 0, 0, 0, 0, 0);
    return Stream.of(
        lie("length 0", "its length", new Payload().raw(0).raw(tenBytes.bytes())),
        lie("length 5", "its length", new Payload().varint(5).raw(tenBytes.bytes())),
        lie("length -1", "its length", new Payload().varint(-1).raw(tenBytes.bytes())),
        lie(
            "length -2^31",
            "its length",
            new Payload().varint(Integer.MIN_VALUE).raw(tenBytes.bytes())),
        lie("length past the end", "its length", new Payload().varint(30).raw(tenBytes.bytes())),
        lie(
            "length one past the end",
            "its length",
            new Payload().varint(11).raw(0, 0, 2, 1, 10, 'v', 'v', 'v', 'v', 'v')),
        lie(
            "offset delta cut off",
            "numbers",
            new Payload().record(new Payload().raw(0, 0x80, 0x80, 0x80, 0x00, 0x80))),
        lie(
            "key length cut off",
            "numbers",
            new Payload().record(new Payload().raw(0, 0, 0x82, 0x80, 0x00, 0x80))),
        lie(
            "value length cut off by the end of the batch",
            "numbers",
            new Payload().record(fields(1).varint(2).raw('k', 'k', 0x80))),
        lie(
            "length 2^31-1",
            "its length",
            new Payload().varint(Integer.MAX_VALUE).raw(tenBytes.bytes())),
        lie(
            "length of 6 bytes",
            "numbers",
            new Payload().raw(0x80, 0x80, 0x80, 0x80, 0x80, 0).raw(tenBytes.bytes())),
        lie(
            "length of 33 bits",
            "numbers",
            new Payload().raw(0xff, 0xff, 0xff, 0xff, 0x1f).raw(tenBytes.bytes())),
        lie(
            "length too short by one",
            "numbers",
            new Payload().varint(6).raw(0, 0, 2, 1, 1, 0x80, 0, 0, 0)),
        lie(
            "timestamp delta of 11 bytes",
            "numbers",
            withDelta(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0)),
        lie(
            "timestamp delta of 65 bits",
            "numbers",
            withDelta(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2)),
        lie(
            "timestamp delta cut off",
            "numbers",
            new Payload().record(new Payload().raw(0, 0x80, 0x80, 0x80, 0x80, 0x80))),
        lie("offset delta 0 at index 1", "offset delta", new Payload().goodRecord(0)),
        lie("offset delta 2 at index 1", "offset delta", new Payload().goodRecord(2)),
        lie("offset delta -1", "offset delta", new Payload().goodRecord(-1)),
        lie("offset delta 2^31-1", "offset delta", new Payload().goodRecord(Integer.MAX_VALUE)),
        lie(
            "no room after the offset delta",
            "numbers",
            new Payload().record(new Payload().raw(0, 0, 0x82, 0x80, 0x80, 0))),
        lie(
            "key of -2",
            "its key",
            new Payload().record(fields(1).varint(-2).varint(-1).varint(0).raw(0))),
        lie(
            "key of -2^31",
            "its key",
            new Payload().record(fields(1).varint(Integer.MIN_VALUE).varint(-1).varint(0))),
        lie(
            "key past the end",
            "its key",
            new Payload().record(fields(1).varint(3).raw('k').varint(0))),
        lie(
            "key of 2^31-1",
            "its key",
            new Payload().record(fields(1).varint(Integer.MAX_VALUE).varint(-1).varint(0))),
        lie(
            "key up to the end",
            "numbers",
            new Payload().record(fields(1).varint(3).raw('k', 'k', 'k'))),
        lie(
            "key length of 6 bytes",
            "numbers",
            new Payload().record(fields(1).raw(0x80, 0x80, 0x80, 0x80, 0x80, 0, 0, 0))),
        lie(
            "value of -2",
            "its value",
            new Payload().record(fields(1).varint(-1).varint(-2).varint(0).raw(0))),
        lie(
            "value past the end",
            "its value",
            new Payload().record(fields(1).varint(-1).varint(3).raw('v').varint(0))),
        lie(
            "value of 2^31-1",
            "its value",
            new Payload().record(fields(1).varint(-1).varint(Integer.MAX_VALUE).varint(0))),
        lie(
            "value up to the end",
            "numbers",
            new Payload().record(fields(1).varint(-1).varint(3).raw('v', 'v', 'v'))),
        lie(
            "value length cut off",
            "numbers",
            new Payload().record(fields(1).varint(2).raw('k', 'k', 0x80, 0x80))),
        lie(
            "headers -1",
            "headers",
            new Payload().record(fields(1).varint(-1).varint(-1).varint(-1).raw(0))),
        lie(
            "headers 2^31-1",
            "headers",
            new Payload().record(fields(1).varint(-1).varint(-1).varint(Integer.MAX_VALUE))),
        lie(
            "a header more than there is",
            "headers",
            new Payload().record(fields(1).varint(-1).varint(-1).varint(2).raw(0, 1))),
        lie(
            "header count cut off",
            "numbers",
            new Payload().record(fields(1).varint(-1).varint(-1).raw(0x80))),
        lie(
            "header name null",
            "name of a header",
            header(new Payload().varint(-1).varint(-1).raw(0))),
        lie(
            "header name past the end",
            "name of a header",
            header(new Payload().varint(9).varint(-1).raw(0))),
        lie(
            "header name of 2^31-1",
            "name of a header",
            header(new Payload().varint(Integer.MAX_VALUE).varint(-1))),
        lie(
            "header value of -2",
            "value of a header",
            header(new Payload().varint(0).varint(-2).raw(0))),
        lie(
            "header value past the end",
            "value of a header",
            header(new Payload().varint(0).varint(2).raw(0))),
        lie(
            "header value of 2^31-1",
            "value of a header",
            header(new Payload().varint(0).varint(Integer.MAX_VALUE))),
        lie("header without value", "numbers", header(new Payload().varint(1).raw('n'))),
        lie(
            "bytes after the headers",
            "bytes follow its last field",
            header(new Payload().varint(0).varint(-1).raw(7))),
        lie(
            "bytes after no headers",
            "bytes follow its last field",
            new Payload().record(fields(1).varint(-1).varint(-1).varint(0).raw(7))));
  }

  private static Payload withDelta(int... bytes) {
    return new Payload()
        .record(new Payload().raw(0).raw(bytes).varint(1).varint(-1).varint(-1).varint(0));
  }

  private static Payload header(Payload fields) {
    return new Payload().record(fields(1).varint(-1).varint(-1).varint(1).raw(fields.bytes()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("liesInARecord")
  void refusesALieInARecordWithItsIndex(String name, String message, Payload second) {
    Payload payload = new Payload().goodRecord(0).raw(second.bytes());
    // So that nothing but the lie is wrong, though it may now reach into the third record.
    Payload enough = new Payload().raw(payload.bytes()).goodRecord(2);
    for (Compression compression : Compression.values()) {
      for (Payload each : List.of(payload, enough)) {
        int count = each == payload ? 2 : 3;
        Refused refused = (Refused) check(compressed(count, compression, each), FULL);
        assertThat(refused.reason()).isEqualTo(INVALID_RECORD);
        boolean swallowsTheThird =
            name.contains("length past")
                || name.contains("length one past")
                || name.contains("too short");
        if (!swallowsTheThird || each == payload) {
          assertThat(refused.recordIndex()).as("%s %s", compression, refused).isEqualTo(1);
          assertThat(refused.message())
              .as("%s", compression)
              .contains("record 1: ")
              .contains(message);
        }
      }
    }
  }

  @Test
  void aHugeDeclaredLengthInACompressedBatchIsRefusedBeforeItsMemoryIsTaken() {
    Payload payload = new Payload().goodRecord(0).varint(Integer.MAX_VALUE).raw(new byte[100_000]);
    Refused refused = (Refused) check(compressed(2, Compression.ZSTD, payload), FULL);
    assertThat(refused.reason()).isIn(MESSAGE_TOO_LARGE, INVALID_RECORD);
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void recordsMustFillTheBatchExactly(Compression compression) {
    Payload three = new Payload().goodRecord(0).goodRecord(1).goodRecord(2);
    assertRefused(
        check(compressed(2, compression, three), FULL),
        INVALID_RECORD,
        -1,
        "bytes follow the last of 2 records");
    assertRefused(check(compressed(4, compression, three), FULL), INVALID_RECORD, 3, "");
    assertRefused(
        check(compressed(1, compression, new Payload().goodRecord(0).raw(0)), FULL),
        INVALID_RECORD,
        -1,
        "bytes follow the last of 1 records");
  }

  @Test
  void paddedVarintsAreReadAsByKafka() {
    Payload padded =
        new Payload()
            .raw(0x92, 0x80, 0x80, 0x80, 0x00) // length 9
            .raw(0, 0x80, 0x00, 0x80, 0x00, 0x81, 0x00, 1, 0);
    ByteBuffer batch = compressed(1, Compression.NONE, padded);
    assertThat(check(batch, FULL)).isEqualTo(new Accepted(1, NOW));
    assertThat(BatchSpec.readByUs(RecordBatch.at(batch, 0), 0))
        .containsExactly(new Record(0, NOW, null, null, List.of()));
  }

  @Test
  void lookingAtHeadersOnlyLetsALieInARecordPass() {
    ByteBuffer batch = compressed(1, Compression.NONE, new Payload().goodRecord(5));
    assertThat(check(batch, BatchRules.DEFAULT)).isEqualTo(new Accepted(1, NOW));
    ByteBuffer packed = compressed(1, Compression.LZ4, new Payload().goodRecord(5));
    assertThat(check(packed, BatchRules.DEFAULT.withDepth(Depth.STRUCTURE)))
        .isEqualTo(new Accepted(1, NOW));
    assertThat(check(packed, FULL)).isInstanceOf(Refused.class);
  }

  // Keys.

  @ParameterizedTest
  @EnumSource(Compression.class)
  void aRecordWithoutKeyIsRefusedWhereKeysAreRequired(Compression compression) {
    Payload noKey = new Payload().record(fields(2).varint(-1).varint(-1).varint(0));
    Payload payload = new Payload().goodRecord(0).goodRecord(1).raw(noKey.bytes());
    ByteBuffer batch = compressed(3, compression, payload);
    assertThat(check(batch, FULL)).isEqualTo(new Accepted(3, NOW));
    assertRefused(
        check(batch, FULL.withKeysRequired()), INVALID_RECORD, 2, "record 2: it has no key");
    assertThat(check(threeRecords(compression), FULL.withKeysRequired()))
        .isEqualTo(new Accepted(3, NOW));
  }

  @Test
  void anEmptyKeyIsAKey() {
    Payload emptyKey = new Payload().record(fields(0).varint(0).varint(-1).varint(0));
    assertThat(check(compressed(1, Compression.NONE, emptyKey), FULL.withKeysRequired()))
        .isEqualTo(new Accepted(1, NOW));
  }

  @Test
  void keysCannotBeRequiredWithoutLookingAtRecords() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FULL.withKeysRequired().withDepth(Depth.STRUCTURE))
        .withMessageContaining("STRUCTURE");
  }

  // Timestamps.

  private static ByteBuffer stamped(Compression compression, long base, long max, long... deltas) {
    Payload payload = new Payload();
    for (int i = 0; i < deltas.length; i++) {
      payload.record(
          new Payload().raw(0).varint(deltas[i]).varint(i).varint(-1).varint(-1).varint(0));
    }
    return RawBatch.edited(
        compressed(deltas.length, compression, payload),
        b ->
            b.putLong(RecordBatch.BASE_TIMESTAMP_AT, base)
                .putLong(RecordBatch.MAX_TIMESTAMP_AT, max));
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void aRecordFromTheFutureIsRefusedWithItsIndex(Compression compression) {
    ByteBuffer batch = stamped(compression, NOW, NOW + HOUR + 1, 0, HOUR + 1, 5);
    for (Depth depth : Depth.values()) {
      assertRefused(
          check(batch, BatchRules.DEFAULT.withDepth(depth)),
          INVALID_TIMESTAMP,
          1,
          "record 1: its timestamp");
    }
    assertThat(check(stamped(compression, NOW, NOW + HOUR, 0, HOUR), FULL))
        .isEqualTo(new Accepted(2, NOW + HOUR));
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void aRecordFromThePastIsRefusedWithItsIndex(Compression compression) {
    BatchRules rules = FULL.withTimestamps(TimestampType.CREATE_TIME, 1000, HOUR);
    assertRefused(
        check(stamped(compression, NOW, NOW, 0, -1001), rules), INVALID_TIMESTAMP, 1, "record 1");
    assertThat(check(stamped(compression, NOW, NOW, 0, -1000), rules))
        .isEqualTo(new Accepted(2, NOW));
    assertRefused(
        check(stamped(compression, NOW - 1001, NOW, 0, 1001), rules.withDepth(Depth.HEADER)),
        INVALID_TIMESTAMP,
        0,
        "record 0");
  }

  @Test
  void noTimestampIsAlwaysAllowed() {
    BatchRules rules = FULL.withTimestamps(TimestampType.CREATE_TIME, 0, 0);
    assertThat(check(stamped(Compression.NONE, -1, -1, 0, 0), rules))
        .isEqualTo(new Accepted(2, -1));
    assertThat(check(stamped(Compression.NONE, -1, NOW, 0, NOW + 1), rules))
        .isEqualTo(new Accepted(2, NOW));
    assertThat(check(stamped(Compression.NONE, NOW, NOW, 0, -NOW - 1), rules))
        .isEqualTo(new Accepted(2, NOW));
  }

  @Test
  void negativeAndOverflowingTimestampsAreRefused() {
    assertRefused(
        check(stamped(Compression.NONE, -2, -2, 0), BatchRules.DEFAULT), INVALID_TIMESTAMP, 0, "");
    assertRefused(
        check(stamped(Compression.NONE, NOW, NOW, 0, -NOW - 2), FULL), INVALID_TIMESTAMP, 1, "");
    assertRefused(
        check(stamped(Compression.NONE, Long.MAX_VALUE, Long.MAX_VALUE, 0), BatchRules.DEFAULT),
        INVALID_TIMESTAMP,
        0,
        "");
    assertRefused(
        check(stamped(Compression.NONE, NOW, NOW, Long.MAX_VALUE), FULL), INVALID_TIMESTAMP, 0, "");
    assertRefused(
        check(stamped(Compression.NONE, NOW, NOW, Long.MIN_VALUE), FULL), INVALID_TIMESTAMP, 0, "");
  }

  /** Sarama left the field at -1 before its release of 2025; Kafka repairs it. */
  @ParameterizedTest
  @EnumSource(Compression.class)
  void aMissingOrWrongMaxTimestampIsFoundOutAtAnyDepthWhereTheHeaderTellsAndCanBeRepaired(
      Compression compression) {
    for (long max :
        new long[] {-1, -99, 0, NOW - 1, NOW + 10 * HOUR, Long.MAX_VALUE, Long.MIN_VALUE}) {
      ByteBuffer batch = stamped(compression, NOW, max, 0, 700, 5);
      for (Depth depth : Depth.values()) {
        assertThat(check(batch, BatchRules.DEFAULT.withDepth(depth)))
            .isEqualTo(new Accepted(3, NOW + 700));
      }
      RecordBatch.setMaxTimestamp(batch, 0, NOW + 700);
      assertThat(check(batch, BatchRules.DEFAULT)).isEqualTo(new Accepted(3, NOW + 700));
      assertThat(RecordBatch.at(batch, 0).hasValidCrc()).isTrue();
    }
    ByteBuffer tooLate = stamped(compression, NOW, NOW + 800, 0, 700, 5);
    assertThat(check(tooLate, FULL)).isEqualTo(new Accepted(3, NOW + 700));
  }

  @Test
  void aTopicWithAppendTimeDoesNotLookAtTimestamps() {
    BatchRules rules = FULL.withTimestamps(TimestampType.LOG_APPEND_TIME, 0, 0);
    for (long base : new long[] {-1, -2, 0, Long.MAX_VALUE}) {
      ByteBuffer batch = stamped(Compression.NONE, base, -77, 0);
      assertThat(check(batch, rules)).isInstanceOf(Accepted.class);
      assertThat(check(batch, rules.withDepth(Depth.HEADER))).isInstanceOf(Accepted.class);
    }
  }

  // Where the bytes are.

  @Test
  void theBufferIsLeftAsItWas() {
    ByteBuffer batch = threeRecords(Compression.GZIP);
    ByteBuffer larger =
        ByteBuffer.allocateDirect(batch.limit() + 30).put(10, batch, 0, batch.limit());
    larger.position(3).limit(batch.limit() + 20);
    assertThat(validator.check(larger, 10, batch.limit(), FULL, NOW))
        .isEqualTo(new Accepted(3, NOW));
    assertThat(larger.position()).isEqualTo(3);
    assertThat(larger.limit()).isEqualTo(batch.limit() + 20);
    assertThat(validator.check(larger.asReadOnlyBuffer(), 10, batch.limit(), FULL, NOW))
        .isEqualTo(new Accepted(3, NOW));
  }
}
