package io.millrace.record;

import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * Record batches one after the other, as in a segment or a fetch response, of which the last may be
 * cut off.
 *
 * <p>Lengths are not trusted: a batch is taken only if its whole size lies within the given end. On
 * hot paths step with {@link #sizeAt}; elsewhere iterate. What comes after the last whole batch is
 * told apart: {@link #PARTIAL} is normal (a fetch response ends anywhere, a write was torn), {@link
 * #MALFORMED} is not.
 */
public final class Batches implements Iterable<RecordBatch> {
  /** The bytes are the beginning of a batch, or too few to tell; also when there are none. */
  public static final int PARTIAL = -1;

  /** The bytes are no batch: the size is below that of a header, or the magic is not 2. */
  public static final int MALFORMED = -2;

  private final ByteBuffer buffer;

  private Batches(ByteBuffer buffer) {
    this.buffer = buffer;
  }

  /** The batches between the buffer's position and limit as they are now. */
  public static Batches of(ByteBuffer buffer) {
    return new Batches(buffer.slice());
  }

  /**
   * Size of the batch at {@code position} if all of it lies before {@code end}, else {@link
   * #PARTIAL} or {@link #MALFORMED}. Neither CRC nor records are looked at.
   *
   * @param end exclusive; at most the buffer's limit
   */
  public static int sizeAt(ByteBuffer buffer, int position, int end) {
    int available = end - position;
    if (available <= RecordBatch.MAGIC_AT) {
      return PARTIAL;
    }
    long size = (long) RecordBatch.LOG_OVERHEAD + buffer.getInt(position + RecordBatch.LENGTH_AT);
    if (size < RecordBatch.HEADER_SIZE
        || RecordBatch.magic(buffer, position) != RecordBatch.MAGIC) {
      return MALFORMED;
    }
    return size <= available ? (int) size : PARTIAL;
  }

  /** How many bytes, from where these batches begin, are whole batches. */
  public int validBytes() {
    int position = 0;
    for (int size; (size = sizeAt(buffer, position, buffer.limit())) > 0; ) {
      position += size;
    }
    return position;
  }

  /**
   * Steps over the whole batches; ends before a partial one. {@code next} throws at a malformed
   * one.
   */
  @Override
  public Iterator<RecordBatch> iterator() {
    return new Iterator<>() {
      private int position;

      @Override
      public boolean hasNext() {
        return sizeAt(buffer, position, buffer.limit()) != PARTIAL;
      }

      @Override
      public RecordBatch next() {
        if (!hasNext()) {
          throw new NoSuchElementException("no whole batch at " + position);
        }
        RecordBatch batch = RecordBatch.at(buffer, position);
        position += batch.sizeInBytes();
        return batch;
      }
    };
  }
}
