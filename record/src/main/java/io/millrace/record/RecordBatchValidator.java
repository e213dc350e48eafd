package io.millrace.record;

import io.millrace.record.BatchRules.Depth;
import io.millrace.record.BatchVerdict.Accepted;
import io.millrace.record.BatchVerdict.Refused;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Checks one batch that came from a client, before anything of it is believed. A refusal is an
 * answer, not an exception.
 *
 * <p>The order of the checks is that of trust. Size and magic first, for they say where the other
 * fields are; then the CRC, for a batch that was damaged on its way must be called that and nothing
 * else; then what the header says about itself; then, as deep as {@link BatchRules#depth} goes, the
 * records. Every batch accepted with {@link Depth#FULL} can be read to its last byte by {@link
 * RecordBatch#records}.
 *
 * <p>Of the header's timestamps only a plausible pair is believed: if the greatest is missing,
 * before the base, or out of the topic's range, the records are walked whatever the depth, and
 * judged by their own. The leader epoch is not looked at; the broker overwrites it. Unused
 * attribute bits 7 to 15 are let through, as by Kafka. Where Kafka is laxer (timestamps below -1, a
 * delete horizon or an append time from a producer, records numbered out of order, a transaction
 * without a producer, a producer without an epoch) a batch is refused that no client sends and that
 * would hurt later.
 *
 * <p>Memory: none for a batch whose records lie open. For a compressed one the codec's own, and
 * twice the largest record but never more than twice {@code expandedBytesMax}; up to 768 KiB of it
 * are kept for the next. One instance belongs to one thread, and so does the given buffer during a
 * call.
 */
public final class RecordBatchValidator {
  private final CRC32C crc = new CRC32C();
  private final RecordWalk walk = new RecordWalk();
  private final ExpansionMemory memory = new ExpansionMemory();

  /**
   * Checks the batch that should fill the given bytes exactly.
   *
   * @param buffer big-endian; the position and limit it has do not matter and stay
   * @param position where the batch begins
   * @param length how many bytes were received for it; within the buffer
   * @param nowMs the time that the rules' timestamp range is about
   */
  public BatchVerdict check(
      ByteBuffer buffer, int position, int length, BatchRules rules, long nowMs) {
    Refused refused = frame(buffer, position, length, rules);
    if (refused == null) {
      refused = header(buffer, position, length);
    }
    if (refused != null) {
      return refused;
    }
    int count = RecordBatch.recordCount(buffer, position);
    boolean compressed =
        (RecordBatch.attributes(buffer, position) & RecordBatch.COMPRESSION_MASK) != 0;
    Depth depth = rules.depth();
    boolean walked = depth == Depth.FULL || (depth == Depth.STRUCTURE && !compressed);
    if (!walked && hasPlausibleTimestamps(buffer, position, rules, nowMs)) {
      return new Accepted(count, RecordBatch.maxTimestamp(buffer, position));
    }
    walk.begin(
        count,
        RecordBatch.baseTimestamp(buffer, position),
        rules.timestampMin(nowMs),
        rules.timestampMax(nowMs),
        rules.keysRequired());
    return compressed
        ? expandAndWalk(buffer, position, length, rules)
        : walkInPlace(buffer, position, length);
  }

  /** What must hold before any other field means anything. */
  private @Nullable Refused frame(ByteBuffer buffer, int position, int length, BatchRules rules) {
    if (length > RecordBatch.MAGIC_AT && RecordBatch.magic(buffer, position) != RecordBatch.MAGIC) {
      return refuse(
          Refusal.UNSUPPORTED_FOR_MESSAGE_FORMAT,
          "magic " + RecordBatch.magic(buffer, position) + ", only 2 is supported");
    }
    if (length < RecordBatch.HEADER_SIZE) {
      return refuse(
          Refusal.CORRUPT_MESSAGE, length + " bytes are too few for the header of a batch");
    }
    if (length > rules.batchBytesMax()) {
      return refuse(
          Refusal.MESSAGE_TOO_LARGE,
          "the batch has "
              + length
              + " bytes, at most "
              + rules.batchBytesMax()
              + " allowed (max.message.bytes)");
    }
    long size = (long) RecordBatch.LOG_OVERHEAD + buffer.getInt(position + RecordBatch.LENGTH_AT);
    if (size < RecordBatch.HEADER_SIZE) {
      return refuse(
          Refusal.CORRUPT_MESSAGE,
          "the batch says it has " + size + " bytes, fewer than its header");
    }
    if (size != length) {
      return refuse(
          Refusal.INVALID_RECORD,
          "the batch says it has "
              + size
              + " bytes, but came with "
              + length
              + "; exactly one batch is allowed");
    }
    int computed = RecordBatch.computeCrc(crc, buffer, position);
    if (computed != RecordBatch.crc(buffer, position)) {
      return refuse(
          Refusal.CORRUPT_MESSAGE,
          String.format(
              "the CRC is 0x%08x, but says 0x%08x", computed, RecordBatch.crc(buffer, position)));
    }
    return null;
  }

  /** What the header says about itself. */
  private static @Nullable Refused header(ByteBuffer buffer, int position, int length) {
    int attributes = RecordBatch.attributes(buffer, position);
    int codec = attributes & RecordBatch.COMPRESSION_MASK;
    if (Compression.ofCode(codec) == null) {
      return refuse(
          Refusal.UNSUPPORTED_COMPRESSION_TYPE, "there is no compression with code " + codec);
    }
    if ((attributes & RecordBatch.CONTROL_FLAG) != 0) {
      return refuse(Refusal.INVALID_RECORD, "clients cannot write control records");
    }
    if ((attributes & RecordBatch.DELETE_HORIZON_FLAG) != 0) {
      return refuse(Refusal.INVALID_RECORD, "clients cannot set a delete horizon");
    }
    if ((attributes & RecordBatch.LOG_APPEND_TIME_FLAG) != 0) {
      return refuse(
          Refusal.INVALID_TIMESTAMP, "clients cannot set the timestamp type to LogAppendTime");
    }
    int count = RecordBatch.recordCount(buffer, position);
    int lastOffsetDelta = RecordBatch.lastOffsetDelta(buffer, position);
    if (count < 1 || lastOffsetDelta != count - 1) {
      return refuse(
          Refusal.INVALID_RECORD,
          count + " records cannot end with the offset delta " + lastOffsetDelta);
    }
    if (codec == 0 && count > (length - RecordBatch.HEADER_SIZE) / Record.BYTES_MIN) {
      return refuse(
          Refusal.INVALID_RECORD,
          count + " records cannot fit into " + (length - RecordBatch.HEADER_SIZE) + " bytes");
    }
    return producer(buffer, position, (attributes & RecordBatch.TRANSACTIONAL_FLAG) != 0);
  }

  private static @Nullable Refused producer(
      ByteBuffer buffer, int position, boolean transactional) {
    long id = RecordBatch.producerId(buffer, position);
    short epoch = RecordBatch.producerEpoch(buffer, position);
    int sequence = RecordBatch.baseSequence(buffer, position);
    // Without an id the other two mean nothing, and clients leave 0 there as well as -1.
    boolean consistent =
        id >= 0 ? epoch >= 0 && sequence >= 0 : id == RecordBatch.NO_PRODUCER_ID && !transactional;
    return consistent
        ? null
        : refuse(
            Refusal.INVALID_RECORD,
            (transactional ? "a transactional batch" : "a batch")
                + " cannot have the producer id "
                + id
                + ", epoch "
                + epoch
                + " and sequence "
                + sequence);
  }

  private static boolean hasPlausibleTimestamps(
      ByteBuffer buffer, int position, BatchRules rules, long nowMs) {
    if (rules.timestampType() == TimestampType.LOG_APPEND_TIME) {
      return true;
    }
    long base = RecordBatch.baseTimestamp(buffer, position);
    long max = RecordBatch.maxTimestamp(buffer, position);
    boolean baseFits = base >= rules.timestampMin(nowMs) || base == RecordBatch.NO_TIMESTAMP;
    boolean maxFits = max >= base && max <= rules.timestampMax(nowMs);
    return baseFits && maxFits;
  }

  private BatchVerdict walkInPlace(ByteBuffer buffer, int position, int length) {
    int end = position + length;
    int stopped = walk.walk(buffer, position + RecordBatch.HEADER_SIZE, end, true);
    return walk.finished() ? afterLast(end - stopped) : faulty();
  }

  private BatchVerdict expandAndWalk(
      ByteBuffer buffer, int position, int length, BatchRules rules) {
    Compression compression = RecordBatch.compression(buffer, position);
    ByteBuffer payload =
        buffer.slice(position + RecordBatch.HEADER_SIZE, length - RecordBatch.HEADER_SIZE);
    try (Expansion expansion = compression.open(payload, rules.expandedBytesMax(), memory)) {
      PayloadWindow window = PayloadWindow.over(expansion, memory);
      while (true) {
        window.advanceTo(walk.walk(window.buffer(), window.from(), window.to(), window.ended()));
        if (walk.finished()) {
          return afterLast(window.fill(1) ? 1 : 0);
        }
        if (walk.fault() != null) {
          return faulty();
        }
        window.fill(walk.needed());
      }
    } catch (CompressionException e) {
      return refuse(reasonOf(e), String.valueOf(e.getMessage()));
    }
  }

  private BatchVerdict afterLast(int bytesLeft) {
    return bytesLeft == 0
        ? new Accepted(walk.index(), walk.maxTimestamp())
        : refuse(Refusal.INVALID_RECORD, "bytes follow the last of " + walk.index() + " records");
  }

  private Refused faulty() {
    RecordFault fault = walk.fault();
    if (fault == null) {
      throw new IllegalStateException(
          "the walk stopped at record " + walk.index() + " without a fault");
    }
    Refusal reason =
        fault == RecordFault.TIMESTAMP ? Refusal.INVALID_TIMESTAMP : Refusal.INVALID_RECORD;
    return new Refused(reason, walk.index(), "record " + walk.index() + ": " + fault.sentence());
  }

  private static Refusal reasonOf(CompressionException e) {
    return switch (e.reason()) {
      case MALFORMED -> Refusal.INVALID_RECORD;
      case LIMIT -> Refusal.MESSAGE_TOO_LARGE;
      case UNKNOWN_CODEC, CODEC_MISSING -> Refusal.UNSUPPORTED_COMPRESSION_TYPE;
    };
  }

  private static Refused refuse(Refusal reason, String message) {
    return new Refused(reason, Refused.NO_RECORD, message);
  }
}
