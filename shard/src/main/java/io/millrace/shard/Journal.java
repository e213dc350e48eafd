package io.millrace.shard;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Where entries become durable: one after another in files of their own, one sync for all that a
 * turn brought.
 *
 * <p>Belongs to whoever writes it: the journal's own thread under load, the shard's thread when
 * nothing waits, never both at a time. A failed write or sync is final: the shard stops.
 */
final class Journal {

  private static final ByteBuffer PADDING = ByteBuffer.allocateDirect(EntryCodec.ALIGNMENT);

  private final JournalFiles files;
  private JournalFile current;
  private ByteBuffer header = ByteBuffer.allocateDirect(16 * 1024);
  private ByteBuffer[] parts = new ByteBuffer[64];
  private long writtenIndex;
  private volatile long syncedIndex;
  private volatile long writtenBytes;

  /**
   * @param current the file to go on in
   * @param syncedIndex index of the last entry that is durable
   */
  Journal(JournalFiles files, JournalFile current, long syncedIndex) {
    this.files = files;
    this.current = current;
    this.syncedIndex = syncedIndex;
    this.writtenIndex = syncedIndex;
  }

  /** Hands an entry to the operating system. Its payload's buffers are read, not moved. */
  void write(Entry entry) throws IOException {
    int headerBytes = EntryCodec.headerBytes(entry);
    long bytes = EntryCodec.entryBytes(headerBytes, entry.payloadBytes());
    if (!current.hasRoomFor(bytes)) {
      roll(entry.index, bytes);
    }
    if (header.capacity() < headerBytes) {
      header = ByteBuffer.allocateDirect(Integer.highestOneBit(headerBytes) << 1);
    }
    EntryCodec.encode(entry, current.id(), syncedIndex, header);
    int count = gather(entry, (int) (bytes - headerBytes - entry.payloadBytes()));
    current.write(parts, count, entry.index);
    Arrays.fill(parts, 0, count, null);
    writtenIndex = entry.index;
    files.keepAhead(current.position(), current.capacity());
    writtenBytes += bytes;
  }

  private int gather(Entry entry, int padding) {
    int count = 0;
    parts[count++] = header;
    for (Item item : entry.items()) {
      if (item instanceof BatchAppend batch) {
        if (count + 2 > parts.length) {
          parts = Arrays.copyOf(parts, parts.length * 2);
        }
        parts[count++] = batch.bytes.duplicate();
      }
    }
    if (padding > 0) {
      parts[count++] = PADDING.duplicate().limit(padding);
    }
    return count;
  }

  private void roll(long firstIndex, long bytes) throws IOException {
    // What the old file holds must not be younger on disk than what the new one will.
    current.sync();
    current.close();
    files.full(current);
    current = files.next(firstIndex, JournalFile.HEADER_BYTES + bytes);
  }

  /** Makes every entry written so far durable. */
  void sync() throws IOException {
    current.sync();
    syncedIndex = writtenIndex;
  }

  /** Index of the last entry that is durable. */
  long syncedIndex() {
    return syncedIndex;
  }

  /** Bytes written in this run. */
  long writtenBytes() {
    return writtenBytes;
  }

  void close() throws IOException {
    current.close();
  }
}
