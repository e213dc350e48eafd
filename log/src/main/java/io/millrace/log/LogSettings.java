package io.millrace.log;

/**
 * What a log needs to know of its topic's settings. Immutable and shared by the logs of a topic.
 *
 * @param segmentBytesMax a segment that would grow past this is rolled; Kafka's {@code
 *     segment.bytes}
 * @param segmentAgeMsMax a segment whose first append is older is rolled by the next append; {@code
 *     segment.ms}
 * @param segmentJitterMs up to this much of the age is taken off, each segment its own share;
 *     {@code segment.jitter.ms}
 * @param indexIntervalBytes bytes of log between two entries of the indexes; {@code
 *     index.interval.bytes}
 * @param compacted whether cleaning may take records out of the middle of the log; {@code
 *     cleanup.policy}
 */
public record LogSettings(
    int segmentBytesMax,
    long segmentAgeMsMax,
    long segmentJitterMs,
    int indexIntervalBytes,
    boolean compacted) {

  public static final LogSettings DEFAULT =
      new LogSettings(1 << 30, 7L * 24 * 60 * 60 * 1000, 0, 4096, false);

  /**
   * The age at which a segment is rolled. Its share of the jitter follows from its place, so that
   * every run and every replica decides alike.
   */
  long segmentAgeMsMax(LogId log, long baseOffset) {
    if (segmentJitterMs <= 0) {
      return segmentAgeMsMax;
    }
    long place = log.hashCode() * 31L + Long.hashCode(baseOffset);
    long share =
        Math.floorMod(place * 0x9e3779b97f4a7c15L, Math.min(segmentJitterMs, segmentAgeMsMax));
    return segmentAgeMsMax - share;
  }
}
