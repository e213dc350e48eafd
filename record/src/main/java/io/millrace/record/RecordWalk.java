package io.millrace.record;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Checks the records of a batch by stepping through them: no record is built and nothing is
 * allocated. Reused for one batch after the other by one thread.
 *
 * <p>Only lengths and deltas are touched, never a key or a value, so the cost is per record and
 * hardly per byte. It is the hottest loop of a broker that walks what it receives, hence its form:
 * locals instead of fields, one and two byte integers inline, the rest in {@link #readInt} and
 * {@link #readLong}. Every read is guarded by the end of the enclosing record, whose length was
 * checked first, so no length of the input can lead outside of {@code to}.
 */
final class RecordWalk {
  private static final long MALFORMED = -1L;

  private int count;
  private long baseTimestamp;
  private long timestampMin;
  private long timestampMax;
  private boolean keysRequired;

  private int index;
  private int needed;
  private long maxTimestamp;
  private @Nullable RecordFault fault;
  private long wide;

  /**
   * Begins a batch.
   *
   * @param timestampMin least timestamp allowed; {@link RecordBatch#NO_TIMESTAMP} is always allowed
   * @param timestampMax greatest timestamp allowed
   */
  void begin(
      int count, long baseTimestamp, long timestampMin, long timestampMax, boolean keysRequired) {
    this.count = count;
    this.baseTimestamp = baseTimestamp;
    this.timestampMin = timestampMin;
    this.timestampMax = timestampMax;
    this.keysRequired = keysRequired;
    this.index = 0;
    this.needed = 0;
    this.maxTimestamp = RecordBatch.NO_TIMESTAMP;
    this.fault = null;
  }

  /** The record the walk stands at: the faulty one after a fault, else how many were walked. */
  int index() {
    return index;
  }

  boolean finished() {
    return index == count;
  }

  /** What is wrong with the record at {@link #index}, or null. */
  @Nullable RecordFault fault() {
    return fault;
  }

  /** Greatest timestamp of the records walked. */
  long maxTimestamp() {
    return maxTimestamp;
  }

  /**
   * How many bytes, from the position the walk stopped at, the next record takes as far as that is
   * known.
   */
  int needed() {
    return needed;
  }

  /**
   * Walks until the last record, the first fault, or the first record that does not end before
   * {@code to}.
   *
   * @param ended whether no bytes follow {@code to}; if so, a record that does not end before it is
   *     a fault
   * @return the position of the first record not walked
   */
  int walk(ByteBuffer buffer, int from, int to, boolean ended) {
    int i = index;
    final int n = count;
    long max = maxTimestamp;
    int p = from;
    RecordFault found = null;
    int start = p;
    while (i < n) {
      start = p;
      if (to - p < Record.BYTES_MIN) {
        if (ended) {
          found = RecordFault.CUT_OFF;
        } else {
          needed = Record.BYTES_MIN;
        }
        break;
      }

      // Length. There are seven bytes, so two are there to be read.
      int raw = buffer.get(p++);
      if (raw < 0) {
        int second = buffer.get(p++);
        if (second >= 0) {
          raw = (raw & 0x7f) | (second << 7);
        } else {
          long read = readInt(buffer, start, to);
          if (read == MALFORMED) {
            found = RecordFault.VARINT;
            break;
          }
          raw = (int) read;
          p = (int) (read >>> 32);
        }
      }
      int length = Varint.unzigzag(raw);
      if (length < Record.BYTES_MIN - 1) {
        found = RecordFault.LENGTH;
        break;
      }
      if (length > to - p) {
        if (ended) {
          found = RecordFault.LENGTH;
        } else {
          needed = (int) Math.min(Integer.MAX_VALUE, (long) (p - start) + length);
        }
        break;
      }
      final int end = p + length;
      p++; // attributes

      // Timestamp delta; the length says that five more bytes are there, so two can be read.
      long timestamp;
      raw = buffer.get(p++);
      if (raw >= 0) {
        timestamp = baseTimestamp + Varint.unzigzag(raw);
      } else {
        int second = buffer.get(p++);
        if (second >= 0) {
          raw = (raw & 0x7f) | (second << 7);
          timestamp = baseTimestamp + Varint.unzigzag(raw);
        } else {
          p = readLong(buffer, p - 2, end);
          if (p < 0) {
            found = RecordFault.VARINT;
            break;
          }
          timestamp = baseTimestamp + wide;
        }
      }
      if (timestamp > max) {
        max = timestamp;
      }
      if ((timestamp < timestampMin || timestamp > timestampMax)
          && timestamp != RecordBatch.NO_TIMESTAMP) {
        found = RecordFault.TIMESTAMP;
        break;
      }

      // Offset delta.
      if (end - p < 4) {
        found = RecordFault.VARINT;
        break;
      }
      raw = buffer.get(p++);
      if (raw < 0) {
        int second = buffer.get(p++);
        if (second >= 0) {
          raw = (raw & 0x7f) | (second << 7);
        } else {
          long read = readInt(buffer, p - 2, end);
          if (read == MALFORMED) {
            found = RecordFault.VARINT;
            break;
          }
          raw = (int) read;
          p = (int) (read >>> 32);
        }
      }
      if (raw != i << 1) {
        found = RecordFault.OFFSET_DELTA;
        break;
      }

      // Key.
      if (end - p < 3) {
        found = RecordFault.VARINT;
        break;
      }
      raw = buffer.get(p++);
      if (raw < 0) {
        int second = buffer.get(p++);
        if (second >= 0) {
          raw = (raw & 0x7f) | (second << 7);
        } else {
          long read = readInt(buffer, p - 2, end);
          if (read == MALFORMED) {
            found = RecordFault.VARINT;
            break;
          }
          raw = (int) read;
          p = (int) (read >>> 32);
        }
      }
      if (raw == 1) { // -1, no key
        if (keysRequired) {
          found = RecordFault.NO_KEY;
          break;
        }
      } else {
        int size = raw >>> 1;
        if ((raw & 1) != 0 || size > end - p) {
          found = RecordFault.KEY_LENGTH;
          break;
        }
        p += size;
      }

      // Value.
      if (end - p < 2) {
        found = RecordFault.VARINT;
        break;
      }
      raw = buffer.get(p++);
      if (raw < 0) {
        int second = buffer.get(p++);
        if (second >= 0) {
          raw = (raw & 0x7f) | (second << 7);
        } else {
          long read = readInt(buffer, p - 2, end);
          if (read == MALFORMED) {
            found = RecordFault.VARINT;
            break;
          }
          raw = (int) read;
          p = (int) (read >>> 32);
        }
      }
      if (raw != 1) {
        int size = raw >>> 1;
        if ((raw & 1) != 0 || size > end - p) {
          found = RecordFault.VALUE_LENGTH;
          break;
        }
        p += size;
      }

      // Headers: mostly none, in which case this byte is the last.
      if (p >= end) {
        found = RecordFault.VARINT;
        break;
      }
      if (buffer.get(p) == 0) {
        p++;
      } else {
        p = walkHeaders(buffer, p, end);
        if (p < 0) {
          found = fault;
          break;
        }
      }
      if (p != end) {
        found = RecordFault.TRAILING_BYTES;
        break;
      }
      i++;
    }
    index = i;
    maxTimestamp = max;
    fault = found;
    return i < n ? start : p;
  }

  /** The position after the headers, or -1 with {@link #fault} set. */
  private int walkHeaders(ByteBuffer buffer, int from, int end) {
    long read = readInt(buffer, from, end);
    if (read == MALFORMED) {
      return fail(RecordFault.VARINT);
    }
    int p = (int) (read >>> 32);
    int headers = Varint.unzigzag((int) read);
    // A header has at least two bytes.
    if (headers < 0 || headers > (end - p) >> 1) {
      return fail(RecordFault.HEADER_COUNT);
    }
    for (int h = 0; h < headers; h++) {
      read = readInt(buffer, p, end);
      if (read == MALFORMED) {
        return fail(RecordFault.VARINT);
      }
      p = (int) (read >>> 32);
      int size = Varint.unzigzag((int) read);
      if (size < 0 || size > end - p) {
        return fail(RecordFault.HEADER_NAME);
      }
      p += size;
      read = readInt(buffer, p, end);
      if (read == MALFORMED) {
        return fail(RecordFault.VARINT);
      }
      p = (int) (read >>> 32);
      size = Varint.unzigzag((int) read);
      if (size < -1 || size > end - p) {
        return fail(RecordFault.HEADER_VALUE);
      }
      p += Math.max(size, 0);
    }
    return p;
  }

  private int fail(RecordFault why) {
    fault = why;
    return -1;
  }

  /**
   * Position after the integer in the high half, its zigzagged bits in the low half; or {@link
   * #MALFORMED}.
   */
  private static long readInt(ByteBuffer buffer, int from, int end) {
    int raw = 0;
    int p = from;
    for (int shift = 0; shift < 7 * Varint.INT_BYTES_MAX && p < end; shift += 7) {
      int b = buffer.get(p++);
      raw |= (b & 0x7f) << shift;
      if (b >= 0) {
        return shift == 28 && b > 0x0f ? MALFORMED : ((long) p << 32) | (raw & 0xffffffffL);
      }
    }
    return MALFORMED;
  }

  /** The position after the integer, which is left in {@link #wide}; or -1. */
  private int readLong(ByteBuffer buffer, int from, int end) {
    long raw = 0;
    int p = from;
    for (int shift = 0; shift < 7 * Varint.LONG_BYTES_MAX && p < end; shift += 7) {
      long b = buffer.get(p++);
      raw |= (b & 0x7f) << shift;
      if (b >= 0) {
        wide = Varint.unzigzag(raw);
        return shift == 63 && b > 1 ? -1 : p;
      }
    }
    return -1;
  }
}
