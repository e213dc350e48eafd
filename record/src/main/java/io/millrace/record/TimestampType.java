package io.millrace.record;

/** Who gave the records of a batch their timestamps; attribute bit 3 of a batch. */
public enum TimestampType {
  /** The producer did, record by record. */
  CREATE_TIME,
  /** The log did: every record counts as stamped with the batch's {@code maxTimestamp}. */
  LOG_APPEND_TIME
}
