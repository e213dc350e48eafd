package io.millrace.record;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One record, decoded. Laid out in a batch as (all lengths and deltas are zigzag varints, see
 * {@link Varint}):
 *
 * <pre>
 *   length          bytes of what follows
 *   attributes      one byte, unused, 0
 *   timestampDelta  from the batch's baseTimestamp (64 bits)
 *   offsetDelta     from the batch's baseOffset
 *   keyLength       -1 for no key, then the key
 *   valueLength     -1 for no value, then the value
 *   headerCount     then for each: nameLength, name in UTF-8, valueLength or -1, value
 * </pre>
 *
 * <p>So the smallest record has {@link #BYTES_MIN} bytes, a fact that bounds how many a payload can
 * hold. Buffers are read-only views: of the batch's own bytes where it is uncompressed, of memory
 * owned by the record where it is not.
 *
 * @param offset the record's offset in its log
 * @param timestamp milliseconds since 1970, or {@link RecordBatch#NO_TIMESTAMP}
 * @param key the key, or null for a record without one
 * @param value the value, or null: in a compacted log a null value deletes the key
 * @param headers in their order
 */
@SuppressWarnings("AvoidCommonTypeNames") // it is what it is called
public record Record(
    long offset,
    long timestamp,
    @Nullable ByteBuffer key,
    @Nullable ByteBuffer value,
    List<Header> headers) {

  /** The smallest record: seven fields of one byte each. */
  static final int BYTES_MIN = 7;

  public Record {
    headers = List.copyOf(headers);
  }
}
