package io.millrace.shard;

/** Why the sequencer did not take a batch. */
public enum AppendRefusal {
  /** The topic was deleted. */
  NO_SUCH_LOG,
  /** The batch is not the next one of its producer. */
  OUT_OF_ORDER_SEQUENCE,
  /** A producer with the same id and a higher epoch has written. */
  OLD_PRODUCER_EPOCH,
  /** It is for a transaction that is not open, or not open here. */
  NO_OPEN_TRANSACTION,
  /** It is for no transaction, and its producer has one open in the log. */
  OUTSIDE_ITS_TRANSACTION,
  /** The logs of the shard remember as many aborted transactions as they may. */
  TOO_MANY_ABORTED,
  /** The transactional id belongs to another producer id. */
  OTHER_PRODUCER_ID,
  /** The producer's last transaction is still being ended. */
  TRANSACTION_ENDING,
  /** The transactions take all the memory that they may. */
  TOO_MANY_TRANSACTIONS,
  /** The file system is nearly full. */
  DISK_NEARLY_FULL,
  /** The shard has stopped; whether the batch is durable is not known. */
  SHARD_STOPPED
}
