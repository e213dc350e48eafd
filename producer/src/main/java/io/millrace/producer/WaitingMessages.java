package io.millrace.producer;

import io.millrace.producer.TopicQueues.Unassigned;
import io.millrace.record.Header;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages that wait until their topic's partitions are known, first in, first out. What is in them
 * is copied when they come: the application may use its arrays again, as it may when a message goes
 * to a partition at once.
 *
 * <p>They lie one behind the other in chunks, so that a message takes some fifty bytes more than
 * its own. Not thread safe.
 *
 * <pre>
 * message   length i32 (negative: it was taken out), partition i32, timestamp i64, deadline i64,
 *           accepted i64, key bytes, value bytes, headers i32 (-1: none given), each name bytes, value bytes
 * bytes     length i32 (-1: null), and so many
 * </pre>
 */
final class WaitingMessages {

  private static final int FIRST_CHUNK_BYTES = 1 << 10;
  private static final int CHUNK_BYTES_MAX = 64 << 10;
  private static final int FIXED_BYTES = 4 + 4 + 3 * 8;
  private static final int LENGTH_BYTES = 4;
  private static final int DEADLINE_AT = 16;
  private static final int ACCEPTED_AT = 24;

  private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();
  private int size;
  private long payloadBytes;

  /** No message that waits has an earlier deadline of its own. */
  private long firstDeadlineNanos = Long.MAX_VALUE;

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** What {@link Room} counts of them. */
  long payloadBytes() {
    return payloadBytes;
  }

  void add(Unassigned message) {
    int bytes = bytesOf(message);
    Chunk last = chunks.peekLast();
    if (last == null || last.bytes.remaining() < bytes) {
      int more =
          last == null ? FIRST_CHUNK_BYTES : Math.min(CHUNK_BYTES_MAX, 2 * last.bytes.capacity());
      last = new Chunk(Math.max(more, bytes));
      chunks.add(last);
    }
    last.add(message, bytes);
    size++;
    payloadBytes += message.payload();
    firstDeadlineNanos = Math.min(firstDeadlineNanos, message.deadlineNanos());
  }

  /** The oldest, which stays; null if there is none. */
  @Nullable Unassigned peek() {
    Chunk first = firstWithMessages();
    return first == null ? null : first.read(first.readAt, first.readIndex);
  }

  /** The oldest, which is taken out; null if there is none. */
  @Nullable Unassigned poll() {
    Chunk first = firstWithMessages();
    if (first == null) {
      return null;
    }
    Unassigned message = first.read(first.readAt, first.readIndex);
    first.skip();
    took(message);
    return message;
  }

  /** Takes out the first with this callback; null if there is none. */
  @Nullable Unassigned take(DeliveryCallback callback) {
    for (Chunk chunk : chunks) {
      int at = chunk.readAt;
      for (int i = chunk.readIndex; i < chunk.count; i++) {
        int length = chunk.bytes.getInt(at);
        if (length > 0 && chunk.callbacks.get(i) == callback) {
          Unassigned message = chunk.read(at, i);
          chunk.bytes.putInt(at, -length);
          took(message);
          return message;
        }
        at += Math.abs(length);
      }
    }
    return null;
  }

  /**
   * When the next of them may be late, by the monotonic clock: never too late, too early where the
   * one with the first deadline has left. {@code Long.MAX_VALUE} if there is none.
   *
   * @param nanosMax how long a message may wait that has no deadline of its own
   */
  long dueNanos(long nanosMax) {
    Chunk first = firstWithMessages();
    return first == null
        ? Long.MAX_VALUE
        : Math.min(firstDeadlineNanos, first.bytes.getLong(first.readAt + ACCEPTED_AT) + nanosMax);
  }

  /** Takes out the first whose time is over; null if there is none. */
  @Nullable Unassigned takeLate(long nanosMax, long nowNanos) {
    if (isEmpty() || nowNanos - dueNanos(nanosMax) < 0) {
      return null;
    }
    long firstDeadline = Long.MAX_VALUE;
    for (Chunk chunk : chunks) {
      int at = chunk.readAt;
      for (int i = chunk.readIndex; i < chunk.count; i++) {
        int length = chunk.bytes.getInt(at);
        if (length > 0) {
          long deadline = chunk.bytes.getLong(at + DEADLINE_AT);
          long accepted = chunk.bytes.getLong(at + ACCEPTED_AT);
          if (nowNanos - Math.min(deadline, accepted + nanosMax) >= 0) {
            Unassigned message = chunk.read(at, i);
            chunk.bytes.putInt(at, -length);
            took(message);
            return message;
          }
          firstDeadline = Math.min(firstDeadline, deadline);
        }
        at += Math.abs(length);
      }
    }
    firstDeadlineNanos = firstDeadline;
    return null;
  }

  private void took(Unassigned message) {
    size--;
    payloadBytes -= message.payload();
  }

  /** The chunk whose next message is the oldest that was not taken out; null if there is none. */
  private @Nullable Chunk firstWithMessages() {
    for (Chunk first; (first = chunks.peek()) != null; ) {
      while (first.readIndex < first.count && first.bytes.getInt(first.readAt) < 0) {
        first.skip();
      }
      if (first.readIndex < first.count) {
        return first;
      }
      chunks.poll();
    }
    return null;
  }

  private static int bytesOf(Unassigned message) {
    int bytes = FIXED_BYTES + LENGTH_BYTES;
    bytes += bytesOf(message.key()) + bytesOf(message.value());
    List<Header> headers = message.headers();
    if (headers != null) {
      for (Header header : headers) {
        ByteBuffer value = header.value();
        bytes += 2 * LENGTH_BYTES + header.key().getBytes(StandardCharsets.UTF_8).length;
        bytes += value == null ? 0 : value.remaining();
      }
    }
    return bytes;
  }

  private static int bytesOf(byte @Nullable [] of) {
    return LENGTH_BYTES + (of == null ? 0 : of.length);
  }

  /** Messages side by side, and what of them are no bytes. */
  private static final class Chunk {
    final ByteBuffer bytes;
    final Column<DeliveryCallback> callbacks = new Column<>();
    final Column<Object> opaques = new Column<>();
    int count;
    int readIndex;
    int readAt;

    Chunk(int size) {
      bytes = ByteBuffer.allocate(size);
    }

    void add(Unassigned message, int length) {
      bytes.putInt(length).putInt(message.partition()).putLong(message.timestamp());
      bytes.putLong(message.deadlineNanos()).putLong(message.acceptedNanos());
      put(message.key());
      put(message.value());
      List<Header> headers = message.headers();
      bytes.putInt(headers == null ? -1 : headers.size());
      if (headers != null) {
        for (Header header : headers) {
          put(header.key().getBytes(StandardCharsets.UTF_8));
          ByteBuffer value = header.value();
          bytes.putInt(value == null ? -1 : value.remaining());
          if (value != null) {
            bytes.put(value.duplicate());
          }
        }
      }
      callbacks.set(count, message.callback());
      opaques.set(count, message.opaque());
      count++;
    }

    private void put(byte @Nullable [] of) {
      bytes.putInt(of == null ? -1 : of.length);
      if (of != null) {
        bytes.put(of);
      }
    }

    /** Goes on to the next message. */
    void skip() {
      readAt += Math.abs(bytes.getInt(readAt));
      readIndex++;
    }

    Unassigned read(int at, int index) {
      ByteBuffer from = bytes.duplicate().position(at + 4);
      int partition = from.getInt();
      long timestamp = from.getLong();
      long deadlineNanos = from.getLong();
      long acceptedNanos = from.getLong();
      byte[] key = bytes(from);
      byte[] value = bytes(from);
      List<Header> headers = headers(from);
      return new Unassigned(
          partition,
          timestamp,
          key,
          value,
          headers,
          MessageBatch.payloadBytes(key, value, headers),
          callbacks.get(index),
          opaques.get(index),
          deadlineNanos,
          acceptedNanos);
    }

    private static @Nullable List<Header> headers(ByteBuffer from) {
      int count = from.getInt();
      if (count < 0) {
        return null;
      }
      List<Header> headers = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        byte[] name = bytes(from);
        byte[] value = bytes(from);
        headers.add(
            new Header(
                new String(name == null ? new byte[0] : name, StandardCharsets.UTF_8),
                value == null ? null : ByteBuffer.wrap(value)));
      }
      return headers;
    }

    private static byte @Nullable [] bytes(ByteBuffer from) {
      int length = from.getInt();
      if (length < 0) {
        return null;
      }
      byte[] bytes = new byte[length];
      from.get(bytes);
      return bytes;
    }
  }

  /** One value for each message of a chunk. As long as all are the same it takes no room. */
  private static final class Column<T> {
    private @Nullable T all;
    private @Nullable List<@Nullable T> each;

    void set(int index, @Nullable T value) {
      if (index == 0) {
        all = value;
      } else if (each != null) {
        each.add(value);
      } else if (value != all) {
        List<@Nullable T> values = new ArrayList<>(2 * index);
        for (int i = 0; i < index; i++) {
          values.add(all);
        }
        values.add(value);
        each = values;
      }
    }

    @Nullable T get(int index) {
      return each == null ? all : each.get(index);
    }
  }
}
