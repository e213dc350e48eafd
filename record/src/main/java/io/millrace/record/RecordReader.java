package io.millrace.record;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the records of one batch in order, a record at a time. Gone through once, by one thread,
 * and closed.
 *
 * <p>A compressed batch is expanded only as far as records are asked for. Offsets are taken as they
 * are, so a compacted batch reads like any other. The iterator throws {@link CorruptBatchException}
 * or {@link CompressionException} at the first record that is not one, and at the last if bytes
 * follow it.
 */
public final class RecordReader implements Iterable<Record>, AutoCloseable {
  private static final long NO_APPEND_TIME = Long.MIN_VALUE;

  private final PayloadWindow window;
  private final boolean compressed;
  private final long baseOffset;
  private final long baseTimestamp;
  private final long appendTime;
  private final boolean appendTimeCounts;
  private final int count;
  private int index;

  RecordReader(RecordBatch batch, int expandedBytesMax) {
    Compression compression = batch.compression();
    compressed = compression != Compression.NONE;
    baseOffset = batch.baseOffset();
    baseTimestamp = batch.baseTimestamp();
    appendTime = batch.maxTimestamp();
    appendTimeCounts = batch.timestampType() == TimestampType.LOG_APPEND_TIME;
    count = batch.recordCount();
    if (count < 0) {
      throw new CorruptBatchException("the batch says it has " + count + " records");
    }
    if (compressed && count > 0) {
      ExpansionMemory memory = new ExpansionMemory();
      window =
          PayloadWindow.over(
              compression.open(batch.codecInput(), expandedBytesMax, memory), memory);
    } else {
      ByteBuffer payload = batch.payload();
      window = PayloadWindow.over(payload, 0, payload.limit());
    }
  }

  /** Goes on where the one before it stopped: there is one pass over the records. */
  @Override
  public Iterator<Record> iterator() {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return index < count;
      }

      @Override
      public Record next() {
        return read();
      }
    };
  }

  private Record read() {
    if (index >= count) {
      throw new NoSuchElementException("the batch has " + count + " records");
    }
    try {
      Record record = decode(nextBytes());
      index++;
      if (index == count && window.fill(1)) {
        throw new CorruptBatchException("bytes follow the last record");
      }
      return record;
    } catch (CorruptBatchException e) {
      throw new CorruptBatchException("record " + index + ": " + e.getMessage());
    }
  }

  /** The record after its length, in a buffer of its own or a view of the batch. */
  private ByteBuffer nextBytes() {
    window.fill(Varint.INT_BYTES_MAX);
    ByteBuffer head = window.buffer().duplicate().limit(window.to()).position(window.from());
    int length = Varint.getInt(head);
    if (length < Record.BYTES_MIN - 1) {
      throw new CorruptBatchException("a length of " + length);
    }
    window.advanceTo(head.position());
    if (!window.fill(length)) {
      throw new CorruptBatchException("its " + length + " bytes end outside the batch");
    }
    int from = window.from();
    window.advanceTo(from + length);
    if (!compressed) {
      return window.buffer().slice(from, length);
    }
    byte[] own = new byte[length];
    window.buffer().get(from, own);
    return ByteBuffer.wrap(own).asReadOnlyBuffer();
  }

  /**
   * Decodes one record of a batch whose producer's times count.
   *
   * @param records stands before the record's length, and then behind the record
   * @throws CorruptBatchException if no whole record begins there
   */
  public static Record next(ByteBuffer records, long baseOffset, long baseTimestamp) {
    int length = Varint.getInt(records);
    if (length < Record.BYTES_MIN - 1 || length > records.remaining()) {
      throw new CorruptBatchException(
          "a length of " + length + " where " + records.remaining() + " bytes are left");
    }
    ByteBuffer bytes = records.slice(records.position(), length);
    records.position(records.position() + length);
    return decode(bytes, baseOffset, baseTimestamp, NO_APPEND_TIME);
  }

  private Record decode(ByteBuffer bytes) {
    return decode(bytes, baseOffset, baseTimestamp, appendTimeCounts ? appendTime : NO_APPEND_TIME);
  }

  private static Record decode(
      ByteBuffer bytes, long baseOffset, long baseTimestamp, long appendTime) {
    bytes.get(); // attributes
    long timestamp = baseTimestamp + Varint.getLong(bytes);
    long offset = baseOffset + Varint.getInt(bytes);
    ByteBuffer key = nullable(bytes, "key");
    ByteBuffer value = nullable(bytes, "value");
    List<Header> headers = headers(bytes);
    if (bytes.hasRemaining()) {
      throw new CorruptBatchException(bytes.remaining() + " bytes follow its last field");
    }
    return new Record(
        offset, appendTime == NO_APPEND_TIME ? timestamp : appendTime, key, value, headers);
  }

  private static List<Header> headers(ByteBuffer bytes) {
    int count = Varint.getInt(bytes);
    // A header has at least two bytes.
    if (count < 0 || count > bytes.remaining() / 2) {
      throw new CorruptBatchException(count + " headers in " + bytes.remaining() + " bytes");
    }
    if (count == 0) {
      return List.of();
    }
    List<Header> headers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      ByteBuffer name = nullable(bytes, "header name");
      if (name == null) {
        throw new CorruptBatchException("a header without a name");
      }
      headers.add(
          new Header(
              StandardCharsets.UTF_8.decode(name).toString(), nullable(bytes, "header value")));
    }
    return headers;
  }

  private static @Nullable ByteBuffer nullable(ByteBuffer bytes, String what) {
    int length = Varint.getInt(bytes);
    if (length == -1) {
      return null;
    }
    if (length < 0 || length > bytes.remaining()) {
      throw new CorruptBatchException(
          "a " + what + " of " + length + " bytes, where " + bytes.remaining() + " are left");
    }
    ByteBuffer field = bytes.slice(bytes.position(), length);
    bytes.position(bytes.position() + length);
    return field;
  }

  @Override
  public void close() {
    window.close();
  }
}
