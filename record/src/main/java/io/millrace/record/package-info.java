/**
 * The bytes of a record batch, Kafka's format with magic 2: what a producer sends, a log stores and
 * a consumer gets, the same from end to end.
 *
 * <ul>
 *   <li><b>Read a field</b> where the bytes are, without an object: the static methods of {@link
 *       io.millrace.record.RecordBatch}, which also draws the layout.
 *   <li><b>Step</b> over several batches: {@link io.millrace.record.Batches}.
 *   <li><b>Decode</b> records: {@link io.millrace.record.RecordBatch#at} and {@link
 *       io.millrace.record.RecordBatch#records}.
 *   <li><b>Write</b> a batch: {@link io.millrace.record.RecordBatchBuilder}; clean one: {@link
 *       io.millrace.record.RecordBatchBuilder#like}.
 *   <li><b>Check</b> one from outside: {@link io.millrace.record.RecordBatchValidator}, which
 *       answers with a {@link io.millrace.record.BatchVerdict}.
 *   <li><b>Compress and expand</b>: {@link io.millrace.record.Compression}, {@link
 *       io.millrace.record.RecordBatch#recompress}.
 * </ul>
 *
 * <p>Everything read is taken for hostile: no length or size in the bytes decides how much memory
 * is taken. Buffers are big-endian. No clock, no files, no threads.
 */
@NullMarked
package io.millrace.record;

import org.jspecify.annotations.NullMarked;
