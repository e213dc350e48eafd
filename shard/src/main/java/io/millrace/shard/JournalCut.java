package io.millrace.shard;

import io.millrace.log.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * How much of a journal to copy so that the copy can be replayed, though the journal may be written
 * meanwhile: for each file the bytes up to the end of the last entry that is whole.
 *
 * <p>A journal that is copied as it grows could look damaged: an entry copied before it was
 * written, a later one copied after, which says that the first had been synced. So the end is
 * settled first, and nothing behind it is copied. What lies before it never changes: no block is
 * written twice, and a file is used again only when a later snapshot has made it superfluous, which
 * whoever copies finds out by looking at the snapshots afterwards.
 *
 * <p>Every entry that was durable when this began is before the end.
 *
 * @param snapshotIndex index of the last entry that the newest snapshot holds, 0 if there is none
 * @param lastIndex index of the last entry before the end
 * @param parts files with bytes to copy; without the entries that the snapshot holds, as far as
 *     these are in files of their own
 */
public record JournalCut(long snapshotIndex, long lastIndex, List<Part> parts) {

  /** The first {@code bytes} of a file. */
  public record Part(Path file, long bytes) {}

  /**
   * Settles where a journal of any shard ends.
   *
   * @param journal its directory
   * @param snapshots the directory of the shard's snapshots; may be missing
   * @throws DamagedJournalException if an entry is missing that had been synced
   */
  public static JournalCut find(Disk disk, Path journal, Path snapshots) throws IOException {
    List<Long> indexes = Snapshot.indexes(disk, snapshots);
    long snapshotIndex = indexes.isEmpty() ? 0 : indexes.getFirst();
    JournalScan scan = new JournalScan(disk, journal, snapshotIndex + 1);
    scan.find(JournalScan.ANY_SHARD);
    Set<Path> headless = scan.lostHeaders().keySet();
    if (scan.syncedIndex() > scan.lastIndex() || !headless.isEmpty()) {
      // Either an entry or a header is missing, or it was written after the scan had passed its
      // place: all that was synced by now is there for a second look.
      long synced = scan.syncedIndex();
      scan = new JournalScan(disk, journal, snapshotIndex + 1);
      scan.find(JournalScan.ANY_SHARD);
      for (Map.Entry<Path, Long> lost : scan.lostHeaders().entrySet()) {
        if (headless.contains(lost.getKey())) {
          throw JournalScan.lostHeader(lost.getKey(), lost.getValue());
        }
      }
      if (scan.lastIndex() < synced) {
        throw scan.damaged();
      }
    }
    scan.dropTornTail();
    Map<Path, Long> ends = new LinkedHashMap<>();
    for (JournalScan.Found found : scan.entries) {
      ends.put(found.path(), found.position() + found.header().entryBytes());
    }
    List<Part> parts = new ArrayList<>();
    ends.forEach((file, bytes) -> parts.add(new Part(file, bytes)));
    return new JournalCut(snapshotIndex, scan.lastIndex(), parts);
  }

  /**
   * Makes sure that a copy can be replayed: that recovery, which would find nothing behind the
   * ends, would take every entry up to the last and see no damage.
   *
   * @param copies the files of {@link #parts}, or others that hold their bytes, in one directory
   * @throws DamagedJournalException if it would not
   */
  public void verify(Disk disk, List<Part> copies) throws IOException {
    if (copies.isEmpty()) {
      return;
    }
    Map<Path, Long> ends = new LinkedHashMap<>();
    copies.forEach(copy -> ends.put(copy.file, copy.bytes));
    Path directory = Objects.requireNonNull(copies.getFirst().file.getParent());
    JournalScan scan = new JournalScan(disk, directory, snapshotIndex + 1, ends);
    scan.scan(JournalScan.ANY_SHARD);
    long torn = scan.dropTornTail();
    if (torn > 0 || scan.lastIndex() != lastIndex) {
      throw new DamagedJournalException(
          "the copy of the journal ends with entry "
              + scan.lastIndex()
              + ", not with entry "
              + lastIndex);
    }
  }
}
