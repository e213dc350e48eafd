package io.millrace.shard;

import io.millrace.log.Disk;
import io.millrace.log.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a shard back to where it was: loads the last snapshot, copies what lies past the last
 * synced mark to a new journal file and syncs it, then replays the journal. No data is scanned,
 * whatever the number of partitions.
 *
 * <p>A crash at any moment of a recovery leaves everything as it was for the next one: the new file
 * counts only once its copy is synced, and logs are cut and written again by each replay alike.
 */
final class Recovery {

  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  private final Disk disk;
  private final Path snapshots;
  private final int shard;
  private final ShardState state;
  private final LogWriter logWriter;
  private final JournalFiles files;
  private final JournalScan scan;
  private final @Nullable Snapshot snapshot;
  private int leaderEpoch;
  private ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
  private @Nullable DiskFile open;
  private @Nullable Path openPath;

  /**
   * What came of it.
   *
   * @param journal ready for the next entry
   * @param lastIndex index of the last entry that was applied
   * @param snapshotIndex index of the last entry that the snapshot held
   * @param leaderEpoch the largest leader epoch seen, -1 if there was none
   * @param replayedBytes bytes of the entries that were replayed
   * @param replayedEntries how many there were
   * @param damagedBatches batches whose bytes were lost
   */
  record Result(
      Journal journal,
      long lastIndex,
      long snapshotIndex,
      int leaderEpoch,
      long replayedBytes,
      long replayedEntries,
      long damagedBatches) {}

  private Recovery(
      int shard, ShardFiles places, ShardState state, LogWriter logWriter, JournalFiles files)
      throws IOException {
    this.disk = places.disk();
    this.snapshots = places.snapshots();
    this.shard = shard;
    this.state = state;
    this.logWriter = logWriter;
    this.files = files;
    this.snapshot = latestSnapshot();
    this.leaderEpoch = snapshot == null ? -1 : snapshot.leaderEpoch();
    this.scan = new JournalScan(disk, places.journal(), snapshotIndex() + 1);
  }

  static Result run(
      int shard, ShardFiles places, ShardState state, LogWriter logWriter, JournalFiles files)
      throws IOException {
    Recovery recovery = new Recovery(shard, places, state, logWriter, files);
    try {
      return recovery.run();
    } finally {
      recovery.closeOpen();
    }
  }

  private @Nullable Snapshot latestSnapshot() throws IOException {
    List<Long> indexes = Snapshot.indexes(disk, snapshots);
    return indexes.isEmpty() ? null : Snapshot.read(disk, snapshots, shard, indexes.get(0));
  }

  private long snapshotIndex() {
    return snapshot == null ? 0 : snapshot.index();
  }

  private Result run() throws IOException {
    if (snapshot != null) {
      snapshot.items().forEach(state::restore);
    }
    scan.scan(shard);
    List<JournalScan.Found> tail = takeWholeTail();
    registerFiles();
    Journal journal = beginJournal(tail);
    long bytes = 0;
    long damaged = 0;
    for (JournalScan.Found found : scan.entries) {
      Entry entry = read(found);
      damaged +=
          entry.items().stream().filter(i -> i instanceof BatchAppend b && b.isDamaged()).count();
      state.apply(entry);
      logWriter.write(entry);
      bytes += found.header().entryBytes();
      leaderEpoch = Math.max(leaderEpoch, entry.leaderEpoch);
    }
    state.recovered();
    return new Result(
        journal,
        scan.lastIndex(),
        snapshotIndex(),
        leaderEpoch,
        bytes,
        scan.entries.size(),
        damaged);
  }

  /**
   * The entries past the last synced mark. Nobody knows whether all of their bytes reached the
   * disk, so each is checked, and the journal ends before the first whose payload is not whole.
   */
  private List<JournalScan.Found> takeWholeTail() throws IOException {
    List<JournalScan.Found> tail = new ArrayList<>();
    int first = (int) Math.max(0, scan.syncedIndex() - snapshotIndex());
    for (int i = first; i < scan.entries.size(); i++) {
      JournalScan.Found found = scan.entries.get(i);
      Entry entry = read(found);
      if (entry.items().stream().anyMatch(item -> item instanceof BatchAppend b && b.isDamaged())) {
        LOG.info(
            "shard {}: the journal ends in a torn entry, number {}, never acknowledged: cut",
            shard,
            found.header().index());
        scan.entries.subList(i, scan.entries.size()).clear();
        break;
      }
      tail.add(found);
    }
    return tail;
  }

  private void registerFiles() {
    List<JournalScan.FileFound> ordered = new ArrayList<>(scan.files.values());
    ordered.sort(Comparator.comparingLong(JournalScan.FileFound::id));
    for (JournalScan.FileFound file : ordered) {
      long last = 0;
      for (JournalScan.Found entry : scan.entries) {
        if (entry.path().equals(file.path())) {
          last = Math.max(last, entry.header().index());
        }
      }
      files.found(file.path(), file.id(), last, file.bytes());
    }
  }

  /** A new file that holds a synced copy of the tail, and then becomes the one to go on in. */
  private Journal beginJournal(List<JournalScan.Found> tail) throws IOException {
    long bytes = tail.stream().mapToLong(found -> found.header().entryBytes()).sum();
    long firstIndex = scan.lastIndex() - tail.size() + 1;
    JournalFile file = files.nextUnsealed(JournalFile.HEADER_BYTES + bytes);
    Journal journal = new Journal(files, file, firstIndex - 1);
    if (!tail.isEmpty()) {
      for (JournalScan.Found found : tail) {
        journal.write(read(found));
      }
      journal.sync();
    }
    file.seal(shard, firstIndex);
    journal.sync();
    return journal;
  }

  private Entry read(JournalScan.Found found) throws IOException {
    EntryCodec.Header header = found.header();
    int bytes = header.headerBytes() + header.payloadBytes();
    if (buffer.capacity() < bytes) {
      buffer = ByteBuffer.allocateDirect(bytes + (bytes >> 2));
    }
    buffer.clear().limit(bytes);
    int read = open(found.path()).read(buffer, found.position());
    buffer.flip();
    if (read < bytes) {
      throw new DamagedJournalException(found.path() + " became shorter while it was read");
    }
    Entry entry = new Entry(header.timeMs(), header.leaderEpoch());
    entry.index = header.index();
    ByteBuffer head = buffer.slice(0, header.headerBytes());
    int payloadAt = header.headerBytes();
    for (JournalItem item : EntryCodec.items(head, header.itemCount(), found.path())) {
      switch (item) {
        case JournalItem.Batch batch -> {
          int size = batch.header().size();
          if (size < 0 || size > bytes - payloadAt) {
            throw new DamagedJournalException(
                found.path()
                    + " holds entry "
                    + header.index()
                    + ", whose batches are larger than itself");
          }
          entry.add(batch(batch, buffer.slice(payloadAt, size), header.leaderEpoch()));
          payloadAt += size;
        }
        case JournalItem.Trim trim ->
            entry.add(new Item.Trim(state.log(trim.log()), trim.startOffset(), () -> {}));
        case JournalItem.DropTopic drop ->
            entry.add(
                new Item.DropTopic(drop.topicId(), drop.partitions(), new ArrayList<>(), () -> {}));
        case JournalItem.ExpireProducers expire ->
            entry.add(new Item.ExpireProducers(state.log(expire.log()), expire.beforeMs()));
        case JournalItem.Change change -> {
          byte[] body = new byte[change.body().remaining()];
          change.body().get(body);
          entry.add(new Item.Change(change.kind(), body, () -> {}));
        }
      }
    }
    return entry;
  }

  /**
   * The batch with its bytes; marked damaged if these are not what the header, which is intact,
   * says.
   */
  private BatchAppend batch(JournalItem.Batch item, ByteBuffer payload, int leaderEpoch) {
    BatchAppend.Header header = item.header();
    BatchAppend batch = new BatchAppend(state.log(item.log()), header, payload);
    if (!JournalReader.isWhole(header, payload, leaderEpoch)) {
      LOG.error(
          "shard {}: the journal's copy of {} offsets {} to {} is damaged",
          shard,
          item.log(),
          header.baseOffset(),
          header.baseOffset() + header.lastOffsetDelta());
      batch.markDamaged();
    }
    return batch;
  }

  private DiskFile open(Path path) throws IOException {
    DiskFile file = open;
    if (file == null || !path.equals(openPath)) {
      closeOpen();
      file = disk.open(path, Disk.Mode.READ);
      open = file;
      openPath = path;
    }
    return file;
  }

  private void closeOpen() throws IOException {
    if (open != null) {
      open.close();
      open = null;
    }
  }
}
