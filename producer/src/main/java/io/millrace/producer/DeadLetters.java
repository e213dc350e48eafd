package io.millrace.producer;

import io.millrace.record.Header;
import io.millrace.record.Record;
import io.millrace.record.RecordReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Keeps messages that could not be delivered, if they are to be kept: with their bytes, headers and
 * timestamp as they were, and why in headers behind their own. Owned by the loop.
 *
 * <p>A failed message becomes a dead letter for {@code <topic>.dlq}, which is sent as any message
 * is, and the report on it waits until it is known where the letter is. A letter that cannot be
 * delivered either, or not in its shorter time, goes to the spill file, and so does every message
 * that fails because the producer ends or cannot go on. Messages that the application gave up
 * itself, by purging or cancelling, are not kept.
 *
 * <p>The letter takes over its message's room; the few bytes of its headers come on top of the
 * limit.
 *
 * @see <a href="../../../../../../../docs/clients/dead-letters.md">docs/clients/dead-letters.md</a>
 */
final class DeadLetters implements Outcomes {

  /** Sends a letter; false if that cannot be done. */
  interface Sender {
    boolean send(String topic, TopicQueues.Unassigned letter, long nowNanos);
  }

  private final DeadLetterSettings settings;
  private final ReportQueue reports;
  private final Room room;
  private final BatchLimits limits;
  private final BufferPool pool;
  private final Clock clock;
  private final Sender sender;

  DeadLetters(
      DeadLetterSettings settings,
      ReportQueue reports,
      Room room,
      BatchLimits limits,
      BufferPool pool,
      Clock clock,
      Sender sender) {
    this.settings = settings;
    this.reports = reports;
    this.room = room;
    this.limits = limits;
    this.pool = pool;
    this.clock = clock;
    this.sender = sender;
  }

  @Override
  public void add(ReportQueue.Outcome outcome) {
    ProducerError error = outcome.error();
    if (!settings.kept() || error == null || isWish(error)) {
      reports.add(outcome);
    } else if (outcome.batch().queue.topic.name.endsWith(settings.suffix())) {
      reports.add(outcome.toSpill());
    } else {
      keep(outcome, error);
    }
  }

  /** Whether the application wanted it so. */
  private static boolean isWish(ProducerError error) {
    return error.code() == LocalError.PURGE_QUEUE.code()
        || error.code() == LocalError.PURGE_INFLIGHT.code();
  }

  /** Whether this producer sends nothing any more. */
  private static boolean isEnd(ProducerError error) {
    return error.fatal()
        || error.code() == LocalError.DESTROY.code()
        || error.code() == LocalError.FATAL.code();
  }

  private void keep(ReportQueue.Outcome outcome, ProducerError error) {
    MessageBatch batch = outcome.batch();
    TopicQueues from = batch.queue.topic;
    String to = from.name + settings.suffix();
    boolean ended = isEnd(error);
    MessageBatch spilled = null;
    ByteBuffer records = batch.records();
    for (int i = 0; i < batch.count(); i++) {
      Record record = RecordReader.next(records, 0, batch.baseTimestamp());
      ProducerError why = outcome.errorOf(i);
      TopicQueues.Unassigned letter =
          letter(batch, i, record, why == null ? error : why, outcome.atNanos());
      if (ended || !sender.send(to, letter, outcome.atNanos())) {
        if (spilled == null) {
          spilled = nowhere(to, from, outcome.atNanos());
        }
        spilled.append(letter);
      }
    }
    batch.free();
    if (spilled != null) {
      reports.add(new ReportQueue.Outcome(spilled, -1, -1, error, outcome.atNanos()).toSpill());
    }
  }

  /** A batch for a topic that nothing is sent to. */
  private MessageBatch nowhere(String to, TopicQueues from, long nowNanos) {
    TopicQueues topic = new TopicQueues(to, from.partitioning, nowNanos);
    return new MessageBatch(new PartitionQueue(topic, -1, limits, pool), pool, 0, 0, nowNanos);
  }

  private TopicQueues.Unassigned letter(
      MessageBatch batch, int index, Record record, ProducerError error, long nowNanos) {
    List<Header> headers = new ArrayList<>(record.headers().size() + 8);
    for (Header one : record.headers()) {
      byte[] value = bytes(one.value());
      headers.add(new Header(one.key(), value == null ? null : ByteBuffer.wrap(value)));
    }
    DeadLetter message =
        new DeadLetter(
            batch.queue.topic.name,
            batch.queue.partition,
            error,
            batch.opaque(index),
            batch.acceptedNanos(index),
            headers.size());
    DeadLetterHeaders.add(headers, message, batch.attempts, clock.millis());
    byte[] key = bytes(record.key());
    byte[] value = bytes(record.value());
    long payload = MessageBatch.payloadBytes(key, value, headers);
    room.enlarge(payload - MessageBatch.payloadBytes(key, value, record.headers()));
    return new TopicQueues.Unassigned(
        -1,
        record.timestamp(),
        key,
        value,
        headers,
        payload,
        batch.callback(index),
        message,
        nowNanos + settings.nanosMax(),
        nowNanos);
  }

  private static byte @Nullable [] bytes(@Nullable ByteBuffer from) {
    if (from == null) {
      return null;
    }
    byte[] bytes = new byte[from.remaining()];
    from.get(from.position(), bytes);
    return bytes;
  }

  /** The word for {@code x-error-persisted}. */
  static String word(ProducerError.Persisted persisted) {
    return persisted.name().toLowerCase(Locale.ROOT);
  }
}
