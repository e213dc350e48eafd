package io.millrace.record;

/** What {@link RecordBatchValidator} found. */
public sealed interface BatchVerdict {

  /**
   * The batch may be appended.
   *
   * @param recordCount how many records it has
   * @param maxTimestamp its greatest timestamp: as the header has it, or that of the records where
   *     they were walked. If it is not the header's, the producer left it out or got it wrong
   *     (Sarama did until 2025); write it with {@link RecordBatch#setMaxTimestamp} before
   *     appending, as Kafka does
   */
  record Accepted(int recordCount, long maxTimestamp) implements BatchVerdict {}

  /**
   * The batch must not be appended, none of it.
   *
   * @param reason what to answer
   * @param recordIndex place of the offending record in the batch, from 0; {@link #NO_RECORD} if it
   *     is the batch itself
   * @param message for the producer's log: what is wrong, without the topic
   */
  record Refused(Refusal reason, int recordIndex, String message) implements BatchVerdict {
    /** Stands for no record in particular. */
    public static final int NO_RECORD = -1;
  }
}
