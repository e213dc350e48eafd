package io.millrace.log;

/**
 * What a log needs to know of its topic's settings. Immutable and shared by the logs of a topic.
 *
 * @param segmentBytesMax a segment that would grow past this is rolled; Kafka's {@code
 *     segment.bytes}
 * @param segmentAgeMsMax a segment whose first append is older is rolled by the next append; {@code
 *     segment.ms}
 * @param indexIntervalBytes bytes of log between two entries of the indexes; {@code
 *     index.interval.bytes}
 * @param compacted whether cleaning may take records out of the middle of the log; {@code
 *     cleanup.policy}
 */
public record LogSettings(
    int segmentBytesMax, long segmentAgeMsMax, int indexIntervalBytes, boolean compacted) {

  public static final LogSettings DEFAULT =
      new LogSettings(1 << 30, 7L * 24 * 60 * 60 * 1000, 4096, false);
}
