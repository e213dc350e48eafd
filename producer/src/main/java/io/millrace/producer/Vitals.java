package io.millrace.producer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Doctor} looks at: the recent past of a producer, taken at one moment. Means are not
 * numbers where nothing came.
 *
 * @param spanMs the time that rates are taken over
 * @param sendRate messages sent per second
 * @param errorRate messages given up per second
 * @param batchRate batches sent per second
 * @param batches how many batches were sent
 * @param batchMessages messages of a batch, mean
 * @param batchBytes bytes of a batch as it was sent, mean
 * @param packed bytes of a batch with compression by bytes without, mean
 * @param requests produce requests that were answered
 * @param latencyMs of one, mean
 * @param waitingReports messages that are done with, and whose reports were not handed over
 * @param activePartitions partitions that something was sent to
 */
record Vitals(
    long spanMs,
    double sendRate,
    double errorRate,
    double batchRate,
    long batches,
    double batchMessages,
    double batchBytes,
    double packed,
    long requests,
    double latencyMs,
    long heldMessages,
    long heldBytes,
    int waitingReports,
    int activePartitions,
    List<Seconds.Second> seconds,
    List<Shares> topics,
    @Nullable ProducerError lastError) {

  /**
   * How the messages of a topic went to its partitions.
   *
   * @param hottest the partition that got most
   */
  record Shares(
      String topic, int partitions, long batches, long messages, int hottest, long ofHottest) {

    double share() {
      return (double) ofHottest / messages;
    }

    double fairShare() {
      return 1.0 / partitions;
    }
  }

  double spanSeconds() {
    return spanMs / 1000.0;
  }

  /** Bytes per second of a partition that something was sent to, before compression. */
  double partitionByteRate() {
    return batchBytes / packed * batchRate / Math.max(1, activePartitions);
  }

  double partitionRate() {
    return sendRate / Math.max(1, activePartitions);
  }
}
