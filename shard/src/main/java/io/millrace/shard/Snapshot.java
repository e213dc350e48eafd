package io.millrace.shard;

import io.millrace.log.Disk;
import io.millrace.log.DiskFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The state of a shard after one entry, as a file. Two copies are written, so that one broken block
 * does not cost the state.
 *
 * <pre>
 * 0   u32  magic "MRSS"
 * 4   u16  format version: 1 knew nothing of transactions, 2 does
 * 6   u16  shard
 * 8   i64  index of the last entry that is in it
 * 16  i64  time of that entry in ms
 * 24  i32  leader epoch
 * 28  u32  CRC-32C of everything else
 * 32  i64  number of items
 * 40  i64  bytes of the items
 * 48       items: u8 kind, varint length, bytes
 * </pre>
 *
 * @param shard which shard
 * @param index index of the last entry that is in it
 * @param timeMs time of that entry, by the sequencer's clock
 * @param leaderEpoch the shard's leader epoch then
 * @param items for each its kind and its bytes
 */
public record Snapshot(int shard, long index, long timeMs, int leaderEpoch, List<Part> items) {

  static final int MAGIC = 0x4d525353;
  static final short VERSION = 2;
  private static final int HEADER_BYTES = 48;
  private static final String SUFFIX = ".snapshot";
  private static final String COPY_SUFFIX = ".snapshot-copy";

  private static final int ANY_SHARD = -1;

  /** A piece of state: the kind of what restores it, and its bytes. */
  public record Part(int kind, ByteBuffer bytes) {

    /** What the piece says if it is a log; null if it is the state of a state machine. */
    public @Nullable SnapshotLog log() {
      return kind == ShardLog.KIND ? SnapshotLog.decode(new StateReader(bytes.duplicate())) : null;
    }
  }

  /**
   * Reads one file, be it a snapshot or a copy.
   *
   * @throws SnapshotException if it is not intact
   */
  public static Snapshot read(Disk disk, Path file) throws IOException {
    return readFile(disk, file, ANY_SHARD);
  }

  /** The file of a snapshot. Twenty digits, so that names sort as indexes do. */
  public static Path path(Path directory, long index) {
    return directory.resolve(String.format("%020d", index) + SUFFIX);
  }

  public static Path copyPath(Path directory, long index) {
    return directory.resolve(String.format("%020d", index) + COPY_SUFFIX);
  }

  /** Indexes of the snapshots in a directory, newest first. */
  public static List<Long> indexes(Disk disk, Path directory) throws IOException {
    List<Long> indexes = new ArrayList<>();
    for (String name : disk.list(directory)) {
      if (name.length() > 20 && (name.endsWith(SUFFIX) || name.endsWith(COPY_SUFFIX))) {
        long index = Long.parseLong(name, 0, 20, 10);
        if (!indexes.contains(index)) {
          indexes.add(index);
        }
      }
    }
    indexes.sort((a, b) -> Long.compare(b, a));
    return indexes;
  }

  /**
   * Writes a snapshot and its copy: each under another name first, synced, renamed and read back;
   * then the directory is synced.
   */
  static void write(
      Disk disk,
      Path directory,
      int shard,
      long index,
      long timeMs,
      int leaderEpoch,
      Capture.Captured captured)
      throws IOException {
    disk.createDirectories(directory);
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    long bytes = captured.chunks().stream().mapToLong(ByteBuffer::remaining).sum();
    header.putInt(MAGIC).putShort(VERSION).putShort((short) shard).putLong(index).putLong(timeMs);
    header.putInt(leaderEpoch).putInt(0).putLong(captured.count()).putLong(bytes).flip();
    CRC32C crc = new CRC32C();
    crc.update(header.duplicate());
    captured.chunks().forEach(chunk -> crc.update(chunk.duplicate()));
    header.putInt(28, (int) crc.getValue());
    for (Path path : List.of(path(directory, index), copyPath(directory, index))) {
      Path unfinished = path.resolveSibling(path.getFileName() + ".tmp");
      try (DiskFile file = disk.open(unfinished, Disk.Mode.CREATE)) {
        file.truncate(0);
        file.write(header.duplicate(), 0);
        long at = HEADER_BYTES;
        for (ByteBuffer chunk : captured.chunks()) {
          file.write(chunk.duplicate(), at);
          at += chunk.remaining();
        }
        file.sync();
      }
      disk.rename(unfinished, path);
      readFile(disk, path, shard);
    }
    disk.syncDirectory(directory);
  }

  /**
   * Reads a snapshot, or its copy if the first is not intact.
   *
   * @throws SnapshotException if neither is
   */
  public static Snapshot read(Disk disk, Path directory, int shard, long index) throws IOException {
    try {
      return readFile(disk, path(directory, index), shard);
    } catch (NewerFormatException e) {
      throw e;
    } catch (IOException e) {
      try {
        return readFile(disk, copyPath(directory, index), shard);
      } catch (IOException second) {
        second.addSuppressed(e);
        throw new SnapshotException(
            "snapshot "
                + path(directory, index)
                + " and its copy cannot be read: "
                + e.getMessage()
                + "; "
                + second.getMessage(),
            second);
      }
    }
  }

  private static Snapshot readFile(Disk disk, Path path, int shard) throws IOException {
    try (DiskFile file = disk.open(path, Disk.Mode.READ)) {
      long size = file.size();
      if (size < HEADER_BYTES || size > Integer.MAX_VALUE) {
        throw new SnapshotException(path + " holds " + size + " bytes, which is no snapshot", null);
      }
      ByteBuffer all = ByteBuffer.allocate((int) size);
      if (file.read(all, 0) < size) {
        throw new EOFException(path + " ended while it was read");
      }
      all.flip();
      if (all.getInt(0) != MAGIC) {
        throw new SnapshotException(path + " is not a snapshot", null);
      }
      if (all.getShort(4) > VERSION) {
        throw new NewerFormatException(path, all.getShort(4), VERSION);
      }
      CRC32C crc = new CRC32C();
      crc.update(all.slice(0, 28));
      crc.update(new byte[4]);
      crc.update(all.slice(32, all.limit() - 32));
      if (all.getInt(28) != (int) crc.getValue()) {
        throw new SnapshotException(path + " is damaged: its checksum is wrong", null);
      }
      if (shard != ANY_SHARD && all.getShort(6) != shard
          || all.getLong(40) != size - HEADER_BYTES) {
        throw new SnapshotException(path + " is of another shard or cut off", null);
      }
      return new Snapshot(
          all.getShort(6), all.getLong(8), all.getLong(16), all.getInt(24), parts(all));
    }
  }

  private static List<Part> parts(ByteBuffer all) {
    long count = all.getLong(32);
    all.position(HEADER_BYTES);
    StateReader in = new StateReader(all);
    List<Part> parts = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      int kind = in.int8();
      int length = in.count();
      parts.add(new Part(kind, all.slice(all.position(), length)));
      all.position(all.position() + length);
    }
    return parts;
  }

  /** Deletes all snapshots but the one at {@code index}. */
  static void deleteOthers(Disk disk, Path directory, long index) throws IOException {
    for (String name : disk.list(directory)) {
      Path path = directory.resolve(name);
      if (!path.equals(path(directory, index)) && !path.equals(copyPath(directory, index))) {
        disk.delete(path);
      }
    }
  }
}
