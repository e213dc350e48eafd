package io.millrace.shard;

import io.millrace.log.Disk;
import io.millrace.log.DiskFile;
import java.io.IOException;
import java.lang.foreign.Arena;
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

  /** How much of the journal is read before it is written to the logs, each log's part at once. */
  private static final long BUFFER_BYTES = 32 << 20;

  /** At most this part of the heap's limit goes into it. */
  private static final int BUFFER_HEAP_SHARE = 16;

  private final Disk disk;
  private final Path snapshots;
  private final int shard;
  private final ShardState state;
  private final LogWriter logWriter;
  private final JournalFiles files;
  private final JournalScan scan;
  private final @Nullable Snapshot snapshot;
  private final Arena memory;
  private int leaderEpoch;

  /** Entries as they stand in the journal, one behind the other, until {@link #forget}. */
  private ByteBuffer buffer;

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
      int shard,
      ShardFiles places,
      ShardState state,
      LogWriter logWriter,
      JournalFiles files,
      Arena memory)
      throws IOException {
    this.memory = memory;
    this.buffer = ByteBuffer.allocate(0);
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
    try (Arena memory = Arena.ofConfined()) {
      Recovery recovery = new Recovery(shard, places, state, logWriter, files, memory);
      try {
        return recovery.run();
      } finally {
        recovery.closeOpen();
      }
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
      // After a kill its name may be in the page cache alone. What comes next goes by this snapshot
      // and would not fit the one before, which must not be what a crash of the machine leaves.
      disk.syncDirectory(snapshots);
      snapshot.items().forEach(state::restore);
    }
    scan.scan(shard);
    List<JournalScan.Found> tail = takeWholeTail();
    registerFiles();
    Journal journal = beginJournal(tail);
    long bytes = 0;
    long damaged = 0;
    allocateBuffer();
    state.store().replaying(true);
    for (JournalScan.Found found : scan.entries) {
      if (!hasRoomFor(found)) {
        logWriter.flush();
        forget();
      }
      Entry entry = read(found);
      damaged +=
          entry.items().stream().filter(i -> i instanceof BatchAppend b && b.isDamaged()).count();
      state.apply(entry);
      logWriter.stage(entry);
      bytes += found.header().entryBytes();
      leaderEpoch = Math.max(leaderEpoch, entry.leaderEpoch);
    }
    logWriter.flush();
    state.store().replaying(false);
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
      forget();
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
        forget();
        journal.write(read(found));
      }
      journal.sync();
    }
    file.seal(shard, firstIndex);
    journal.sync();
    return journal;
  }

  /** Makes the buffer large enough for all entries, or for a good part of them. */
  private void allocateBuffer() {
    long all = scan.entries.stream().mapToLong(Recovery::bytes).sum();
    long most = Math.min(BUFFER_BYTES, Runtime.getRuntime().maxMemory() / BUFFER_HEAP_SHARE);
    grow(Math.min(all, most));
  }

  private void grow(long bytes) {
    if (buffer.capacity() < bytes) {
      buffer = memory.allocate(bytes).asByteBuffer();
    }
  }

  private static long bytes(JournalScan.Found found) {
    return (long) found.header().headerBytes() + found.header().payloadBytes();
  }

  private boolean hasRoomFor(JournalScan.Found found) {
    return buffer.remaining() >= bytes(found);
  }

  /** Nothing that was read is needed any more. */
  private void forget() {
    buffer.clear();
  }

  /** Reads an entry; its batches stay where they are until {@link #forget}. */
  private Entry read(JournalScan.Found found) throws IOException {
    EntryCodec.Header header = found.header();
    int bytes = Math.toIntExact(bytes(found));
    if (!hasRoomFor(found)) {
      grow(Math.max(bytes, 2L * buffer.capacity()));
    }
    ByteBuffer in = buffer.slice(buffer.position(), bytes);
    buffer.position(buffer.position() + bytes);
    if (open(found.path()).read(in.duplicate(), found.position()) < bytes) {
      throw new DamagedJournalException(found.path() + " became shorter while it was read");
    }
    Entry entry = new Entry(header.timeMs(), header.leaderEpoch());
    entry.index = header.index();
    ByteBuffer head = in.slice(0, header.headerBytes());
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
          entry.add(batch(batch, in.slice(payloadAt, size), header.leaderEpoch()));
          payloadAt += size;
        }
        case JournalItem.Trim trim ->
            entry.add(new Item.Trim(state.log(trim.log()), trim.startOffset(), () -> {}));
        case JournalItem.DropTopic drop ->
            entry.add(
                new Item.DropTopic(drop.topicId(), drop.partitions(), new ArrayList<>(), () -> {}));
        case JournalItem.ExpireProducers expire ->
            entry.add(new Item.ExpireProducers(state.log(expire.log()), expire.beforeMs()));
        case JournalItem.ForgetAborted forget ->
            entry.add(new Item.ForgetAborted(state.log(forget.log()), forget.offset()));
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
