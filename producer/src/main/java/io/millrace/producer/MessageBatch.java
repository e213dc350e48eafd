package io.millrace.producer;

import io.millrace.record.Compression;
import io.millrace.record.Compressor;
import io.millrace.record.Header;
import io.millrace.record.Record;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordReader;
import io.millrace.record.Varint;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Messages of one partition that are, or are going to be, one record batch.
 *
 * <p><b>Life.</b> Open, while threads of the application append to it under its queue's lock;
 * sealed, when it is full or due; with the loop, which sends it once or several times; then with
 * the reports, which let it go. One owner at a time.
 *
 * <p><b>Bytes.</b> Records are written as they will be stored, behind room for a batch header, into
 * a buffer of the pool. The buffer stays until the last report was handed over, because a report
 * shows its message; what is sent is the same buffer, or another of the pool with the records
 * compressed when it is first sent. Offset deltas are those of the first writing: a message that is
 * taken out again has the rest written anew.
 */
final class MessageBatch {

  /** A message that has no deadline but its producer's. */
  static final long NO_DEADLINE = Long.MAX_VALUE;

  private static final int INITIAL_MESSAGES = 64;
  private static final int RECORD_OVERHEAD_MAX = 5 + 1 + 10 + 5 + 5 + 5 + 5;

  final PartitionQueue queue;

  /** Its place among the batches of its queue, in the order in which they were begun. */
  final long place;

  /** When its first message came, by the monotonic clock. */
  final long createdNanos;

  private final BufferPool pool;
  private ByteBuffer buffer;
  private int end = RecordBatch.HEADER_SIZE;
  private int count;

  /** Keys, values and headers as the application gave them: what {@link Room} counts. */
  private long payloadBytes;

  private int largestRecordBytes;

  private long baseTimestamp;
  private long maxTimestamp;

  /** Microseconds from {@link #createdNanos} to the acceptance of each message. */
  private int[] acceptedMicros = new int[INITIAL_MESSAGES];

  // One for all messages until one differs; then one each.
  private @Nullable DeliveryCallback callback;
  private @Nullable DeliveryCallback @Nullable [] callbacks;
  private @Nullable Object @Nullable [] opaques;
  private long @Nullable [] deadlines;

  /** The earliest deadline of a message, by the monotonic clock. */
  private long firstDeadlineNanos;

  // The loop's.
  private @Nullable ByteBuffer sealed;

  /** The batch with its records compressed; null as long as they are not. */
  private @Nullable ByteBuffer packed;

  private Compression packedWith = Compression.NONE;

  private boolean incompressible;
  private long producerId = RecordBatch.NO_PRODUCER_ID;
  private short producerEpoch = RecordBatch.NO_PRODUCER_EPOCH;
  private int sequence = RecordBatch.NO_SEQUENCE;
  int attempts;
  long nextAttemptNanos;

  /** Whether a broker may have stored it, at one of the attempts. */
  boolean maybeStored;

  /** Whether it was numbered anew while it was under way, so that its answer is for the old one. */
  boolean movedWhileSent;

  /** Why the last attempt failed; null if there was none. */
  @Nullable ProducerError lastError;

  MessageBatch(PartitionQueue queue, BufferPool pool, int sizeHint, long place, long nowNanos) {
    this.queue = queue;
    this.place = place;
    this.pool = pool;
    this.createdNanos = nowNanos;
    this.firstDeadlineNanos = nowNanos + queue.deliveryNanosMax();
    this.buffer = pool.take(Math.max(sizeHint, RecordBatch.HEADER_SIZE));
  }

  int count() {
    return count;
  }

  long payloadBytes() {
    return payloadBytes;
  }

  /** Bytes of the batch before compression. */
  int sizeInBytes() {
    return end;
  }

  int largestRecordBytes() {
    return largestRecordBytes;
  }

  /** Bytes of the batch as it is sent; before compression until then. */
  int sentBytes() {
    ByteBuffer bytes = sealed;
    return bytes == null ? end : bytes.remaining();
  }

  long firstDeadlineNanos() {
    return firstDeadlineNanos;
  }

  // --- appending, under the queue's lock ---

  /** The most bytes that a record of these takes in a batch. */
  static long recordBytesMax(
      byte @Nullable [] key, byte @Nullable [] value, @Nullable List<Header> headers) {
    long size = RECORD_OVERHEAD_MAX;
    size += key == null ? 0 : key.length;
    size += value == null ? 0 : value.length;
    if (headers != null) {
      for (Header header : headers) {
        ByteBuffer of = header.value();
        size += 10 + 3L * header.key().length() + (of == null ? 0 : of.remaining());
      }
    }
    return size;
  }

  /**
   * Writes a message behind the others. The caller has seen that it fits.
   *
   * @param bytesMax what {@link #recordBytesMax} says of it
   */
  void append(
      long timestamp,
      byte @Nullable [] key,
      byte @Nullable [] value,
      @Nullable List<Header> headers,
      int bytesMax,
      long payload,
      @Nullable DeliveryCallback onDelivery,
      @Nullable Object opaque,
      long deadlineNanos,
      long nowNanos) {
    if (buffer.capacity() - end < bytesMax) {
      grow(end + bytesMax);
    }
    if (count == 0) {
      baseTimestamp = timestamp;
      maxTimestamp = timestamp;
    } else if (timestamp > maxTimestamp) {
      maxTimestamp = timestamp;
    }
    int began = end;
    end = write(began, timestamp - baseTimestamp, count, key, value, headers);
    largestRecordBytes = Math.max(largestRecordBytes, end - began);
    note(onDelivery, opaque, deadlineNanos, nowNanos);
    payloadBytes += payload;
    count++;
  }

  /** Writes a message that waited for its topic. */
  void append(TopicQueues.Unassigned message) {
    append(
        message.timestamp(),
        message.key(),
        message.value(),
        message.headers(),
        message.recordBytesMax(),
        message.payload(),
        message.callback(),
        message.opaque(),
        message.deadlineNanos(),
        message.acceptedNanos());
  }

  private void note(
      @Nullable DeliveryCallback onDelivery,
      @Nullable Object opaque,
      long deadlineNanos,
      long nowNanos) {
    int at = count;
    if (at == acceptedMicros.length) {
      acceptedMicros = Arrays.copyOf(acceptedMicros, 2 * at);
    }
    acceptedMicros[at] = (int) Math.min(Integer.MAX_VALUE, (nowNanos - createdNanos) / 1000);
    if (at == 0) {
      callback = onDelivery;
    } else if (callbacks != null || onDelivery != callback) {
      if (callbacks == null) {
        callbacks = new DeliveryCallback[acceptedMicros.length];
        Arrays.fill(callbacks, 0, at, callback);
      } else if (at >= callbacks.length) {
        callbacks = Arrays.copyOf(callbacks, acceptedMicros.length);
      }
      callbacks[at] = onDelivery;
    }
    if (opaque != null || opaques != null) {
      if (opaques == null) {
        opaques = new Object[acceptedMicros.length];
      } else if (at >= opaques.length) {
        opaques = Arrays.copyOf(opaques, acceptedMicros.length);
      }
      opaques[at] = opaque;
    }
    if (deadlineNanos != NO_DEADLINE || deadlines != null) {
      if (deadlines == null) {
        deadlines = new long[acceptedMicros.length];
        Arrays.fill(deadlines, NO_DEADLINE);
      } else if (at >= deadlines.length) {
        int before = deadlines.length;
        deadlines = Arrays.copyOf(deadlines, acceptedMicros.length);
        Arrays.fill(deadlines, before, deadlines.length, NO_DEADLINE);
      }
      deadlines[at] = deadlineNanos;
      firstDeadlineNanos = Math.min(firstDeadlineNanos, deadlineNanos);
    }
  }

  private void grow(int needed) {
    ByteBuffer larger = pool.take(Math.max(needed, 2 * buffer.capacity()));
    larger.put(0, buffer, 0, end);
    pool.give(buffer);
    buffer = larger;
  }

  private int write(
      int from,
      long timestampDelta,
      int offsetDelta,
      byte @Nullable [] key,
      byte @Nullable [] value,
      @Nullable List<Header> headers) {
    ByteBuffer to = buffer;
    int body = 1 + Varint.sizeOf(timestampDelta) + Varint.sizeOf(offsetDelta);
    body += sizeOf(key) + sizeOf(value);
    byte[][] names = null;
    if (headers == null || headers.isEmpty()) {
      body++;
    } else {
      names = new byte[headers.size()][];
      body += Varint.sizeOf(names.length);
      for (int i = 0; i < names.length; i++) {
        names[i] = headers.get(i).key().getBytes(StandardCharsets.UTF_8);
        ByteBuffer of = headers.get(i).value();
        body += Varint.sizeOf(names[i].length) + names[i].length;
        body += of == null ? 1 : Varint.sizeOf(of.remaining()) + of.remaining();
      }
    }
    int at = Varint.put(to, from, body);
    to.put(at++, (byte) 0);
    at = Varint.put(to, at, timestampDelta);
    at = Varint.put(to, at, offsetDelta);
    at = put(to, at, key);
    at = put(to, at, value);
    if (names == null || headers == null) {
      to.put(at++, (byte) 0);
      return at;
    }
    at = Varint.put(to, at, names.length);
    for (int i = 0; i < names.length; i++) {
      at = put(to, at, names[i]);
      ByteBuffer of = headers.get(i).value();
      if (of == null) {
        to.put(at++, (byte) 1);
      } else {
        int size = of.remaining();
        at = Varint.put(to, at, size);
        to.put(at, of, of.position(), size);
        at += size;
      }
    }
    return at;
  }

  private static int sizeOf(byte @Nullable [] bytes) {
    return bytes == null ? 1 : Varint.sizeOf(bytes.length) + bytes.length;
  }

  private static int put(ByteBuffer to, int at, byte @Nullable [] bytes) {
    if (bytes == null) {
      to.put(at, (byte) 1);
      return at + 1;
    }
    int next = Varint.put(to, at, bytes.length);
    to.put(next, bytes);
    return next + bytes.length;
  }

  // --- sending, by the loop ---

  boolean hasSequence() {
    return sequence != RecordBatch.NO_SEQUENCE;
  }

  int sequence() {
    return sequence;
  }

  /** Whether its number is before another's; numbers go from 2^31 - 1 to 0. */
  boolean isNumberedBefore(MessageBatch other) {
    return (sequence - other.sequence << 1) < 0;
  }

  long producerId() {
    return producerId;
  }

  short producerEpoch() {
    return producerEpoch;
  }

  /** Gives it its place among the batches of an idempotent producer. */
  void number(long id, short epoch, int firstSequence) {
    producerId = id;
    producerEpoch = epoch;
    sequence = firstSequence;
    sealed = null;
  }

  /**
   * The bytes to send, a view of its own. Made at the first call, and again after {@link #number};
   * compressed once.
   *
   * @param compressor null to send it as it is, if it is not compressed yet
   */
  ByteBuffer toSend(
      Compression codec, @Nullable Compressor compressor, boolean transactional, CRC32C crc) {
    ByteBuffer bytes = sealed;
    if (bytes == null) {
      if (compressor != null && packed == null && !incompressible) {
        pack(codec, compressor);
      }
      bytes = seal(transactional, crc);
      sealed = bytes;
    }
    return bytes.duplicate();
  }

  /** Compresses the records into memory of the pool, unless that makes them no smaller. */
  private void pack(Compression codec, Compressor compressor) {
    ByteBuffer payload = compressor.compress(records());
    int size = RecordBatch.HEADER_SIZE + payload.remaining();
    if (size >= end) {
      incompressible = true;
      return;
    }
    ByteBuffer into = pool.take(size).limit(size);
    into.put(RecordBatch.HEADER_SIZE, payload, payload.position(), payload.remaining());
    packed = into;
    packedWith = codec;
  }

  private ByteBuffer seal(boolean transactional, CRC32C crc) {
    ByteBuffer compressed = packed;
    ByteBuffer batch =
        compressed == null ? buffer.duplicate().limit(end).position(0) : compressed.duplicate();
    int at = batch.position();
    int attributes = packedWith.code() | (transactional ? RecordBatch.TRANSACTIONAL_FLAG : 0);
    batch.putLong(at, 0);
    batch.putInt(at + RecordBatch.LENGTH_AT, batch.remaining() - RecordBatch.LOG_OVERHEAD);
    batch.putInt(at + RecordBatch.LEADER_EPOCH_AT, RecordBatch.NO_LEADER_EPOCH);
    batch.put(at + RecordBatch.MAGIC_AT, RecordBatch.MAGIC);
    batch.putShort(at + RecordBatch.ATTRIBUTES_AT, (short) attributes);
    batch.putInt(at + RecordBatch.LAST_OFFSET_DELTA_AT, count - 1);
    batch.putLong(at + RecordBatch.BASE_TIMESTAMP_AT, baseTimestamp);
    batch.putLong(at + RecordBatch.MAX_TIMESTAMP_AT, maxTimestamp);
    batch.putLong(at + RecordBatch.PRODUCER_ID_AT, producerId);
    batch.putShort(at + RecordBatch.PRODUCER_EPOCH_AT, producerEpoch);
    batch.putInt(at + RecordBatch.BASE_SEQUENCE_AT, sequence);
    batch.putInt(at + RecordBatch.RECORD_COUNT_AT, count);
    batch.putInt(at + RecordBatch.CRC_AT, RecordBatch.computeCrc(crc, batch, at));
    return batch;
  }

  /**
   * Divides the messages over two new batches, both behind one another in place of this one. Only
   * while it has no number.
   *
   * @param first which messages come into the first
   * @return the first, and the rest; null where a batch would be empty
   */
  @Nullable MessageBatch[] divide(IntPredicate first) {
    @Nullable MessageBatch[] parts = new MessageBatch[2];
    ByteBuffer from = records();
    for (int i = 0; i < count; i++) {
      int began = from.position();
      Record record = RecordReader.next(from, 0, baseTimestamp);
      int which = first.test(i) ? 0 : 1;
      MessageBatch into = parts[which];
      if (into == null) {
        into = new MessageBatch(queue, pool, end, place, createdNanos);
        into.attempts = attempts;
        into.lastError = lastError;
        parts[which] = into;
      }
      byte[] key = bytes(record.key());
      byte[] value = bytes(record.value());
      into.append(
          record.timestamp(),
          key,
          value,
          record.headers(),
          from.position() - began + RECORD_OVERHEAD_MAX,
          payloadBytes(key, value, record.headers()),
          callback(i),
          opaque(i),
          deadlines == null || i >= deadlines.length ? NO_DEADLINE : deadlines[i],
          acceptedNanos(i));
    }
    free();
    return parts;
  }

  private static byte @Nullable [] bytes(@Nullable ByteBuffer from) {
    if (from == null) {
      return null;
    }
    byte[] bytes = new byte[from.remaining()];
    from.get(from.position(), bytes);
    return bytes;
  }

  /** What {@link Room} counts of a message. */
  static long payloadBytes(
      byte @Nullable [] key, byte @Nullable [] value, @Nullable List<Header> headers) {
    long size = (key == null ? 0 : key.length) + (value == null ? 0 : value.length);
    if (headers != null) {
      for (Header header : headers) {
        ByteBuffer of = header.value();
        size += header.key().length() + (of == null ? 0 : of.remaining());
      }
    }
    return size;
  }

  // --- reporting ---

  @Nullable DeliveryCallback callback(int index) {
    return callbacks == null ? callback : callbacks[index];
  }

  /** Which message has this callback; -1 if none. */
  int indexOf(DeliveryCallback wanted) {
    for (int i = 0; i < count; i++) {
      if (callback(i) == wanted) {
        return i;
      }
    }
    return -1;
  }

  @Nullable Object opaque(int index) {
    return opaques == null || index >= opaques.length ? null : opaques[index];
  }

  /** When a message was accepted, by the monotonic clock, to the microsecond. */
  long acceptedNanos(int index) {
    return createdNanos + 1000L * acceptedMicros[index];
  }

  /** When a message must be delivered at the latest, by the monotonic clock. */
  long deadlineNanos(int index) {
    long own = deadlines == null || index >= deadlines.length ? NO_DEADLINE : deadlines[index];
    return Math.min(own, acceptedNanos(index) + queue.deliveryNanosMax());
  }

  long baseTimestamp() {
    return baseTimestamp;
  }

  /** The records as they were written, uncompressed; a view of its own. */
  ByteBuffer records() {
    return buffer.duplicate().limit(end).position(RecordBatch.HEADER_SIZE);
  }

  /** Nobody needs it any more: its memory goes back to the pool. */
  void free() {
    pool.give(buffer);
    if (packed != null) {
      pool.give(packed);
      packed = null;
    }
  }
}
