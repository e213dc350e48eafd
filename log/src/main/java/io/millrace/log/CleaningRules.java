package io.millrace.log;

/**
 * What a compacted topic asks of its cleaner.
 *
 * @param dirtyRatioMin share of the log that must be uncleaned before it is cleaned again; {@code
 *     min.cleanable.dirty.ratio}
 * @param lagMsMin a segment with a younger record is left alone; {@code min.compaction.lag.ms}
 * @param lagMsMax with an uncleaned record older than this the log is cleaned whatever the share;
 *     {@code max.compaction.lag.ms}, {@code Long.MAX_VALUE} for never
 * @param deleteRetentionMs how long a tombstone is kept after it was first cleaned; {@code
 *     delete.retention.ms}
 */
public record CleaningRules(
    double dirtyRatioMin, long lagMsMin, long lagMsMax, long deleteRetentionMs) {}
