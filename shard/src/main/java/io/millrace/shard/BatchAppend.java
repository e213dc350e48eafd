package io.millrace.shard;

import io.millrace.record.RecordBatch;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One record batch on its way into a log, and then its outcome.
 *
 * <p>Made by whoever received it, who has checked it; given an offset by the sequencer, which
 * writes base offset and leader epoch into the bytes; read by everyone after. The bytes must stay
 * as they are until the append is finished.
 */
public final class BatchAppend implements Item {

  final ShardLog log;

  /** The batch: all bytes between position and limit. */
  final ByteBuffer bytes;

  final int size;
  final int crc;
  final BatchRole role;
  final int lastOffsetDelta;
  final long maxTimestamp;
  final long producerId;
  final short producerEpoch;
  final int firstSequence;
  final int lastSequence;

  private long baseOffset = -1;
  private @Nullable AppendRefusal refusal;
  private boolean duplicate;
  private boolean damaged;

  /**
   * @param batch exactly one batch between position and limit, checked; kept, not copied
   */
  BatchAppend(ShardLog log, ByteBuffer batch) {
    this(
        log,
        batch,
        RecordBatch.isTransactional(batch, batch.position())
            ? BatchRole.IN_TRANSACTION
            : BatchRole.PLAIN);
  }

  BatchAppend(ShardLog log, ByteBuffer batch, BatchRole role) {
    int at = batch.position();
    this.role = role;
    this.log = log;
    this.bytes = batch;
    this.size = batch.remaining();
    this.crc = RecordBatch.crc(batch, at);
    this.lastOffsetDelta = RecordBatch.lastOffsetDelta(batch, at);
    this.maxTimestamp = RecordBatch.maxTimestamp(batch, at);
    this.producerId = RecordBatch.producerId(batch, at);
    this.producerEpoch = RecordBatch.producerEpoch(batch, at);
    this.firstSequence = RecordBatch.baseSequence(batch, at);
    this.lastSequence = lastSequence(firstSequence, lastOffsetDelta);
  }

  /** As read from an entry's header; the payload is at hand if it was found whole. */
  BatchAppend(ShardLog log, Header header, ByteBuffer payload) {
    this.log = log;
    this.role = header.role;
    this.bytes = payload;
    this.size = header.size;
    this.crc = header.crc;
    this.lastOffsetDelta = header.lastOffsetDelta;
    this.maxTimestamp = header.maxTimestamp;
    this.producerId = header.producerId;
    this.producerEpoch = header.producerEpoch;
    this.firstSequence = header.firstSequence;
    this.lastSequence = lastSequence(header.firstSequence, header.lastOffsetDelta);
    this.baseOffset = header.baseOffset;
  }

  /** What an entry's header says of a batch: enough to apply it without looking at the batch. */
  public record Header(
      BatchRole role,
      long baseOffset,
      int lastOffsetDelta,
      int size,
      int crc,
      long maxTimestamp,
      long producerId,
      short producerEpoch,
      int firstSequence) {}

  /** Producer sequences go round after 2^31 - 1. */
  private static int lastSequence(int first, int lastOffsetDelta) {
    return first < 0 ? first : first + lastOffsetDelta & Integer.MAX_VALUE;
  }

  @Override
  public int kind() {
    return role.kind;
  }

  void sequence(long offset, int leaderEpoch) {
    baseOffset = offset;
    RecordBatch.setBaseOffset(bytes, bytes.position(), offset);
    RecordBatch.setLeaderEpoch(bytes, bytes.position(), leaderEpoch);
  }

  long lastOffset() {
    return baseOffset + lastOffsetDelta;
  }

  boolean isIdempotent() {
    return producerId >= 0;
  }

  void refuse(AppendRefusal why) {
    refusal = why;
  }

  /** The journal no longer has its bytes: its offsets are to answer an error. */
  void markDamaged() {
    damaged = true;
  }

  boolean isDamaged() {
    return damaged;
  }

  void duplicateOf(long offset) {
    duplicate = true;
    baseOffset = offset;
  }

  // --- outcome, once the append is answered ---

  /** Offset of the first record, -1 if refused. */
  public long baseOffset() {
    return refusal == null ? baseOffset : -1;
  }

  /** Why it was not appended; null if it was. */
  public @Nullable AppendRefusal refusal() {
    return refusal;
  }

  /** Whether it had been appended before; {@link #baseOffset} is then that of the first time. */
  public boolean isDuplicate() {
    return duplicate;
  }

  public ShardLog log() {
    return log;
  }

  public long producerId() {
    return producerId;
  }

  public short producerEpoch() {
    return producerEpoch;
  }

  public BatchRole role() {
    return role;
  }
}
