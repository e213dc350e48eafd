package io.millrace.broker.transaction;

/**
 * Whom a producer says it is.
 *
 * @param id its producer id, -1 if it has none yet
 * @param epoch which incarnation of it, or which of its transactions; -1 if it has none yet
 */
public record ProducerIdentity(long id, int epoch) {

  public static final ProducerIdentity NONE = new ProducerIdentity(-1, -1);

  /** The last epoch that a client gets; the one behind it is kept for fencing it. */
  static final int LAST_EPOCH = Short.MAX_VALUE - 1;

  /** The same producer, one epoch later. */
  ProducerIdentity next() {
    return new ProducerIdentity(id, epoch + 1);
  }

  /** Whether no client may go on with a later epoch of this id. */
  boolean isExhausted() {
    return epoch >= LAST_EPOCH;
  }
}
