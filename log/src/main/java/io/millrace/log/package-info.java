/**
 * One partition as segments on disk: append, read, trim, clean.
 *
 * <p>A {@link io.millrace.log.PartitionLog} is a directory of segments named by base offset. It
 * holds committed records only, so its end is the high watermark, nothing in it is ever truncated
 * while it runs, and a reader needs no lock. It syncs nothing by itself: what makes records durable
 * is the shard's journal, and a checkpoint syncs the segments that changed since the last one.
 *
 * <pre>
 * logs/TOPIC-ID/PARTITION/00000000000000000000.log        record batches, byte for byte as produced
 *                         00000000000000000000.index      offset to position, a cache
 *                         00000000000000000000.timeindex  time to offset, a cache
 *                         00000000000000000000.cleaned    a segment that the cleaner is writing
 *                         00000000000000000000.replace    which segments it is to replace
 *                         cleaner.mark                    how far the log has been cleaned, a cache
 * </pre>
 *
 * <p>Old records go in two ways. {@link io.millrace.log.Retention} says where a log should start by
 * age and size; the shard decides it, trims the log, and the next checkpoint unlinks the segments.
 * A {@link io.millrace.log.Cleaner} rewrites the rolled segments of a compacted log so that of each
 * key the last record is left.
 *
 * <p>All file calls go through {@link io.millrace.log.Disk}, so that tests can lose what was not
 * synced.
 */
@NullMarked
package io.millrace.log;

import org.jspecify.annotations.NullMarked;
