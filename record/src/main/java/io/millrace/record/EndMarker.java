package io.millrace.record;

import java.nio.ByteBuffer;

/**
 * The control batch that ends a transaction in a log: one record, whose key says whether it was
 * committed.
 *
 * <pre>
 * key    i16 version, 0
 *        i16 0 aborted, 1 committed
 * value  i16 version, 0
 *        i32 epoch of the coordinator
 * </pre>
 *
 * @see <a href="https://kafka.apache.org/documentation/#controlbatch">Kafka documentation, control
 *     batches</a>; KIP-98
 */
public final class EndMarker {

  private static final short ABORT = 0;
  private static final short COMMIT = 1;

  private EndMarker() {}

  /**
   * Builds one, to be placed in a log.
   *
   * @param producerEpoch of the transaction, or the one that the producer goes on with
   * @param timeMs when the transaction ended
   */
  public static ByteBuffer batch(
      long producerId, short producerEpoch, boolean commit, int coordinatorEpoch, long timeMs) {
    ByteBuffer key = ByteBuffer.allocate(4).putShort((short) 0).putShort(commit ? COMMIT : ABORT);
    ByteBuffer value = ByteBuffer.allocate(6).putShort((short) 0).putInt(coordinatorEpoch);
    return new RecordBatchBuilder(ByteBuffer.allocate(128))
        .producer(producerId, producerEpoch, RecordBatch.NO_SEQUENCE)
        .transactional()
        .control()
        .append(timeMs, key.flip(), value.flip())
        .build();
  }

  /** Whether a control batch says that a transaction was committed. */
  public static boolean isCommit(RecordBatch batch) {
    return type(batch) == COMMIT;
  }

  private static short type(RecordBatch batch) {
    try (RecordReader records = batch.records(0)) {
      for (Record record : records) {
        ByteBuffer key = record.key();
        if (key != null && key.remaining() >= 4) {
          return key.getShort(key.position() + 2);
        }
      }
    }
    return -1;
  }
}
