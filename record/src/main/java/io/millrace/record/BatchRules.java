package io.millrace.record;

/**
 * What a topic asks of a batch from outside. Made once a topic and shared; change one with the
 * {@code with} methods.
 *
 * @param depth how much is looked at
 * @param batchBytesMax size of a batch as received, header included; Kafka's {@code
 *     max.message.bytes}
 * @param expandedBytesMax what the records of a compressed batch may expand to, if they are looked
 *     at
 * @param timestampType whose timestamps the topic keeps; with {@link TimestampType#LOG_APPEND_TIME}
 *     those of the producer are not looked at
 * @param timestampBeforeMaxMs how far before now a timestamp may be; Kafka's {@code
 *     message.timestamp.before.max.ms}
 * @param timestampAfterMaxMs how far after now; Kafka's {@code message.timestamp.after.max.ms}
 * @param keysRequired whether every record must have a key, as in a compacted topic; needs {@link
 *     Depth#FULL}
 */
public record BatchRules(
    Depth depth,
    int batchBytesMax,
    int expandedBytesMax,
    TimestampType timestampType,
    long timestampBeforeMaxMs,
    long timestampAfterMaxMs,
    boolean keysRequired) {

  /** How far a check goes; each does what the one before it does. */
  public enum Depth {
    /** Header and CRC. */
    HEADER,
    /** Also each record, if the batch is not compressed. */
    STRUCTURE,
    /** Each record of any batch, expanded if need be. */
    FULL
  }

  private static final int MIB = 1024 * 1024;

  /**
   * Header and CRC; 1 MiB a batch, 16 MiB expanded; producers' times, from any past to an hour
   * ahead; keys optional.
   */
  public static final BatchRules DEFAULT =
      new BatchRules(
          Depth.HEADER,
          MIB,
          16 * MIB,
          TimestampType.CREATE_TIME,
          Long.MAX_VALUE,
          60L * 60 * 1000,
          false);

  public BatchRules {
    if (batchBytesMax < 0
        || expandedBytesMax < 0
        || timestampBeforeMaxMs < 0
        || timestampAfterMaxMs < 0) {
      throw new IllegalArgumentException("a limit is negative");
    }
    if (keysRequired && depth != Depth.FULL) {
      throw new IllegalArgumentException(
          "keys can only be required of records that are looked at, not at " + depth);
    }
  }

  public BatchRules withDepth(Depth newDepth) {
    return new BatchRules(
        newDepth,
        batchBytesMax,
        expandedBytesMax,
        timestampType,
        timestampBeforeMaxMs,
        timestampAfterMaxMs,
        keysRequired);
  }

  public BatchRules withBytesMax(int batch, int expanded) {
    return new BatchRules(
        depth,
        batch,
        expanded,
        timestampType,
        timestampBeforeMaxMs,
        timestampAfterMaxMs,
        keysRequired);
  }

  public BatchRules withTimestamps(TimestampType type, long beforeMaxMs, long afterMaxMs) {
    return new BatchRules(
        depth, batchBytesMax, expandedBytesMax, type, beforeMaxMs, afterMaxMs, keysRequired);
  }

  /** With every record looked at and its key required. */
  public BatchRules withKeysRequired() {
    return new BatchRules(
        Depth.FULL,
        batchBytesMax,
        expandedBytesMax,
        timestampType,
        timestampBeforeMaxMs,
        timestampAfterMaxMs,
        true);
  }

  /** Whether a record may be too old, whatever the latest of its batch is. */
  public boolean boundsThePast() {
    return timestampType == TimestampType.CREATE_TIME && timestampBeforeMaxMs < Long.MAX_VALUE;
  }

  /** Least timestamp allowed; never negative, for nothing else in the system could store it. */
  long timestampMin(long nowMs) {
    if (timestampType == TimestampType.LOG_APPEND_TIME) {
      return Long.MIN_VALUE;
    }
    return timestampBeforeMaxMs >= nowMs ? 0 : nowMs - timestampBeforeMaxMs;
  }

  long timestampMax(long nowMs) {
    boolean unbounded =
        timestampType == TimestampType.LOG_APPEND_TIME
            || timestampAfterMaxMs > Long.MAX_VALUE - nowMs;
    return unbounded ? Long.MAX_VALUE : nowMs + timestampAfterMaxMs;
  }
}
