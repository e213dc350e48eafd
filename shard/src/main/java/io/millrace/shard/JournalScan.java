package io.millrace.shard;

import io.millrace.log.Disk;
import io.millrace.log.DiskFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the entries that recovery must replay, by their headers alone.
 *
 * <p>Files are read in the order of their ids. Within a file entries follow one another, each with
 * the next index, until one is not intact. That one is the <i>torn tail</i> and the journal ends
 * before it, unless an intact entry further on says that it had been synced: then it is
 * <i>corruption</i>, and the shard does not start. A file replaces what older files hold from its
 * own first index on.
 */
final class JournalScan {

  static final int ANY_SHARD = -1;

  private final Disk disk;
  private final Path directory;
  private final long expected;

  /** The only files to look at, and how far; null for all there are. */
  private final @Nullable Map<Path, Long> ends;

  /** Entries to be replayed, each index one above the one before. */
  final List<Found> entries = new ArrayList<>();

  /** Every journal file, with the last index of those that hold something to be replayed. */
  final Map<Path, FileFound> files = new HashMap<>();

  private long synced;
  private @Nullable String stoppedAt;

  record Found(Path path, long position, EntryCodec.Header header) {}

  record FileFound(Path path, long id, long firstIndex, long bytes, boolean headerIntact) {}

  /**
   * @param expected index of the first entry that the snapshot does not hold
   */
  JournalScan(Disk disk, Path directory, long expected) {
    this(disk, directory, expected, null);
  }

  /**
   * @param ends the only files to look at, and how far; null for all there are
   */
  JournalScan(Disk disk, Path directory, long expected, @Nullable Map<Path, Long> ends) {
    this.disk = disk;
    this.directory = directory;
    this.expected = expected;
    this.ends = ends;
  }

  /** Highest index that an intact entry says had been synced. */
  long syncedIndex() {
    return synced;
  }

  /** Index of the last entry to replay, or the one before the first if there is none. */
  long lastIndex() {
    return expected + entries.size() - 1;
  }

  /**
   * Finds the entries of a journal that nobody is writing.
   *
   * @throws DamagedJournalException if one that had been synced is missing
   */
  void scan(int shard) throws IOException {
    find(shard);
    for (Map.Entry<Path, Long> lost : lostHeaders().entrySet()) {
      throw lostHeader(lost.getKey(), lost.getValue());
    }
    if (synced > lastIndex()) {
      throw damaged();
    }
  }

  /**
   * Finds the entries of a journal that may be growing meanwhile: then {@link #syncedIndex} may be
   * beyond {@link #lastIndex}, for it was read later.
   */
  void find(int shard) throws IOException {
    List<FileFound> ordered = new ArrayList<>();
    for (String name : disk.list(directory)) {
      Path path = directory.resolve(name);
      if (name.endsWith(".journal") && (ends == null || ends.containsKey(path))) {
        FileFound file = look(path, shard);
        files.put(file.path, file);
        if (file.headerIntact) {
          ordered.add(file);
        }
      }
    }
    ordered.sort(Comparator.comparingLong(FileFound::id));
    for (FileFound file : ordered) {
      read(file);
    }
  }

  /**
   * Drops what lies past the last synced mark from the first entry on whose payload is not whole.
   * Nobody knows whether all bytes of these entries reached the disk.
   *
   * @return the index of the first entry that was dropped, 0 if there was none
   */
  long dropTornTail() throws IOException {
    int first = (int) Math.max(0, synced - expected + 1);
    for (int i = first; i < entries.size(); i++) {
      Found found = entries.get(i);
      if (!JournalReader.isWhole(disk, found)) {
        entries.subList(i, entries.size()).clear();
        return found.header.index();
      }
    }
    return 0;
  }

  /** That an entry which had been synced is not to be found. */
  DamagedJournalException damaged() {
    return new DamagedJournalException(
        "entry "
            + (lastIndex() + 1)
            + " of the journal is missing or damaged, though it had been synced: "
            + (stoppedAt == null ? "no file in " + directory + " holds it" : stoppedAt)
            + ". Nothing was changed. Restore the file, or the data directory from a backup");
  }

  private FileFound look(Path path, int shard) throws IOException {
    try (DiskFile file = disk.open(path, Disk.Mode.READ)) {
      JournalFile.Header header = JournalFile.readHeader(file);
      if (header == null) {
        return new FileFound(path, 0, 0, file.size(), false);
      }
      if (header.version() > JournalFile.VERSION) {
        throw new NewerFormatException(path, header.version(), JournalFile.VERSION);
      }
      if (shard != ANY_SHARD && header.shard() != shard) {
        throw new DamagedJournalException(
            path + " belongs to shard " + header.shard() + ", not to shard " + shard);
      }
      long end = ends == null ? Long.MAX_VALUE : ends.getOrDefault(path, 0L);
      long bytes = Math.min(file.size(), end);
      return new FileFound(path, header.id(), header.firstIndex(), bytes, true);
    }
  }

  private void read(FileFound found) throws IOException {
    replaceFrom(found.firstIndex);
    try (DiskFile file = disk.open(found.path, Disk.Mode.READ)) {
      long position = JournalFile.HEADER_BYTES;
      while (true) {
        EntryCodec.Header header = JournalReader.readHeader(file, position, found.bytes, found.id);
        if (header == null) {
          break;
        }
        synced = Math.max(synced, header.syncedIndex());
        if (header.index() > lastIndex() + 1) {
          // Never written, or its block was lost: later marks tell whether it had been synced.
          stoppedAt = stoppedAt == null ? gapBefore(found.path, header) : stoppedAt;
          break;
        }
        if (header.index() == lastIndex() + 1) {
          entries.add(new Found(found.path, position, header));
        }
        position += header.entryBytes();
      }
      lookAhead(file, found, position);
    }
  }

  private String gapBefore(Path path, EntryCodec.Header header) {
    return path + " goes on with entry " + header.index();
  }

  private void replaceFrom(long index) {
    while (!entries.isEmpty() && lastIndex() >= index) {
      entries.removeLast();
    }
  }

  /**
   * Looks for intact entries behind one that is not: what they say of syncs tells a torn tail from
   * corruption.
   */
  private void lookAhead(DiskFile file, FileFound found, long from) throws IOException {
    JournalReader.lookAhead(
        file,
        found.id,
        from,
        found.bytes,
        (position, header) -> {
          synced = Math.max(synced, header.syncedIndex());
          if (stoppedAt == null && header.syncedIndex() > lastIndex()) {
            stoppedAt = found.path + " at position " + from;
          }
        });
  }

  /**
   * A file whose header is not intact holds nothing yet, or is the unfinished copy that an earlier
   * recovery made of a tail that nobody was told of. If one of its entries says that one had been
   * synced which is nowhere else, then its header was broken later; or, in a journal that grows
   * meanwhile, was not written yet when it was looked at.
   *
   * @return such files, with the entry that had been synced
   */
  Map<Path, Long> lostHeaders() throws IOException {
    Map<Path, Long> lost = new TreeMap<>();
    for (FileFound file : files.values()) {
      long syncedInIt = file.headerIntact ? 0 : syncedWithoutHeader(file);
      if (syncedInIt > lastIndex()) {
        lost.put(file.path, syncedInIt);
      }
    }
    return lost;
  }

  static DamagedJournalException lostHeader(Path file, long synced) {
    return new DamagedJournalException(
        "the header of "
            + file
            + " is damaged, and it says that entry "
            + synced
            + " had been synced, which no other file has. Nothing was changed. Restore the"
            + " file, or the data directory from a backup");
  }

  private long syncedWithoutHeader(FileFound found) throws IOException {
    try (DiskFile file = disk.open(found.path, Disk.Mode.READ)) {
      EntryCodec.Header first =
          JournalReader.readHeader(file, JournalFile.HEADER_BYTES, found.bytes, 0);
      if (first == null) {
        return 0;
      }
      // What else has the id of the first entry, which no client can place, belongs to it.
      long[] synced = {0};
      JournalReader.lookAhead(
          file,
          first.fileId(),
          JournalFile.HEADER_BYTES,
          found.bytes,
          (position, header) -> synced[0] = Math.max(synced[0], header.syncedIndex()));
      return synced[0];
    }
  }
}
