package io.millrace.record;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A record batch, Kafka's format with magic 2: the unit that is produced, journaled, stored and
 * fetched, the same bytes everywhere.
 *
 * <pre>
 *   at  bytes  field
 *    0      8  baseOffset        offset of the first record
 *    8      4  batchLength       bytes after this field: size of the batch less 12
 *   12      4  leaderEpoch       epoch of the leader that appended it
 *   16      1  magic             2
 *   17      4  crc               CRC-32C of everything from attributes to the end
 *   21      2  attributes        bits 0-2 compression, 3 timestamp type, 4 transactional, 5 control,
 *                                6 delete horizon, 7-15 unused
 *   23      4  lastOffsetDelta   offset of the last record less baseOffset
 *   27      8  baseTimestamp     what the records' timestamp deltas count from
 *   35      8  maxTimestamp      greatest timestamp, or the append time (bit 3)
 *   43      8  producerId        -1 without one
 *   51      2  producerEpoch
 *   53      4  baseSequence      producer sequence of the first record
 *   57      4  recordCount
 *   61      .  records           see {@link Record}; one compressed block if bits 0-2 are not 0
 * </pre>
 *
 * <p>Why it lies so. What the broker fills in, base offset and leader epoch, stands before the CRC
 * and outside it, so that a produced batch is placed by writing twelve bytes. The magic keeps the
 * place it had in the formats before this one (byte 16), so that a reader can tell them apart
 * before it knows anything else. Offsets, sequences and timestamps inside are deltas, so they stay
 * valid when the base moves and stay short. Offset delta and sequence delta are the same number, so
 * one field ends both ranges. That end is stored, not counted: compaction removes records but keeps
 * first and last offset and sequence, because producers are checked against them; a batch may
 * therefore have gaps, or no record at all. A batch with a delete horizon (bit 6) has lost its base
 * timestamp to it: the time after which its tombstones and transaction markers may go.
 *
 * <p>Use it in two ways. On hot paths the static methods read a field at a position of any
 * big-endian buffer, heap or direct, and allocate nothing; they check nothing either, beyond the
 * buffer's own bounds. Elsewhere {@link #at} makes an immutable view whose header lies within the
 * buffer, and {@link #records} decodes.
 *
 * @see <a href="https://kafka.apache.org/documentation/#messageformat">Kafka documentation, message
 *     format</a>; KIP-98, KIP-534 (delete horizon)
 */
public final class RecordBatch {
  public static final int BASE_OFFSET_AT = 0;
  public static final int LENGTH_AT = 8;
  public static final int LEADER_EPOCH_AT = 12;
  public static final int MAGIC_AT = 16;
  public static final int CRC_AT = 17;
  public static final int ATTRIBUTES_AT = 21;
  public static final int LAST_OFFSET_DELTA_AT = 23;
  public static final int BASE_TIMESTAMP_AT = 27;
  public static final int MAX_TIMESTAMP_AT = 35;
  public static final int PRODUCER_ID_AT = 43;
  public static final int PRODUCER_EPOCH_AT = 51;
  public static final int BASE_SEQUENCE_AT = 53;
  public static final int RECORD_COUNT_AT = 57;

  /** Where the records begin; also the size of a batch without any. */
  public static final int HEADER_SIZE = 61;

  /** What {@code batchLength} does not count: itself and the base offset. */
  public static final int LOG_OVERHEAD = 12;

  /** The one format there is here. */
  public static final byte MAGIC = 2;

  public static final int COMPRESSION_MASK = 0x07;
  public static final int LOG_APPEND_TIME_FLAG = 0x08;
  public static final int TRANSACTIONAL_FLAG = 0x10;
  public static final int CONTROL_FLAG = 0x20;
  public static final int DELETE_HORIZON_FLAG = 0x40;

  public static final long NO_TIMESTAMP = -1L;
  public static final long NO_PRODUCER_ID = -1L;
  public static final short NO_PRODUCER_EPOCH = -1;
  public static final int NO_SEQUENCE = -1;
  public static final int NO_LEADER_EPOCH = -1;

  private final ByteBuffer buffer;
  private final int position;

  private RecordBatch(ByteBuffer buffer, int position) {
    this.buffer = buffer;
    this.position = position;
  }

  /**
   * A view of the batch that begins at {@code position}. The buffer's own position and limit are
   * not moved, and are free to move later; the bytes must not change while the view is used.
   *
   * @throws CorruptBatchException if no whole batch with magic 2 lies between {@code position} and
   *     the buffer's limit; its CRC and records are not looked at
   */
  public static RecordBatch at(ByteBuffer buffer, int position) {
    int size = Batches.sizeAt(buffer, position, buffer.limit());
    if (size < 0) {
      throw new CorruptBatchException(
          "no whole record batch at "
              + position
              + (size == Batches.PARTIAL
                  ? ": it is cut off by the end of the buffer"
                  : ": not a batch header"));
    }
    return new RecordBatch(buffer.duplicate().limit(position + size), position);
  }

  // Reading a field at a position.

  public static long baseOffset(ByteBuffer buffer, int position) {
    return buffer.getLong(position + BASE_OFFSET_AT);
  }

  /**
   * Size of the whole batch as its header has it; negative or below {@link #HEADER_SIZE} if that is
   * a lie.
   */
  public static int sizeInBytes(ByteBuffer buffer, int position) {
    return LOG_OVERHEAD + buffer.getInt(position + LENGTH_AT);
  }

  public static int leaderEpoch(ByteBuffer buffer, int position) {
    return buffer.getInt(position + LEADER_EPOCH_AT);
  }

  public static byte magic(ByteBuffer buffer, int position) {
    return buffer.get(position + MAGIC_AT);
  }

  /** The CRC as stored; compare with {@link #computeCrc(ByteBuffer, int)}. */
  public static int crc(ByteBuffer buffer, int position) {
    return buffer.getInt(position + CRC_AT);
  }

  public static short attributes(ByteBuffer buffer, int position) {
    return buffer.getShort(position + ATTRIBUTES_AT);
  }

  /**
   * The codec of the records.
   *
   * @throws CompressionException if the batch names one that does not exist
   */
  public static Compression compression(ByteBuffer buffer, int position) {
    return Compression.of(attributes(buffer, position) & COMPRESSION_MASK);
  }

  public static TimestampType timestampType(ByteBuffer buffer, int position) {
    return (attributes(buffer, position) & LOG_APPEND_TIME_FLAG) == 0
        ? TimestampType.CREATE_TIME
        : TimestampType.LOG_APPEND_TIME;
  }

  public static boolean isTransactional(ByteBuffer buffer, int position) {
    return (attributes(buffer, position) & TRANSACTIONAL_FLAG) != 0;
  }

  /**
   * Whether the records are marks for the log's readers, such as the end of a transaction, and not
   * a user's.
   */
  public static boolean isControl(ByteBuffer buffer, int position) {
    return (attributes(buffer, position) & CONTROL_FLAG) != 0;
  }

  /**
   * Whether {@link #baseTimestamp} is the time after which the cleaner may drop tombstones and
   * markers.
   */
  public static boolean hasDeleteHorizon(ByteBuffer buffer, int position) {
    return (attributes(buffer, position) & DELETE_HORIZON_FLAG) != 0;
  }

  public static int lastOffsetDelta(ByteBuffer buffer, int position) {
    return buffer.getInt(position + LAST_OFFSET_DELTA_AT);
  }

  public static long lastOffset(ByteBuffer buffer, int position) {
    return baseOffset(buffer, position) + lastOffsetDelta(buffer, position);
  }

  public static long nextOffset(ByteBuffer buffer, int position) {
    return lastOffset(buffer, position) + 1;
  }

  public static long baseTimestamp(ByteBuffer buffer, int position) {
    return buffer.getLong(position + BASE_TIMESTAMP_AT);
  }

  public static long maxTimestamp(ByteBuffer buffer, int position) {
    return buffer.getLong(position + MAX_TIMESTAMP_AT);
  }

  public static long producerId(ByteBuffer buffer, int position) {
    return buffer.getLong(position + PRODUCER_ID_AT);
  }

  public static short producerEpoch(ByteBuffer buffer, int position) {
    return buffer.getShort(position + PRODUCER_EPOCH_AT);
  }

  public static int baseSequence(ByteBuffer buffer, int position) {
    return buffer.getInt(position + BASE_SEQUENCE_AT);
  }

  /** Producer sequence of the last record; {@link #NO_SEQUENCE} if the batch has none. */
  public static int lastSequence(ByteBuffer buffer, int position) {
    int base = baseSequence(buffer, position);
    return base == NO_SEQUENCE
        ? NO_SEQUENCE
        : sequenceAfter(base, lastOffsetDelta(buffer, position));
  }

  public static int recordCount(ByteBuffer buffer, int position) {
    return buffer.getInt(position + RECORD_COUNT_AT);
  }

  /**
   * The producer sequence {@code increment} records after {@code sequence}: after 2^31-1 comes 0.
   */
  public static int sequenceAfter(int sequence, int increment) {
    return (sequence + increment) & Integer.MAX_VALUE;
  }

  // The checksum.

  /**
   * The CRC-32C this batch should have.
   *
   * <p>Moves the buffer's position and limit and puts them back, because that is how {@link CRC32C}
   * takes its bytes without a copy or an allocation: no other thread may use this buffer object
   * meanwhile.
   *
   * @param crc reset and used; whatever it held is lost
   */
  public static int computeCrc(CRC32C crc, ByteBuffer buffer, int position) {
    int end = position + sizeInBytes(buffer, position);
    int oldPosition = buffer.position();
    int oldLimit = buffer.limit();
    crc.reset();
    try {
      crc.update(buffer.limit(end).position(position + ATTRIBUTES_AT));
    } finally {
      buffer.limit(oldLimit).position(oldPosition);
    }
    return (int) crc.getValue();
  }

  /**
   * As {@link #computeCrc(CRC32C, ByteBuffer, int)}, for a buffer that other threads may be using:
   * it allocates.
   */
  public static int computeCrc(ByteBuffer buffer, int position) {
    return computeCrc(new CRC32C(), buffer.duplicate(), position);
  }

  // What the broker writes into a batch.

  /** Places the batch in a log: all its offsets move with this one. Outside the CRC. */
  public static void setBaseOffset(ByteBuffer buffer, int position, long baseOffset) {
    buffer.putLong(position + BASE_OFFSET_AT, baseOffset);
  }

  /** Outside the CRC. */
  public static void setLeaderEpoch(ByteBuffer buffer, int position, int leaderEpoch) {
    buffer.putInt(position + LEADER_EPOCH_AT, leaderEpoch);
  }

  /** Stamps all records of the batch with the time of append, and computes its CRC again. */
  public static void setLogAppendTime(ByteBuffer buffer, int position, long time) {
    int attributes = attributes(buffer, position) | LOG_APPEND_TIME_FLAG;
    buffer.putShort(position + ATTRIBUTES_AT, (short) attributes);
    setMaxTimestamp(buffer, position, time);
  }

  /**
   * Sets the greatest timestamp of the records where the producer left it out or got it wrong, and
   * computes the CRC again.
   */
  public static void setMaxTimestamp(ByteBuffer buffer, int position, long maxTimestamp) {
    buffer.putLong(position + MAX_TIMESTAMP_AT, maxTimestamp);
    buffer.putInt(position + CRC_AT, computeCrc(buffer, position));
  }

  // The view.

  public long baseOffset() {
    return baseOffset(buffer, position);
  }

  public int sizeInBytes() {
    return sizeInBytes(buffer, position);
  }

  public int leaderEpoch() {
    return leaderEpoch(buffer, position);
  }

  public int crc() {
    return crc(buffer, position);
  }

  /** Whether the bytes are those the CRC was computed of. */
  public boolean hasValidCrc() {
    return crc() == computeCrc(buffer, position);
  }

  public short attributes() {
    return attributes(buffer, position);
  }

  /**
   * The codec of the records.
   *
   * @throws CompressionException if the batch names one that does not exist
   */
  public Compression compression() {
    return compression(buffer, position);
  }

  public TimestampType timestampType() {
    return timestampType(buffer, position);
  }

  public boolean isTransactional() {
    return isTransactional(buffer, position);
  }

  public boolean isControl() {
    return isControl(buffer, position);
  }

  public boolean hasDeleteHorizon() {
    return hasDeleteHorizon(buffer, position);
  }

  public int lastOffsetDelta() {
    return lastOffsetDelta(buffer, position);
  }

  public long lastOffset() {
    return lastOffset(buffer, position);
  }

  public long nextOffset() {
    return nextOffset(buffer, position);
  }

  public long baseTimestamp() {
    return baseTimestamp(buffer, position);
  }

  public long maxTimestamp() {
    return maxTimestamp(buffer, position);
  }

  public long producerId() {
    return producerId(buffer, position);
  }

  public boolean hasProducerId() {
    return producerId() > NO_PRODUCER_ID;
  }

  public short producerEpoch() {
    return producerEpoch(buffer, position);
  }

  public int baseSequence() {
    return baseSequence(buffer, position);
  }

  public int lastSequence() {
    return lastSequence(buffer, position);
  }

  public int recordCount() {
    return recordCount(buffer, position);
  }

  /** Where the batch begins in the buffer it was made from. */
  public int position() {
    return position;
  }

  /** All bytes of the batch, as a read-only view. */
  public ByteBuffer bytes() {
    return buffer.slice(position, sizeInBytes()).asReadOnlyBuffer();
  }

  /** The bytes after the header, compressed or not, as a read-only view. */
  public ByteBuffer payload() {
    return codecInput().asReadOnlyBuffer();
  }

  /**
   * As {@link #payload}, but not read-only: codecs take the slow way where they cannot reach the
   * array.
   */
  ByteBuffer codecInput() {
    return buffer.slice(position + HEADER_SIZE, sizeInBytes() - HEADER_SIZE);
  }

  /**
   * Decodes the records one by one. Close the reader: a codec may hold memory outside the heap.
   *
   * @param expandedBytesMax how much a compressed payload may expand to; the reader throws {@link
   *     CompressionException} at the record that would go beyond
   */
  public RecordReader records(int expandedBytesMax) {
    return new RecordReader(this, expandedBytesMax);
  }

  /**
   * The same batch under another codec, in a new heap buffer: header fields and records stay as
   * they are.
   *
   * <p>The records are expanded and compressed but not looked at; check the batch first if it is
   * from outside.
   *
   * @param level see {@link Compression#compress}
   * @param expandedBytesMax how much the payload may expand to
   * @throws CompressionException if the payload is not what its codec calls valid, or expands to
   *     more
   */
  public ByteBuffer recompress(Compression target, int level, int expandedBytesMax) {
    ByteBuffer plain = compression().expand(codecInput(), expandedBytesMax);
    ByteBuffer rebuilt = target.compress(plain, level, HEADER_SIZE);
    rebuilt.put(0, buffer, position, HEADER_SIZE);
    rebuilt.putInt(LENGTH_AT, rebuilt.limit() - LOG_OVERHEAD);
    rebuilt.putShort(ATTRIBUTES_AT, (short) ((attributes() & ~COMPRESSION_MASK) | target.code()));
    rebuilt.putInt(CRC_AT, computeCrc(rebuilt, 0));
    return rebuilt;
  }

  @Override
  public String toString() {
    return "RecordBatch[offsets "
        + baseOffset()
        + ".."
        + lastOffset()
        + ", records "
        + recordCount()
        + ", bytes "
        + sizeInBytes()
        + ", producer "
        + producerId()
        + "/"
        + producerEpoch()
        + "/"
        + baseSequence()
        + ", attributes 0x"
        + Integer.toHexString(attributes() & 0xffff)
        + "]";
  }
}
