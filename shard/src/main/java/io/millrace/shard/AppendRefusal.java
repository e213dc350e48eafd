package io.millrace.shard;

/** Why the sequencer did not take a batch. */
public enum AppendRefusal {
  /** The topic was deleted. */
  NO_SUCH_LOG,
  /** The batch is not the next one of its producer. */
  OUT_OF_ORDER_SEQUENCE,
  /** A producer with the same id and a higher epoch has written. */
  OLD_PRODUCER_EPOCH,
  /** The file system is nearly full. */
  DISK_NEARLY_FULL,
  /** The shard has stopped; whether the batch is durable is not known. */
  SHARD_STOPPED
}
