package io.millrace.producer;

/**
 * There is no room for one more message: {@code queue.buffering.max.messages} or {@code
 * queue.buffering.max.kbytes} is reached. The message was not accepted; later there will be room.
 */
public final class QueueFullException extends ProducerException {

  QueueFullException(String message) {
    super(ProducerError.of(LocalError.QUEUE_FULL, message));
  }
}
