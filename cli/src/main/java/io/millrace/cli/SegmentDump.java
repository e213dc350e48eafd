package io.millrace.cli;

import io.millrace.log.BatchSearch;
import io.millrace.log.Disk;
import io.millrace.log.DiskFile;
import io.millrace.log.SegmentPart;
import io.millrace.record.CompressionException;
import io.millrace.record.CorruptBatchException;
import io.millrace.record.Record;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A segment, batch by batch. A batch that is damaged inside is named and passed over; where no
 * batch begins, the next place where a whole one does is looked for.
 */
final class SegmentDump {

  private static final int EXPANDED_BYTES_MAX = 256 << 20;

  private final Path path;
  private final DiskFile file;
  private final long size;
  private final Dump dump;

  private SegmentDump(Path path, DiskFile file, Dump dump) throws IOException {
    this.path = path;
    this.file = file;
    this.size = file.size();
    this.dump = dump;
  }

  static void of(Disk disk, Path path, Dump dump) throws IOException {
    try (DiskFile file = disk.open(path, Disk.Mode.READ)) {
      new SegmentDump(path, file, dump).run();
    }
  }

  private static long baseOffset(Path path) {
    String name = path.getFileName().toString();
    try {
      return Long.parseLong(name.substring(0, name.indexOf('.')));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private void run() throws IOException {
    dump.line(0, "segment").with("file", path.toString()).with("bytes", size).show();
    BatchSearch search = new BatchSearch(file, size, baseOffset(path), Long.MAX_VALUE);
    for (SegmentPart part; (part = search.next()) != null; ) {
      switch (part) {
        case SegmentPart.Batch batch -> show(batch);
        case SegmentPart.Gap gap -> show(gap);
      }
    }
  }

  private ByteBuffer read(long position, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes);
    file.read(buffer, position);
    // What the file lost while it was read is zeros.
    return buffer.clear();
  }

  private void show(SegmentPart.Batch found) throws IOException {
    ByteBuffer batch =
        read(found.position(), dump.wantsRecords() ? found.size() : RecordBatch.HEADER_SIZE);
    batchLine(dump, 1, batch, found.size())
        .with("position", found.position())
        .with("intact", true)
        .show();
    if (dump.wantsRecords()) {
      String problem = showRecords(dump, 2, batch);
      if (problem != null) {
        dump.damaged(path, found.position(), problem);
      }
    }
  }

  private void show(SegmentPart.Gap gap) throws IOException {
    long length = gap.end() - gap.position();
    if (length >= RecordBatch.HEADER_SIZE) {
      ByteBuffer header = read(gap.position(), RecordBatch.HEADER_SIZE);
      if (RecordBatch.magic(header, 0) == RecordBatch.MAGIC
          && RecordBatch.sizeInBytes(header, 0) == length) {
        batchLine(dump, 1, header, length)
            .with("position", gap.position())
            .with("intact", false)
            .show();
        dump.damaged(path, gap.position(), gap.what());
        return;
      }
    }
    dump.damaged(
        path,
        gap.position(),
        gap.what()
            + (gap.end() < size
                ? "; the next batch begins at position " + gap.end()
                : "; nothing readable follows"));
  }

  /** What the header of a batch says. */
  static Dump.Line batchLine(Dump dump, int depth, ByteBuffer batch, long bytes) {
    Dump.Line line =
        dump.line(depth, "batch")
            .with("first", RecordBatch.baseOffset(batch, 0))
            .with("last", RecordBatch.lastOffset(batch, 0))
            .with("records", RecordBatch.recordCount(batch, 0))
            .with("bytes", bytes)
            .withTime("time", RecordBatch.maxTimestamp(batch, 0))
            .with("compression", compression(batch))
            .with("epoch", RecordBatch.leaderEpoch(batch, 0))
            .with("crc", String.format("%08x", RecordBatch.crc(batch, 0)));
    if (RecordBatch.producerId(batch, 0) >= 0) {
      line.with("producer", RecordBatch.producerId(batch, 0))
          .with("producer_epoch", (int) RecordBatch.producerEpoch(batch, 0))
          .with("sequence", RecordBatch.baseSequence(batch, 0));
    }
    if (RecordBatch.isTransactional(batch, 0)) {
      line.with("transactional", true);
    }
    if (RecordBatch.isControl(batch, 0)) {
      line.with("control", true);
    }
    return line;
  }

  private static String compression(ByteBuffer batch) {
    try {
      return RecordBatch.compression(batch, 0).name().toLowerCase(Locale.ROOT);
    } catch (CorruptBatchException | CompressionException e) {
      return "unknown";
    }
  }

  /**
   * Shows the records of a batch.
   *
   * @return why no more could be read; null if all were
   */
  static @Nullable String showRecords(Dump dump, int depth, ByteBuffer batch) {
    try (RecordReader records = RecordBatch.at(batch, 0).records(EXPANDED_BYTES_MAX)) {
      for (Record record : records) {
        dump.line(depth, "record")
            .with("offset", record.offset())
            .withTime("time", record.timestamp())
            .withBytes("key", record.key())
            .withBytes("value", record.value())
            .withHeaders(record.headers())
            .show();
      }
      return null;
    } catch (CorruptBatchException | CompressionException e) {
      return "its records cannot be read: " + Failures.text(e);
    }
  }
}
