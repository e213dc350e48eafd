package io.millrace.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The two index files beside a segment, written when it is rolled or checkpointed and read when it
 * is next used. They are caches: a file that is missing, torn, of another version or made for other
 * bytes is not read, and the index is built again from the segment.
 *
 * <pre>
 * 0   u32  magic "MRIX"
 * 4   u16  format version, 1
 * 6   u16  kind: 1 offsets, 2 times
 * 8   i64  base offset of the segment
 * 16  i64  bytes of the segment that are covered
 * 24  i64  offset after the last covered batch
 * 32  i64  largest timestamp covered, or -1
 * 40  i64  base offset of the batch that holds it, or -1
 * 48  u32  number of longs that follow
 * 52  u32  CRC-32C of bytes 0 to 52 and of the longs
 * 56  i64  ...
 * </pre>
 */
final class IndexFile {

  private static final int MAGIC = 0x4d524958;
  private static final short VERSION = 1;
  private static final short OFFSETS = 1;
  static final short TIMES = 2;
  static final int HEADER_BYTES = 56;
  private static final int LONGS_MAX = 1 << 26;

  /** What the header says of the covered part of the segment. */
  record Covered(long bytes, long nextOffset, long maxTimestamp, long offsetOfMaxTimestamp) {}

  private IndexFile() {}

  static void save(
      Disk disk,
      Path segmentPath,
      long baseOffset,
      Covered covered,
      OffsetIndex offsets,
      TimeIndex times)
      throws IOException {
    ByteBuffer buffer = start(OFFSETS, baseOffset, covered, offsets.count());
    for (int i = 0; i < offsets.count(); i++) {
      buffer.putLong(offsets.relativeOffset(i) << 32 | offsets.position(i));
    }
    write(disk, offsetsPath(segmentPath), buffer);
    buffer = start(TIMES, baseOffset, covered, 2 * times.count());
    for (int i = 0; i < times.count(); i++) {
      buffer.putLong(times.timestamp(i)).putLong(times.relativeOffset(i));
    }
    write(disk, timesPath(segmentPath), buffer);
  }

  private static ByteBuffer start(short kind, long baseOffset, Covered covered, int longs) {
    return ByteBuffer.allocate(HEADER_BYTES + 8 * longs)
        .putInt(MAGIC)
        .putShort(VERSION)
        .putShort(kind)
        .putLong(baseOffset)
        .putLong(covered.bytes)
        .putLong(covered.nextOffset)
        .putLong(covered.maxTimestamp)
        .putLong(covered.offsetOfMaxTimestamp)
        .putInt(longs)
        .putInt(0);
  }

  private static void write(Disk disk, Path path, ByteBuffer buffer) throws IOException {
    buffer.flip();
    buffer.putInt(HEADER_BYTES - 4, checksum(buffer));
    try (DiskFile file = disk.open(path, Disk.Mode.CREATE)) {
      file.truncate(0);
      file.write(buffer, 0);
    }
  }

  private static int checksum(ByteBuffer buffer) {
    CRC32C crc = new CRC32C();
    crc.update(buffer.duplicate().limit(HEADER_BYTES - 4));
    crc.update(buffer.duplicate().position(HEADER_BYTES));
    return (int) crc.getValue();
  }

  /**
   * Fills empty indexes from the files of a segment.
   *
   * @return what they cover, or null if there is nothing usable; the indexes are then still empty
   */
  static @Nullable Covered load(
      Disk disk,
      Path segmentPath,
      long baseOffset,
      long segmentBytes,
      OffsetIndex offsets,
      TimeIndex times)
      throws IOException {
    ByteBuffer first = read(disk, offsetsPath(segmentPath), OFFSETS, baseOffset);
    ByteBuffer second = read(disk, timesPath(segmentPath), TIMES, baseOffset);
    if (first == null || second == null) {
      return null;
    }
    Covered covered = covered(first);
    if (!covered.equals(covered(second)) || covered.bytes > segmentBytes) {
      return null;
    }
    for (first.position(HEADER_BYTES); first.hasRemaining(); ) {
      long entry = first.getLong();
      offsets.add(entry >>> 32, entry & 0xffff_ffffL);
    }
    for (second.position(HEADER_BYTES); second.remaining() >= 16; ) {
      times.add(second.getLong(), second.getLong());
    }
    return covered;
  }

  private static Covered covered(ByteBuffer b) {
    return new Covered(b.getLong(16), b.getLong(24), b.getLong(32), b.getLong(40));
  }

  private static @Nullable ByteBuffer read(Disk disk, Path path, short kind, long baseOffset)
      throws IOException {
    try (DiskFile file = disk.open(path, Disk.Mode.READ)) {
      long size = file.size();
      if (size < HEADER_BYTES || size > HEADER_BYTES + 8L * LONGS_MAX) {
        return null;
      }
      ByteBuffer buffer = ByteBuffer.allocate((int) size);
      file.read(buffer, 0);
      buffer.flip();
      boolean usable =
          buffer.limit() == size
              && buffer.getInt(0) == MAGIC
              && buffer.getShort(4) == VERSION
              && buffer.getShort(6) == kind
              && buffer.getLong(8) == baseOffset
              && buffer.getInt(48) == (size - HEADER_BYTES) / 8
              && buffer.getInt(52) == checksum(buffer);
      return usable ? buffer : null;
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /**
   * The bytes of an index file of either kind.
   *
   * @throws CorruptSegmentException if they are not what this version wrote, with the reason
   */
  static ByteBuffer readWhole(Disk disk, Path path) throws IOException {
    try (DiskFile file = disk.open(path, Disk.Mode.READ)) {
      long size = file.size();
      if (size < HEADER_BYTES || size > HEADER_BYTES + 8L * LONGS_MAX) {
        throw new CorruptSegmentException("it holds " + size + " bytes, which is no index");
      }
      ByteBuffer buffer = ByteBuffer.allocate((int) size);
      file.read(buffer, 0);
      buffer.flip();
      short kind = buffer.getShort(6);
      if (buffer.getInt(0) != MAGIC || kind != OFFSETS && kind != TIMES) {
        throw new CorruptSegmentException("it does not begin as an index does");
      }
      if (buffer.getShort(4) != VERSION) {
        throw new CorruptSegmentException("it has format version " + buffer.getShort(4));
      }
      if (buffer.limit() < size || buffer.getInt(48) != (size - HEADER_BYTES) / 8) {
        throw new CorruptSegmentException("it is cut off");
      }
      if (buffer.getInt(52) != checksum(buffer)) {
        throw new CorruptSegmentException("its checksum is wrong");
      }
      return buffer;
    }
  }

  static Path offsetsPath(Path segmentPath) {
    return sibling(segmentPath, ".index");
  }

  static Path timesPath(Path segmentPath) {
    return sibling(segmentPath, ".timeindex");
  }

  private static Path sibling(Path segmentPath, String suffix) {
    String name = segmentPath.getFileName().toString();
    return segmentPath.resolveSibling(name.substring(0, name.lastIndexOf('.')) + suffix);
  }
}
