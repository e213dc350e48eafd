package io.millrace.shard;

import io.millrace.log.Disk;
import io.millrace.log.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One file of a journal: a header block, then entries. Its bytes were written in advance, so that
 * writing and syncing an entry touches data only; and when a checkpoint no longer needs it, it gets
 * a new id and is written again from the front. What it held before has the old id in every entry,
 * so it is not mistaken for something new.
 *
 * <p>Nor is anything that a client sent: records that look like entries may come to lie where an
 * entry could begin, but they would have to name the id of a file that does not exist yet. So half
 * of an id is random, and nobody is told it.
 *
 * <pre>
 * 0   u32  magic "MRJF"
 * 4   u16  format version: 1 had no batches of transactions, 2 has
 * 6   u16  shard
 * 8   i64  id of the file: larger means later. Upper 32 bits: a count; lower 32: random. Files of
 *          older versions have a count alone, which is less than any of these
 * 16  i64  first index: its entries replace whatever earlier files hold from here on
 * 24  u32  CRC-32C of bytes 0 to 24
 * 28       zero up to 4096
 * </pre>
 */
final class JournalFile {

  static final int HEADER_BYTES = EntryCodec.ALIGNMENT;
  private static final int MAGIC = 0x4d524a46;
  static final short VERSION = 2;
  private static final int CHECKED_BYTES = 24;
  private static final int PREWRITE_BYTES = 1 << 20;
  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(PREWRITE_BYTES);

  private final Path path;
  private final DiskFile file;

  /** Bytes that were written in advance. */
  private long capacity;

  private long id;
  private long position;
  private long lastIndex;
  private boolean unsynced;

  private JournalFile(Path path, DiskFile file, long capacity) {
    this.path = path;
    this.file = file;
    this.capacity = capacity;
  }

  /** Makes a file, or takes one that is no longer needed; {@link #prewrite} it before its use. */
  static JournalFile unprepared(Disk disk, Path path) throws IOException {
    DiskFile file = disk.open(path, Disk.Mode.CREATE);
    return new JournalFile(path, file, file.size());
  }

  /** A file that is written in advance up to {@code bytes}. */
  static JournalFile prepare(Disk disk, Path path, long bytes) throws IOException {
    JournalFile file = unprepared(disk, path);
    if (file.capacity < bytes) {
      while (file.capacity < bytes) {
        file.writeZeros(bytes);
      }
      file.file.sync();
    }
    return file;
  }

  /**
   * Writes a little more of the file in advance, and syncs it: little, because a sync of the
   * journal may have to wait for this one.
   *
   * @param bytes where to end
   */
  void prewrite(long bytes) throws IOException {
    writeZeros(bytes);
    file.sync();
  }

  private void writeZeros(long bytes) throws IOException {
    int some = (int) Math.min(bytes - capacity, PREWRITE_BYTES);
    file.write(ZEROS.duplicate().limit(some), capacity);
    capacity += some;
  }

  /** The id of the next file: greater than the last one, and not to be guessed from it. */
  static long idAfter(long lastId, RandomGenerator random) {
    return ((lastId >>> 32) + 1) << 32 | Integer.toUnsignedLong(random.nextInt());
  }

  /**
   * Begins the file with a new id, but no header: until it is {@link #seal}ed, recovery passes it
   * over.
   */
  void beginUnsealed(long newId) {
    id = newId;
    position = HEADER_BYTES;
    lastIndex = 0;
    capacity = Math.max(capacity, HEADER_BYTES);
  }

  /**
   * Writes the header. Nothing in the file is durable before the next {@link #sync}.
   *
   * @param firstIndex what this file holds replaces whatever earlier files hold from this index on
   */
  void seal(int shard, long firstIndex) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    header.putInt(MAGIC).putShort(VERSION).putShort((short) shard).putLong(id).putLong(firstIndex);
    header.putInt(checksum(header)).clear();
    file.write(header, 0);
    unsynced = true;
  }

  private static int checksum(ByteBuffer header) {
    CRC32C crc = new CRC32C();
    crc.update(header.duplicate().clear().limit(CHECKED_BYTES));
    return (int) crc.getValue();
  }

  /** What a header says. */
  record Header(int version, int shard, long id, long firstIndex) {}

  /** Reads a header of any version; null if it is not intact. */
  static @Nullable Header readHeader(DiskFile file) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(CHECKED_BYTES + 4);
    if (file.read(header, 0) < header.capacity()) {
      return null;
    }
    header.flip();
    if (header.getInt(0) != MAGIC || header.getInt(CHECKED_BYTES) != checksum(header)) {
      return null;
    }
    return new Header(
        header.getShort(4), header.getShort(6), header.getLong(8), header.getLong(16));
  }

  /** Whether an entry of {@code bytes} can be written without making the file longer. */
  boolean hasRoomFor(long bytes) {
    return position + bytes <= capacity;
  }

  /** Writes an entry: its parts fill whole blocks. */
  void write(ByteBuffer[] parts, int count, long index) throws IOException {
    unsynced = true;
    position += file.write(parts, 0, count, position);
    capacity = Math.max(capacity, position);
    lastIndex = index;
  }

  void sync() throws IOException {
    if (unsynced) {
      file.sync();
      unsynced = false;
    }
  }

  long id() {
    return id;
  }

  /** Where the next entry goes. */
  long position() {
    return position;
  }

  /** Index of the last entry, 0 if there is none. */
  long lastIndex() {
    return lastIndex;
  }

  /** Bytes that were written in advance. */
  long capacity() {
    return capacity;
  }

  Path path() {
    return path;
  }

  void close() throws IOException {
    file.close();
  }
}
