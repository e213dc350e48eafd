package io.millrace.producer;

/**
 * How large a batch may become.
 *
 * @param messagesMax {@code batch.num.messages}
 * @param bytesMax {@code batch.size}, before compression; counts from the second message on
 * @param deliveryNanosMax {@code delivery.timeout.ms}: how long a message may take, from acceptance
 * @param requestBytesMax {@code message.max.bytes}: what a request, and so a batch, may have
 */
record BatchLimits(int messagesMax, int bytesMax, int requestBytesMax, long deliveryNanosMax) {

  boolean fits(MessageBatch batch, int recordBytesMax) {
    return batch.count() < messagesMax
        && (long) batch.sizeInBytes() + recordBytesMax <= Math.min(bytesMax, requestBytesMax);
  }

  boolean isFull(MessageBatch batch) {
    return batch.count() >= messagesMax || batch.sizeInBytes() >= bytesMax;
  }
}
