package io.millrace.shard;

import io.millrace.log.LogId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of an entry in a journal file.
 *
 * <p>An entry begins on a 4 KiB boundary and is filled up to the next one, so that no block that
 * was synced is ever written again. Its header says everything but the batches' own bytes; the
 * header has a checksum, the payload has none of its own: each batch carries one, and the header
 * repeats it.
 *
 * <pre>
 * 0   u32  magic "MRJE"
 * 4   u32  CRC-32C of bytes 8 to the end of the header
 * 8   u32  bytes of the header, items included
 * 12  u32  bytes of the payload, which follows the header
 * 16  i64  id of the journal file, which no client can guess: see {@link JournalFile}
 * 24  i64  index of the entry
 * 32  i64  highest index known to be synced when this was written
 * 40  i64  time in ms, by the sequencer's clock
 * 48  i32  leader epoch
 * 52  u32  number of items
 * 56       items: u8 kind, then
 *          1 batch: topic id (16), i32 partition, i64 base offset, i32 last offset delta, u32 bytes, u32 CRC,
 *            i64 largest timestamp, i64 producer id, i16 producer epoch, i32 first producer sequence
 *          5, 6, 7 batch of a transaction, marker that commits, marker that aborts: as 1 (journal files of version 2)
 *          2 trim: topic id, i32 partition, i64 start offset
 *          3 drop topic: topic id, i32 number of partitions
 *          4 expire producers: topic id, i32 partition, i64 ms
 *          8 forget aborted transactions: topic id, i32 partition, i64 offset (journal files of version 2)
 *          16 and up: u32 bytes, the change
 * </pre>
 */
final class EntryCodec {

  static final int MAGIC = 0x4d524a45;

  /** Entries begin at multiples of this. */
  static final int ALIGNMENT = 4096;

  static final int FIXED_BYTES = 56;

  private static final int BATCH_ITEM_BYTES = 1 + 16 + 4 + 8 + 4 + 4 + 4 + 8 + 8 + 2 + 4;
  private static final int TRIM_ITEM_BYTES = 1 + 16 + 4 + 8;
  private static final int DROP_ITEM_BYTES = 1 + 16 + 4;
  private static final int EXPIRE_ITEM_BYTES = 1 + 16 + 4 + 8;
  private static final int FORGET_ITEM_BYTES = 1 + 16 + 4 + 8;

  private EntryCodec() {}

  /** Bytes of the header that {@link #encode} writes. */
  static int headerBytes(Entry entry) {
    long bytes = FIXED_BYTES;
    for (Item item : entry.items()) {
      bytes +=
          switch (item) {
            case BatchAppend batch -> BATCH_ITEM_BYTES;
            case Item.Trim trim -> TRIM_ITEM_BYTES;
            case Item.DropTopic drop -> DROP_ITEM_BYTES;
            case Item.ExpireProducers expire -> EXPIRE_ITEM_BYTES;
            case Item.ForgetAborted forget -> FORGET_ITEM_BYTES;
            case Item.Change change -> 1 + 4 + change.body().length;
          };
    }
    return Math.toIntExact(bytes);
  }

  /** Bytes that the whole entry takes in a file. */
  static long entryBytes(int headerBytes, int payloadBytes) {
    return ((long) headerBytes + payloadBytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /**
   * Writes the header.
   *
   * @param out room for {@link #headerBytes}, from position 0; flipped at the end
   */
  static void encode(Entry entry, long fileId, long syncedIndex, ByteBuffer out) {
    out.clear();
    out.position(FIXED_BYTES);
    for (Item item : entry.items()) {
      out.put((byte) item.kind());
      switch (item) {
        case BatchAppend batch -> encode(batch, out);
        case Item.Trim trim -> encode(trim.log().id(), out).putLong(trim.startOffset());
        case Item.DropTopic drop -> encode(drop.topicId(), out).putInt(drop.partitions());
        case Item.ExpireProducers expire ->
            encode(expire.log().id(), out).putLong(expire.beforeMs());
        case Item.ForgetAborted forget -> encode(forget.log().id(), out).putLong(forget.offset());
        case Item.Change change -> out.putInt(change.body().length).put(change.body());
      }
    }
    out.flip();
    out.putInt(0, MAGIC)
        .putInt(8, out.limit())
        .putInt(12, entry.payloadBytes())
        .putLong(16, fileId)
        .putLong(24, entry.index)
        .putLong(32, syncedIndex)
        .putLong(40, entry.timeMs)
        .putInt(48, entry.leaderEpoch)
        .putInt(52, entry.items().size());
    out.putInt(4, checksum(out));
  }

  private static void encode(BatchAppend batch, ByteBuffer out) {
    encode(batch.log.id(), out)
        .putLong(batch.baseOffset())
        .putInt(batch.lastOffsetDelta)
        .putInt(batch.size)
        .putInt(batch.crc)
        .putLong(batch.maxTimestamp)
        .putLong(batch.producerId)
        .putShort(batch.producerEpoch)
        .putInt(batch.firstSequence);
  }

  private static ByteBuffer encode(LogId log, ByteBuffer out) {
    return encode(log.topicId(), out).putInt(log.partition());
  }

  private static ByteBuffer encode(UUID id, ByteBuffer out) {
    return out.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
  }

  private static int checksum(ByteBuffer header) {
    CRC32C crc = new CRC32C();
    crc.update(header.duplicate().position(8));
    return (int) crc.getValue();
  }

  /** What the fixed part of a header says. */
  record Header(
      int headerBytes,
      int payloadBytes,
      long fileId,
      long index,
      long syncedIndex,
      long timeMs,
      int leaderEpoch,
      int itemCount) {

    long entryBytes() {
      return EntryCodec.entryBytes(headerBytes, payloadBytes);
    }
  }

  /**
   * Reads the fixed part.
   *
   * @param in at least {@link #FIXED_BYTES} from its position on, which stays
   * @param room bytes from here to the end of the file
   * @return null if no entry can begin here; the checksum is not looked at
   */
  static @Nullable Header peek(ByteBuffer in, long room) {
    int at = in.position();
    if (in.getInt(at) != MAGIC) {
      return null;
    }
    Header header =
        new Header(
            in.getInt(at + 8),
            in.getInt(at + 12),
            in.getLong(at + 16),
            in.getLong(at + 24),
            in.getLong(at + 32),
            in.getLong(at + 40),
            in.getInt(at + 48),
            in.getInt(at + 52));
    boolean possible =
        header.headerBytes >= FIXED_BYTES
            && header.payloadBytes >= 0
            && (long) header.headerBytes + header.payloadBytes <= room
            && header.itemCount >= 0
            && header.itemCount <= header.headerBytes - FIXED_BYTES;
    return possible ? header : null;
  }

  /** Whether the header, which is all of {@code in} from its position on, is what was written. */
  static boolean isIntact(ByteBuffer in) {
    return in.getInt(in.position() + 4) == checksum(in.slice());
  }

  /**
   * Reads the items of an intact header.
   *
   * @param in the header, from its first byte to its limit; changes are slices of it
   * @param file where it stands, for the message
   * @throws DamagedJournalException if the items are not what the header says, or one is of a kind
   *     that this version does not know
   */
  static List<JournalItem> items(ByteBuffer in, int count, Path file)
      throws DamagedJournalException {
    try {
      return items(in, count);
    } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalStateException e) {
      String why = e instanceof IllegalStateException ? e.getMessage() : "it ends within its items";
      throw new DamagedJournalException(
          file + " holds an entry with a sound checksum that cannot be read: " + why);
    }
  }

  private static List<JournalItem> items(ByteBuffer in, int count) {
    ByteBuffer items = in.duplicate();
    items.position(in.position() + FIXED_BYTES);
    List<JournalItem> read = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int kind = items.get();
      read.add(
          switch (kind) {
            case Item.BATCH, Item.TRANSACTIONAL_BATCH, Item.COMMIT_MARKER, Item.ABORT_MARKER ->
                readBatch(BatchRole.ofKind(kind), items);
            case Item.TRIM -> new JournalItem.Trim(readLog(items), items.getLong());
            case Item.DROP_TOPIC -> new JournalItem.DropTopic(readUuid(items), items.getInt());
            case Item.EXPIRE_PRODUCERS ->
                new JournalItem.ExpireProducers(readLog(items), items.getLong());
            case Item.FORGET_ABORTED ->
                new JournalItem.ForgetAborted(readLog(items), items.getLong());
            default -> readChange(kind, items);
          });
    }
    return read;
  }

  private static JournalItem readChange(int kind, ByteBuffer in) {
    if (kind < Item.FIRST_MACHINE) {
      throw new IllegalStateException("an entry holds an item of unknown kind " + kind);
    }
    int length = in.getInt();
    ByteBuffer body = in.slice(in.position(), length);
    in.position(in.position() + length);
    return new JournalItem.Change(kind, body);
  }

  private static JournalItem readBatch(BatchRole role, ByteBuffer in) {
    LogId log = readLog(in);
    long baseOffset = in.getLong();
    int lastOffsetDelta = in.getInt();
    int size = in.getInt();
    int crc = in.getInt();
    long maxTimestamp = in.getLong();
    long producerId = in.getLong();
    short producerEpoch = in.getShort();
    int firstSequence = in.getInt();
    return new JournalItem.Batch(
        log,
        new BatchAppend.Header(
            role,
            baseOffset,
            lastOffsetDelta,
            size,
            crc,
            maxTimestamp,
            producerId,
            producerEpoch,
            firstSequence));
  }

  private static LogId readLog(ByteBuffer in) {
    UUID topicId = readUuid(in);
    return new LogId(topicId, in.getInt());
  }

  private static UUID readUuid(ByteBuffer in) {
    long upper = in.getLong();
    return new UUID(upper, in.getLong());
  }
}
