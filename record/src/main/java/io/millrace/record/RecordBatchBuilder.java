package io.millrace.record;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes one record batch: settings first, then records in offset order, then {@link #build} once.
 * For one thread.
 *
 * <p>Without settings the batch is uncompressed, begins at offset 0, has no producer and carries
 * the producers' times. Records take the next offset unless given one ({@link #appendAt}), which
 * leaves a gap, as compaction does. A batch without records is only built if {@link #lastOffset}
 * says what range it stands for: that is how a cleaner keeps a producer's sequence after its last
 * record has gone.
 *
 * <p>Records are written into the given buffer as they come, or into a larger one on the heap once
 * it is full; a compressed batch gets its own buffer when built.
 */
public final class RecordBatchBuilder {
  private static final int INITIAL_SIZE = 1024;
  private static final int SIZE_MAX = Integer.MAX_VALUE - 1024;
  private static final byte[][] NO_NAMES = {};

  private Compression compression = Compression.NONE;
  private int level;
  private long baseOffset;
  private int leaderEpoch = RecordBatch.NO_LEADER_EPOCH;
  private long producerId = RecordBatch.NO_PRODUCER_ID;
  private short producerEpoch = RecordBatch.NO_PRODUCER_EPOCH;
  private int baseSequence = RecordBatch.NO_SEQUENCE;
  private int flags;
  private long baseTimestamp = RecordBatch.NO_TIMESTAMP;
  private long maxTimestamp = RecordBatch.NO_TIMESTAMP;

  private ByteBuffer target;
  private int start;
  private int end;
  private int count;
  private long newestOffset = -1;
  private long lastOffset = -1;
  private boolean lastOffsetGiven;
  private boolean built;

  /** Builds into heap memory that grows as needed. */
  public RecordBatchBuilder() {
    this(ByteBuffer.allocate(INITIAL_SIZE));
  }

  /**
   * Builds into {@code target} from its position on, as long as it has room. It belongs to the
   * builder, and its bytes to the built batch.
   */
  public RecordBatchBuilder(ByteBuffer target) {
    this.target = target.duplicate();
    this.start = target.position();
    this.end = start + RecordBatch.HEADER_SIZE;
    reserve(0);
  }

  /**
   * Begins a batch with the settings of another: offsets and their range, producer, flags, append
   * time, delete horizon, codec (at its default level). What a cleaner starts from; it then appends
   * the records it keeps, at their offsets.
   */
  public static RecordBatchBuilder like(RecordBatch batch) {
    RecordBatchBuilder builder = new RecordBatchBuilder();
    builder.compression(batch.compression());
    builder
        .baseOffset(batch.baseOffset())
        .lastOffset(batch.lastOffset())
        .leaderEpoch(batch.leaderEpoch());
    builder.producer(batch.producerId(), batch.producerEpoch(), batch.baseSequence());
    builder.flags =
        batch.attributes()
            & (RecordBatch.TRANSACTIONAL_FLAG
                | RecordBatch.CONTROL_FLAG
                | RecordBatch.LOG_APPEND_TIME_FLAG
                | RecordBatch.DELETE_HORIZON_FLAG);
    builder.maxTimestamp = batch.maxTimestamp();
    if (batch.hasDeleteHorizon()) {
      builder.baseTimestamp = batch.baseTimestamp();
    }
    return builder;
  }

  public RecordBatchBuilder compression(Compression codec) {
    return compression(codec, codec.levelDefault());
  }

  /**
   * Sets the codec.
   *
   * @param codecLevel see {@link Compression#compress}
   */
  public RecordBatchBuilder compression(Compression codec, int codecLevel) {
    codec.checkLevel(codecLevel);
    compression = codec;
    level = codecLevel;
    return this;
  }

  /** Sets the offset of the batch; before the first record. */
  public RecordBatchBuilder baseOffset(long offset) {
    checkEmpty();
    baseOffset = offset;
    return this;
  }

  public RecordBatchBuilder leaderEpoch(int epoch) {
    leaderEpoch = epoch;
    return this;
  }

  /** Sets the idempotent producer that writes, and its sequence number for the first record. */
  public RecordBatchBuilder producer(long id, short epoch, int firstSequence) {
    producerId = id;
    producerEpoch = epoch;
    baseSequence = firstSequence;
    return this;
  }

  public RecordBatchBuilder transactional() {
    flags |= RecordBatch.TRANSACTIONAL_FLAG;
    return this;
  }

  /** Says that the records are control records, not a user's. */
  public RecordBatchBuilder control() {
    flags |= RecordBatch.CONTROL_FLAG;
    return this;
  }

  /** Stamps all records with this time; their own stay in the bytes, unread. */
  public RecordBatchBuilder logAppendTime(long time) {
    flags |= RecordBatch.LOG_APPEND_TIME_FLAG;
    maxTimestamp = time;
    return this;
  }

  /**
   * Sets the time after which tombstones and markers of this batch may go; before the first record.
   */
  public RecordBatchBuilder deleteHorizon(long time) {
    checkEmpty();
    flags |= RecordBatch.DELETE_HORIZON_FLAG;
    baseTimestamp = time;
    return this;
  }

  /** Sets the offset the batch ends with, at or after its last record. */
  public RecordBatchBuilder lastOffset(long offset) {
    lastOffsetGiven = true;
    lastOffset = offset;
    return this;
  }

  /** Sets the time an empty batch keeps as its greatest; of other batches the records decide. */
  public RecordBatchBuilder maxTimestamp(long time) {
    maxTimestamp = time;
    return this;
  }

  /** Appends a record at the next offset. */
  public RecordBatchBuilder append(
      long timestamp, @Nullable ByteBuffer key, @Nullable ByteBuffer value) {
    return append(timestamp, key, value, List.of());
  }

  /** Appends a record at the next offset. */
  public RecordBatchBuilder append(
      long timestamp, @Nullable ByteBuffer key, @Nullable ByteBuffer value, List<Header> headers) {
    return appendAt(count == 0 ? baseOffset : newestOffset + 1, timestamp, key, value, headers);
  }

  /** Appends a record at its own offset. */
  public RecordBatchBuilder append(Record record) {
    return appendAt(
        record.offset(), record.timestamp(), record.key(), record.value(), record.headers());
  }

  /**
   * Appends a record at an offset.
   *
   * @param offset above that of the record before, at least the base offset, and less than 2^31
   *     beyond it
   * @param timestamp milliseconds since 1970, or {@link RecordBatch#NO_TIMESTAMP}
   * @param key its bytes between position and limit, which stay; or null
   * @param value likewise
   * @throws IllegalArgumentException if the offset or the timestamp is out of its range, or the
   *     batch would have 2 GiB; the batch is then as it was before
   */
  public RecordBatchBuilder appendAt(
      long offset,
      long timestamp,
      @Nullable ByteBuffer key,
      @Nullable ByteBuffer value,
      List<Header> headers) {
    if (built) {
      throw new IllegalStateException("the batch is built");
    }
    long delta = offset - baseOffset;
    if (delta < 0 || delta > Integer.MAX_VALUE || (count > 0 && offset <= newestOffset)) {
      throw new IllegalArgumentException(
          "offset " + offset + " after " + newestOffset + ", base " + baseOffset);
    }
    if (timestamp < RecordBatch.NO_TIMESTAMP) {
      throw new IllegalArgumentException("timestamp " + timestamp);
    }
    boolean setsBase = count == 0 && (flags & RecordBatch.DELETE_HORIZON_FLAG) == 0;
    long timestampDelta = setsBase ? 0 : timestamp - baseTimestamp;
    byte[][] names = names(headers);
    long body = bodySize((int) delta, timestampDelta, key, value, headers, names);
    if (body > SIZE_MAX - Varint.INT_BYTES_MAX - (end - start)) {
      throw new IllegalArgumentException("the batch would have more than " + SIZE_MAX + " bytes");
    }
    reserve(Varint.INT_BYTES_MAX + (int) body);
    if (setsBase) {
      baseTimestamp = timestamp;
    }
    end = write((int) body, (int) delta, timestampDelta, key, value, headers, names);
    count++;
    newestOffset = offset;
    if ((flags & RecordBatch.LOG_APPEND_TIME_FLAG) == 0
        && (timestamp > maxTimestamp || count == 1)) {
      maxTimestamp = timestamp;
    }
    return this;
  }

  public int recordCount() {
    return count;
  }

  /** Bytes of the batch so far, before compression. */
  public int sizeInBytes() {
    return end - start;
  }

  /**
   * The most bytes that {@link #sizeInBytes} grows by if this record is appended, whatever its
   * offset and timestamp: exact but for a few bytes.
   */
  public static long recordSizeMax(
      @Nullable ByteBuffer key, @Nullable ByteBuffer value, List<Header> headers) {
    return (long) Varint.INT_BYTES_MAX
        + bodySize(Integer.MIN_VALUE, Long.MIN_VALUE, key, value, headers, names(headers));
  }

  /**
   * Ends the batch.
   *
   * @return a buffer whose position and limit are those of the batch
   * @throws IllegalStateException if there is no record and no {@link #lastOffset}, or the last
   *     offset is before the last record
   */
  public ByteBuffer build() {
    if (built) {
      throw new IllegalStateException("the batch is built");
    }
    long last = lastOffsetGiven ? lastOffset : newestOffset;
    long lastDelta = last - baseOffset;
    if ((count == 0 && !lastOffsetGiven) || (count > 0 && last < newestOffset)) {
      throw new IllegalStateException(
          "a batch of " + count + " records cannot end with offset " + last);
    }
    if (lastDelta < 0 || lastDelta > Integer.MAX_VALUE) {
      throw new IllegalStateException(
          "a batch cannot go from offset " + baseOffset + " to " + last);
    }
    built = true;
    if (count == 0) {
      // Nothing is left that could wait for the horizon.
      flags &= ~RecordBatch.DELETE_HORIZON_FLAG;
      baseTimestamp = RecordBatch.NO_TIMESTAMP;
    }
    ByteBuffer batch = target.limit(end).position(start);
    Compression codec = count == 0 ? Compression.NONE : compression;
    if (codec != Compression.NONE) {
      batch =
          codec.compress(
              batch.position(start + RecordBatch.HEADER_SIZE), level, RecordBatch.HEADER_SIZE);
    }
    writeHeader(batch, (int) lastDelta, codec);
    return batch;
  }

  private void writeHeader(ByteBuffer batch, int lastDelta, Compression codec) {
    int at = batch.position();
    batch.putLong(at + RecordBatch.BASE_OFFSET_AT, baseOffset);
    batch.putInt(at + RecordBatch.LENGTH_AT, batch.remaining() - RecordBatch.LOG_OVERHEAD);
    batch.putInt(at + RecordBatch.LEADER_EPOCH_AT, leaderEpoch);
    batch.put(at + RecordBatch.MAGIC_AT, RecordBatch.MAGIC);
    batch.putShort(at + RecordBatch.ATTRIBUTES_AT, (short) (flags | codec.code()));
    batch.putInt(at + RecordBatch.LAST_OFFSET_DELTA_AT, lastDelta);
    batch.putLong(at + RecordBatch.BASE_TIMESTAMP_AT, baseTimestamp);
    batch.putLong(at + RecordBatch.MAX_TIMESTAMP_AT, maxTimestamp);
    batch.putLong(at + RecordBatch.PRODUCER_ID_AT, producerId);
    batch.putShort(at + RecordBatch.PRODUCER_EPOCH_AT, producerEpoch);
    batch.putInt(at + RecordBatch.BASE_SEQUENCE_AT, baseSequence);
    batch.putInt(at + RecordBatch.RECORD_COUNT_AT, count);
    batch.putInt(at + RecordBatch.CRC_AT, RecordBatch.computeCrc(new CRC32C(), batch, at));
  }

  private int write(
      int body,
      int offsetDelta,
      long timestampDelta,
      @Nullable ByteBuffer key,
      @Nullable ByteBuffer value,
      List<Header> headers,
      byte[][] names) {
    int at = Varint.put(target, end, body);
    target.put(at++, (byte) 0);
    at = Varint.put(target, at, timestampDelta);
    at = Varint.put(target, at, offsetDelta);
    at = putNullable(at, key);
    at = putNullable(at, value);
    at = Varint.put(target, at, names.length);
    for (int i = 0; i < names.length; i++) {
      at = Varint.put(target, at, names[i].length);
      target.put(at, names[i]);
      at = putNullable(at + names[i].length, headers.get(i).value());
    }
    return at;
  }

  private int putNullable(int at, @Nullable ByteBuffer bytes) {
    if (bytes == null) {
      return Varint.put(target, at, -1);
    }
    int size = bytes.remaining();
    int next = Varint.put(target, at, size);
    target.put(next, bytes, bytes.position(), size);
    return next + size;
  }

  private static byte[][] names(List<Header> headers) {
    if (headers.isEmpty()) {
      return NO_NAMES;
    }
    byte[][] names = new byte[headers.size()][];
    for (int i = 0; i < names.length; i++) {
      names[i] = headers.get(i).key().getBytes(StandardCharsets.UTF_8);
    }
    return names;
  }

  private static long bodySize(
      int offsetDelta,
      long timestampDelta,
      @Nullable ByteBuffer key,
      @Nullable ByteBuffer value,
      List<Header> headers,
      byte[][] names) {
    long size =
        1L
            + Varint.sizeOf(timestampDelta)
            + Varint.sizeOf(offsetDelta)
            + Varint.sizeOf(names.length);
    size += nullableSize(key) + nullableSize(value);
    for (int i = 0; i < names.length; i++) {
      size +=
          (long) Varint.sizeOf(names[i].length)
              + names[i].length
              + nullableSize(headers.get(i).value());
    }
    return size;
  }

  private static long nullableSize(@Nullable ByteBuffer bytes) {
    return bytes == null ? 1 : (long) Varint.sizeOf(bytes.remaining()) + bytes.remaining();
  }

  private void reserve(int bytes) {
    if (target.limit() - end < bytes) {
      int used = end - start;
      long wanted = Math.max(2L * used, used + (long) bytes);
      ByteBuffer larger =
          ByteBuffer.allocate((int) Math.min(SIZE_MAX, Math.max(INITIAL_SIZE, wanted)));
      if (count > 0) {
        larger.put(0, target, start, used);
      }
      target = larger;
      end = used;
      start = 0;
    }
  }

  private void checkEmpty() {
    if (count > 0) {
      throw new IllegalStateException("the batch has records already");
    }
  }
}
