package io.millrace.shard;

import io.millrace.log.Disk;
import io.millrace.log.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

  private static final int LOOK_AHEAD_BYTES = 1 << 20;

  private final Disk disk;
  private final Path directory;
  private final long expected;

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
    this.disk = disk;
    this.directory = directory;
    this.expected = expected;
  }

  /** Highest index that an intact entry says had been synced. */
  long syncedIndex() {
    return synced;
  }

  /** Index of the last entry to replay, or the one before the first if there is none. */
  long lastIndex() {
    return expected + entries.size() - 1;
  }

  void scan(int shard) throws IOException {
    List<FileFound> ordered = new ArrayList<>();
    for (String name : disk.list(directory)) {
      if (name.endsWith(".journal")) {
        FileFound file = look(directory.resolve(name), shard);
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
    for (FileFound file : files.values()) {
      if (!file.headerIntact) {
        checkWithoutHeader(file);
      }
    }
    if (synced > lastIndex()) {
      throw new DamagedJournalException(
          "entry "
              + (lastIndex() + 1)
              + " of the journal is missing or damaged, though it had been synced: "
              + (stoppedAt == null ? "no file in " + directory + " holds it" : stoppedAt)
              + ". Nothing was changed. Restore the file, or the data directory from a backup");
    }
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
      if (header.shard() != shard) {
        throw new DamagedJournalException(
            path + " belongs to shard " + header.shard() + ", not to shard " + shard);
      }
      return new FileFound(path, header.id(), header.firstIndex(), file.size(), true);
    }
  }

  private void read(FileFound found) throws IOException {
    replaceFrom(found.firstIndex);
    try (DiskFile file = disk.open(found.path, Disk.Mode.READ)) {
      long position = JournalFile.HEADER_BYTES;
      while (true) {
        EntryCodec.Header header = readHeader(file, position, found.bytes, found.id);
        if (header == null) {
          break;
        }
        synced = Math.max(synced, header.syncedIndex());
        if (header.index() > lastIndex() + 1) {
          stoppedAt = found.path + " begins with entry " + header.index();
          return;
        }
        if (header.index() == lastIndex() + 1) {
          entries.add(new Found(found.path, position, header));
        }
        position += header.entryBytes();
      }
      lookAhead(file, found, position);
    }
  }

  private void replaceFrom(long index) {
    while (!entries.isEmpty() && lastIndex() >= index) {
      entries.removeLast();
    }
  }

  /**
   * The header of an intact entry that begins here and belongs to the file with this id; null if
   * there is none.
   */
  private static EntryCodec.@Nullable Header readHeader(
      DiskFile file, long position, long fileBytes, long fileId) throws IOException {
    if (position + EntryCodec.FIXED_BYTES > fileBytes) {
      return null;
    }
    ByteBuffer block =
        ByteBuffer.allocate((int) Math.min(EntryCodec.ALIGNMENT, fileBytes - position));
    file.read(block, position);
    block.flip();
    if (block.limit() < EntryCodec.FIXED_BYTES) {
      return null;
    }
    EntryCodec.Header header = EntryCodec.peek(block, fileBytes - position);
    if (header == null || header.fileId() != fileId && fileId != 0) {
      return null;
    }
    if (header.headerBytes() > block.limit()) {
      ByteBuffer whole = ByteBuffer.allocate(header.headerBytes());
      file.read(whole, position);
      block = whole.flip();
    }
    if (block.limit() < header.headerBytes()) {
      return null;
    }
    return EntryCodec.isIntact(block.limit(header.headerBytes())) ? header : null;
  }

  /**
   * Looks for intact entries behind one that is not: what they say of syncs tells a torn tail from
   * corruption.
   */
  private void lookAhead(DiskFile file, FileFound found, long from) throws IOException {
    ByteBuffer window = ByteBuffer.allocate(LOOK_AHEAD_BYTES);
    for (long at = from; at < found.bytes; at += LOOK_AHEAD_BYTES) {
      window.clear();
      file.read(window, at);
      window.flip();
      for (int i = 0; i + EntryCodec.FIXED_BYTES <= window.limit(); i += EntryCodec.ALIGNMENT) {
        if (window.getInt(i) != EntryCodec.MAGIC) {
          continue;
        }
        EntryCodec.Header header = readHeader(file, at + i, found.bytes, found.id);
        if (header != null) {
          synced = Math.max(synced, header.syncedIndex());
          if (stoppedAt == null && header.syncedIndex() > lastIndex()) {
            stoppedAt = found.path + " at position " + from;
          }
        }
      }
    }
  }

  /**
   * A file whose header is not intact holds nothing yet, or is the unfinished copy of an earlier
   * recovery, whose entries are in older files too. Entries that are nowhere else mean that its
   * header was broken later.
   */
  private void checkWithoutHeader(FileFound found) throws IOException {
    try (DiskFile file = disk.open(found.path, Disk.Mode.READ)) {
      EntryCodec.Header first = readHeader(file, JournalFile.HEADER_BYTES, found.bytes, 0);
      if (first != null && first.index() > lastIndex()) {
        throw new DamagedJournalException(
            "the header of "
                + found.path
                + " is damaged, and it holds entry "
                + first.index()
                + " which no other file has. Nothing was changed. Restore the file, or the data"
                + " directory from a backup");
      }
    }
  }
}
