package io.millrace.record;

/**
 * Why a batch is not taken: one constant for each Kafka error code that a batch can earn, under
 * Kafka's name.
 *
 * <p>The code decides what the producer does. Of these only CORRUPT_MESSAGE is sent again as it is,
 * and MESSAGE_TOO_LARGE makes a Java producer split the batch; all others fail its records for
 * good. So a batch whose bytes arrived as they were sent, and are wrong all the same, is an
 * INVALID_RECORD.
 */
public enum Refusal {
  /** 2: the bytes are not those that were sent (CRC), or too few for a batch. */
  CORRUPT_MESSAGE,

  /** 10: the batch is larger than allowed, as it is or expanded. */
  MESSAGE_TOO_LARGE,

  /**
   * 32: a record's timestamp is outside of the allowed range, or the producer claims the log's own.
   */
  INVALID_TIMESTAMP,

  /** 43: not magic 2. */
  UNSUPPORTED_FOR_MESSAGE_FORMAT,

  /** 76: a codec that does not exist, or whose library is missing here. */
  UNSUPPORTED_COMPRESSION_TYPE,

  /** 87: header, payload or a record contradicts itself or breaks a rule of its topic. */
  INVALID_RECORD
}
