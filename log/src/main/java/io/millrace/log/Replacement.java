package io.millrace.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Some neighbouring segments give way to one, written beside them, whatever crash comes between.
 *
 * <p>The new segment is {@code FIRST.cleaned}, FIRST being the base offset of the first that gives
 * way. Once its bytes and its name are durable, a note {@code FIRST.replace} is written that says
 * which segments give way; once that is durable, the old files are unlinked and the new one takes
 * its name; once that is durable, the note goes. So a log that is opened with a note in its
 * directory finishes what the note says, and a {@code .cleaned} without a note is nothing.
 *
 * <pre>
 * 0   u32  magic "MRRP"
 * 4   u16  format version, 1
 * 6   u16  number of segments that give way
 * 8   i64  bytes of the new segment
 * 16  i64  ... base offsets of those that give way, the first first
 *     u32  CRC-32C of everything before
 * </pre>
 */
final class Replacement {

  static final String CLEANED_SUFFIX = ".cleaned";
  static final String NOTE_SUFFIX = ".replace";

  private static final Logger LOG = LoggerFactory.getLogger(Replacement.class);
  private static final int MAGIC = 0x4d525250;
  private static final short VERSION = 1;
  private static final int FIXED_BYTES = 16;

  /** How many segments may give way to one. */
  static final int SEGMENTS_MAX = 10_000;

  private final Disk disk;
  private final Path directory;
  private final List<Long> bases;
  private final long bytes;

  /**
   * @param bases base offsets of the segments that give way, in order
   * @param bytes size of the new segment, which is synced
   */
  Replacement(Disk disk, Path directory, List<Long> bases, long bytes) {
    this.disk = disk;
    this.directory = directory;
    this.bases = bases;
    this.bytes = bytes;
  }

  /** Where the new segment is written. */
  static Path cleanedPath(Path directory, long first) {
    return directory.resolve(stem(first) + CLEANED_SUFFIX);
  }

  private static String stem(long base) {
    return String.format("%020d", base);
  }

  private Path notePath() {
    return directory.resolve(stem(bases.get(0)) + NOTE_SUFFIX);
  }

  private Path segmentPath(long base) {
    return directory.resolve(LogStore.segmentName(base));
  }

  /** Writes the note. When this returns, the replacement is going to happen. */
  void note() throws IOException {
    // The name of the new segment before that of the note: a note whose segment is missing says
    // that the segment has been given its final name.
    disk.syncDirectory(directory);
    ByteBuffer note = ByteBuffer.allocate(FIXED_BYTES + 8 * bases.size() + 4);
    note.putInt(MAGIC).putShort(VERSION).putShort((short) bases.size()).putLong(bytes);
    bases.forEach(note::putLong);
    note.putInt(checksum(note)).flip();
    try (DiskFile file = disk.open(notePath(), Disk.Mode.CREATE)) {
      file.truncate(0);
      file.write(note, 0);
      file.sync();
    }
    disk.syncDirectory(directory);
  }

  private static int checksum(ByteBuffer note) {
    CRC32C crc = new CRC32C();
    crc.update(note.duplicate().flip().limit(note.capacity() - 4));
    return (int) crc.getValue();
  }

  /** Does what the note says, as far as it is not done, and removes it. */
  void carryOut() throws IOException {
    for (long base : bases) {
      // Indexes first: they must never stand beside a segment that they were not made for.
      disk.delete(IndexFile.offsetsPath(segmentPath(base)));
      disk.delete(IndexFile.timesPath(segmentPath(base)));
    }
    Path cleaned = cleanedPath(directory, bases.get(0));
    if (disk.exists(cleaned)) {
      disk.rename(cleaned, segmentPath(bases.get(0)));
    }
    for (long base : bases.subList(1, bases.size())) {
      disk.delete(segmentPath(base));
    }
    disk.syncDirectory(directory);
    disk.delete(notePath());
    // A note that came back might meet other files by the same names.
    disk.syncDirectory(directory);
  }

  /** Removes the note, if there is one, and the new segment: everything stays as it was. */
  void cancel() throws IOException {
    disk.delete(notePath());
    disk.syncDirectory(directory);
    disk.delete(cleanedPath(directory, bases.get(0)));
  }

  /** Finishes a replacement that a crash interrupted, or cancels it if it had not begun. */
  static void settle(Disk disk, Path directory, String noteName) throws IOException {
    Path path = directory.resolve(noteName);
    Replacement noted = read(disk, directory, path);
    if (noted == null) {
      LOG.debug("{}: a replacement of segments had not begun", path);
      disk.delete(path);
      return;
    }
    Path first = noted.segmentPath(noted.bases.get(0));
    Path cleaned = cleanedPath(directory, noted.bases.get(0));
    Path there = disk.exists(cleaned) ? cleaned : first;
    long size = disk.exists(there) ? size(disk, there) : -1;
    if (size != noted.bytes) {
      throw new CorruptSegmentException(
          there
              + " holds "
              + size
              + " bytes and must hold "
              + noted.bytes
              + " to replace the segments that "
              + path
              + " names. Nothing was changed");
    }
    LOG.info("{}: finishing the replacement of {} segments", path, noted.bases.size());
    noted.carryOut();
  }

  private static long size(Disk disk, Path path) throws IOException {
    try (DiskFile file = disk.open(path, Disk.Mode.READ)) {
      return file.size();
    }
  }

  /** The note in a file; null if it was not written to the end. */
  private static @Nullable Replacement read(Disk disk, Path directory, Path path)
      throws IOException {
    ByteBuffer note;
    try (DiskFile file = disk.open(path, Disk.Mode.READ)) {
      long size = file.size();
      if (size < FIXED_BYTES + 8 + 4 || size > FIXED_BYTES + 8L * SEGMENTS_MAX + 4) {
        return null;
      }
      note = ByteBuffer.allocate((int) size);
      file.read(note, 0);
    }
    if (note.getInt(0) != MAGIC || note.hasRemaining()) {
      return null;
    }
    if (note.getShort(4) > VERSION) {
      throw new CorruptSegmentException(
          path + " has format " + note.getShort(4) + ", which is newer than this program");
    }
    int count = note.getShort(6);
    if (note.capacity() != FIXED_BYTES + 8 * count + 4
        || note.getInt(note.capacity() - 4) != checksum(note)) {
      return null;
    }
    List<Long> bases = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      bases.add(note.getLong(FIXED_BYTES + 8 * i));
    }
    return new Replacement(disk, directory, bases, note.getLong(8));
  }
}
