package io.millrace.shard;

import io.millrace.log.Disk;
import io.millrace.log.DiskFile;
import io.millrace.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads one journal file as it stands, for tools: entry after entry, whatever snapshot there is and
 * whatever other files hold. Nothing is changed, and the file may be written meanwhile.
 */
public final class JournalReader implements AutoCloseable {

  private static final int LOOK_AHEAD_BYTES = 1 << 20;

  private final Path path;
  private final DiskFile file;
  private final long bytes;
  private final @Nullable FileHeader header;
  private long position;

  /**
   * What the header of a file says.
   *
   * @param id larger means later
   * @param firstIndex its entries replace whatever earlier files hold from here on
   */
  public record FileHeader(int version, int shard, long id, long firstIndex) {}

  /**
   * An entry.
   *
   * @param position where it begins in the file
   * @param bytes how much of the file it takes
   * @param syncedIndex highest index that was known to be synced when this was written
   * @param timeMs by the sequencer's clock
   */
  public record EntryFound(
      long position,
      long bytes,
      long index,
      long syncedIndex,
      long timeMs,
      int leaderEpoch,
      int headerBytes,
      int payloadBytes,
      List<JournalItem> items) {}

  /**
   * What lies behind the last entry.
   *
   * @param position where no intact entry begins
   * @param laterEntry position of an intact entry of this file further on, -1 if there is none
   * @param syncedIndex highest index that an entry further on says had been synced, 0 if none does
   */
  public record Ending(long position, long laterEntry, long syncedIndex) {}

  /** Opens a file for reading. */
  public JournalReader(Disk disk, Path path) throws IOException {
    this(disk, path, JournalFile.HEADER_BYTES);
  }

  private JournalReader(Disk disk, Path path, long from) throws IOException {
    this.path = path;
    position = from;
    file = disk.open(path, Disk.Mode.READ);
    try {
      bytes = file.size();
      JournalFile.Header found = JournalFile.readHeader(file);
      header =
          found == null
              ? null
              : new FileHeader(found.version(), found.shard(), found.id(), found.firstIndex());
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Bytes of the file. */
  public long fileBytes() {
    return bytes;
  }

  /** What the file's header says; null if it is not intact, as in one that was only prepared. */
  public @Nullable FileHeader header() {
    return header;
  }

  /** Whether this version of Millrace knows the file's format. */
  public boolean isKnownFormat() {
    return header != null && header.version <= JournalFile.VERSION;
  }

  /**
   * The next entry of this file; null if none begins where the last one ended.
   *
   * @throws DamagedJournalException if it holds an item that this version does not know
   */
  public @Nullable EntryFound next() throws IOException {
    if (header == null) {
      return null;
    }
    EntryCodec.Header found = readHeader(file, position, bytes, header.id);
    if (found == null) {
      return null;
    }
    ByteBuffer head = ByteBuffer.allocate(found.headerBytes());
    file.read(head, position);
    EntryFound entry =
        new EntryFound(
            position,
            found.entryBytes(),
            found.index(),
            found.syncedIndex(),
            found.timeMs(),
            found.leaderEpoch(),
            found.headerBytes(),
            found.payloadBytes(),
            EntryCodec.items(head.flip(), found.itemCount(), path));
    position += found.entryBytes();
    return entry;
  }

  /** What lies behind the entries that {@link #next} gave. */
  public Ending ending() throws IOException {
    long[] later = {-1, 0};
    if (header != null) {
      lookAhead(
          file,
          header.id,
          position,
          bytes,
          (at, entry) -> {
            later[0] = later[0] < 0 ? at : later[0];
            later[1] = Math.max(later[1], entry.syncedIndex());
          });
    }
    return new Ending(position, later[0], later[1]);
  }

  /**
   * The bytes of a batch, if they are what the entry's header says.
   *
   * @param entry one that {@link #next} gave
   * @param item which of its items, a batch
   * @return null if they are not whole
   */
  public @Nullable ByteBuffer batch(EntryFound entry, int item) throws IOException {
    long at = entry.position + entry.headerBytes;
    for (JournalItem earlier : entry.items.subList(0, item)) {
      at += earlier instanceof JournalItem.Batch batch ? batch.header().size() : 0;
    }
    BatchAppend.Header wanted = ((JournalItem.Batch) entry.items.get(item)).header();
    if (wanted.size() < 0 || at + wanted.size() > bytes) {
      return null;
    }
    ByteBuffer batch = ByteBuffer.allocate(wanted.size());
    file.read(batch, at);
    batch.flip();
    return isWhole(wanted, batch, entry.leaderEpoch) ? batch : null;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  // --- for everyone who reads journals ---

  /** Whether all batches of an entry are whole. */
  static boolean isWhole(Disk disk, JournalScan.Found found) throws IOException {
    try (JournalReader reader = new JournalReader(disk, found.path(), found.position())) {
      EntryFound entry = reader.next();
      if (entry == null) {
        return false;
      }
      for (int i = 0; i < entry.items.size(); i++) {
        if (entry.items.get(i) instanceof JournalItem.Batch && reader.batch(entry, i) == null) {
          return false;
        }
      }
      return true;
    }
  }

  /** Whether a payload is the batch that an intact header says it is. */
  static boolean isWhole(BatchAppend.Header header, ByteBuffer payload, int leaderEpoch) {
    return payload.remaining() == header.size()
        && payload.remaining() >= RecordBatch.HEADER_SIZE
        && RecordBatch.sizeInBytes(payload, 0) == header.size()
        && RecordBatch.magic(payload, 0) == RecordBatch.MAGIC
        && RecordBatch.baseOffset(payload, 0) == header.baseOffset()
        && RecordBatch.leaderEpoch(payload, 0) == leaderEpoch
        && RecordBatch.crc(payload, 0) == header.crc()
        && RecordBatch.computeCrc(payload, 0) == header.crc();
  }

  /**
   * The header of an intact entry that begins here and belongs to the file with this id.
   *
   * @param fileId 0 for any file
   * @return null if there is none
   */
  static EntryCodec.@Nullable Header readHeader(
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

  /** Takes an intact entry and its position. */
  interface Sighting {
    void seen(long position, EntryCodec.Header header);
  }

  /** Looks for intact entries of a file wherever one may begin. */
  static void lookAhead(DiskFile file, long fileId, long from, long fileBytes, Sighting sighting)
      throws IOException {
    ByteBuffer window = ByteBuffer.allocate(LOOK_AHEAD_BYTES);
    for (long at = from; at < fileBytes; at += LOOK_AHEAD_BYTES) {
      window.clear();
      file.read(window, at);
      window.flip();
      for (int i = 0; i + EntryCodec.FIXED_BYTES <= window.limit(); i += EntryCodec.ALIGNMENT) {
        if (window.getInt(i) != EntryCodec.MAGIC) {
          continue;
        }
        EntryCodec.Header header = readHeader(file, at + i, fileBytes, fileId);
        if (header != null) {
          sighting.seen(at + i, header);
        }
      }
    }
  }
}
