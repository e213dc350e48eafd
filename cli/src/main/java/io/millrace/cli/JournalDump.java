package io.millrace.cli;

import io.millrace.broker.StoredState;
import io.millrace.log.Disk;
import io.millrace.log.LogId;
import io.millrace.shard.BatchAppend;
import io.millrace.shard.BatchRole;
import io.millrace.shard.JournalItem;
import io.millrace.shard.JournalReader;
import io.millrace.shard.JournalReader.Ending;
import io.millrace.shard.JournalReader.EntryFound;
import io.millrace.shard.JournalReader.FileHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;

/**
 * A journal file, entry by entry. What lies behind the last entry is a torn tail unless an entry
 * further on says that it had been synced: then it is damage.
 */
final class JournalDump {

  private final Path path;
  private final JournalReader reader;
  private final Dump dump;

  /** Highest index that anything in the file says had been synced. */
  private final long synced;

  private JournalDump(Path path, JournalReader reader, Dump dump, long synced) {
    this.path = path;
    this.reader = reader;
    this.dump = dump;
    this.synced = synced;
  }

  static void of(Disk disk, Path path, Dump dump) throws IOException {
    long synced;
    try (JournalReader marks = new JournalReader(disk, path)) {
      synced = highestMark(marks);
    }
    try (JournalReader reader = new JournalReader(disk, path)) {
      new JournalDump(path, reader, dump, synced).run();
    }
  }

  private static long highestMark(JournalReader reader) throws IOException {
    long highest = 0;
    if (reader.isKnownFormat()) {
      for (EntryFound entry; (entry = reader.next()) != null; ) {
        highest = Math.max(highest, entry.syncedIndex());
      }
      highest = Math.max(highest, reader.ending().syncedIndex());
    }
    return highest;
  }

  private void run() throws IOException {
    FileHeader header = reader.header();
    Dump.Line line =
        dump.line(0, "journal").with("file", path.toString()).with("bytes", reader.fileBytes());
    if (header == null) {
      line.with("header", "not intact: a file prepared for later, or damaged").show();
      return;
    }
    line.with("version", header.version())
        .with("shard", header.shard())
        .with("id", header.id())
        .with("first", header.firstIndex())
        .show();
    if (!reader.isKnownFormat()) {
      dump.damaged(path, 0, "it has a newer format than this version reads");
      return;
    }
    long last = 0;
    for (EntryFound entry; (entry = reader.next()) != null; ) {
      show(entry);
      last = entry.index();
    }
    end(last);
  }

  private void end(long last) throws IOException {
    Ending ending = reader.ending();
    if (ending.laterEntry() >= 0 && ending.syncedIndex() > last) {
      dump.damaged(
          path,
          ending.position(),
          "entry "
              + (last + 1)
              + " is not intact, and the entry at position "
              + ending.laterEntry()
              + " says that it had been synced");
    } else {
      dump.line(1, "end")
          .with("position", ending.position())
          .with("torn", ending.laterEntry() >= 0)
          .show();
    }
  }

  private void show(EntryFound entry) throws IOException {
    dump.line(1, "entry")
        .with("index", entry.index())
        .with("position", entry.position())
        .with("bytes", entry.bytes())
        .with("synced", entry.syncedIndex())
        .withTime("time", entry.timeMs())
        .with("epoch", entry.leaderEpoch())
        .with("items", entry.items().size())
        .show();
    for (int i = 0; i < entry.items().size(); i++) {
      switch (entry.items().get(i)) {
        case JournalItem.Batch batch -> show(entry, i, batch);
        case JournalItem.Trim trim ->
            log(dump.line(2, "trim"), trim.log()).with("start", trim.startOffset()).show();
        case JournalItem.DropTopic drop ->
            dump.line(2, "drop")
                .with("topic", LogId.topicDirectory(drop.topicId()))
                .with("partitions", drop.partitions())
                .show();
        case JournalItem.ExpireProducers expire ->
            log(dump.line(2, "expire"), expire.log()).withTime("before", expire.beforeMs()).show();
        case JournalItem.ForgetAborted forget ->
            log(dump.line(2, "forget-aborted"), forget.log()).with("below", forget.offset()).show();
        case JournalItem.Change change ->
            dump.line(2, "change")
                .with("of", StoredState.name(change.kind()))
                .with("bytes", change.body().remaining())
                .show();
      }
    }
  }

  private static Dump.Line log(Dump.Line line, LogId log) {
    return line.with("topic", LogId.topicDirectory(log.topicId()))
        .with("partition", log.partition());
  }

  private void show(EntryFound entry, int item, JournalItem.Batch batch) throws IOException {
    BatchAppend.Header header = batch.header();
    ByteBuffer bytes = reader.batch(entry, item);
    Dump.Line line =
        log(dump.line(2, "batch"), batch.log())
            .with("first", header.baseOffset())
            .with("last", header.baseOffset() + header.lastOffsetDelta())
            .with("bytes", header.size())
            .withTime("time", header.maxTimestamp());
    if (header.producerId() >= 0) {
      line.with("producer", header.producerId())
          .with("producer_epoch", (int) header.producerEpoch())
          .with("sequence", header.firstSequence());
    }
    if (header.role() != BatchRole.PLAIN) {
      line.with("role", header.role().name().toLowerCase(Locale.ROOT));
    }
    line.with("intact", bytes != null).show();
    if (bytes == null && entry.index() <= synced) {
      dump.damaged(
          path,
          entry.position(),
          "the bytes of offsets "
              + header.baseOffset()
              + " to "
              + (header.baseOffset() + header.lastOffsetDelta())
              + " of "
              + batch.log()
              + " in entry "
              + entry.index()
              + " are not what was written");
    }
    if (bytes != null && dump.wantsRecords()) {
      String problem = SegmentDump.showRecords(dump, 3, bytes);
      if (problem != null) {
        dump.damaged(path, entry.position(), problem);
      }
    }
  }
}
