package io.millrace.producer;

import io.millrace.record.CorruptBatchException;
import io.millrace.record.Record;
import io.millrace.record.RecordBatch;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A file of dead letters that could not be sent. Made when there is the first, appended to, synced
 * after each batch, and never cut: reading and removing it is the operator's. Used by one thread at
 * a time.
 *
 * <pre>
 *   magic    0x4d524450 ("MRDP", int32)
 *   version  1 (int16), then 0 (int16)
 *   entries  length of what follows the CRC (int32), CRC-32C of it (int32),
 *            length of the topic's name (int16), the name (UTF-8), a record batch v2
 * </pre>
 *
 * <p>All numbers are big-endian. The topic is the one that the records should have gone to, dead
 * letters' suffix included. An entry that is not whole ends the file: the writer died in it, and
 * nobody was told that it was kept. A file that ends so, or that another producer writes to, is
 * left alone, and the next name is taken: with {@code .1}, {@code .2} and so on behind it.
 */
public final class SpillFile implements Closeable {

  private static final int MAGIC = 0x4d524450;
  private static final short VERSION = 1;
  private static final int HEADER_SIZE = 8;
  private static final int ENTRY_HEADER_SIZE = 8;
  private static final int NAMES_MAX = 1000;
  private static final int EXPANDED_BYTES_MAX = 1 << 30;

  private final Path wanted;
  private @Nullable Path path;
  private @Nullable FileChannel channel;

  /**
   * @param wanted its name, if nobody else writes to it
   */
  SpillFile(Path wanted) {
    this.wanted = wanted;
  }

  /** Gets what a file holds. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * @param topic where the record should have gone
     * @param record valid during the call only
     */
    void letter(String topic, Record record);
  }

  // --- writing ---

  /**
   * Writes a batch and has it on disk.
   *
   * @return the file
   */
  Path append(String topic, ByteBuffer batch) throws IOException {
    FileChannel to = channel;
    Path file = path;
    if (to == null || file == null) {
      to = open();
      file = path;
    }
    byte[] name = topic.getBytes(StandardCharsets.UTF_8);
    int size = 2 + name.length + batch.remaining();
    ByteBuffer entry = ByteBuffer.allocate(ENTRY_HEADER_SIZE + size);
    entry.position(ENTRY_HEADER_SIZE);
    entry.putShort((short) name.length).put(name).put(batch.duplicate()).flip();
    entry.putInt(0, size).putInt(4, crc(entry, ENTRY_HEADER_SIZE, size));
    long at = to.size();
    try {
      write(to, entry, at);
      to.force(false);
    } catch (IOException e) {
      // What is behind it would not be found: another file for whatever comes.
      close();
      throw e;
    }
    return file == null ? wanted : file;
  }

  private static void write(FileChannel to, ByteBuffer bytes, long position) throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += to.write(bytes, at);
    }
  }

  private static int crc(ByteBuffer bytes, int from, int size) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate().limit(from + size).position(from));
    return (int) crc.getValue();
  }

  private FileChannel open() throws IOException {
    for (int i = 0; i < NAMES_MAX; i++) {
      Path one = i == 0 ? wanted : wanted.resolveSibling(wanted.getFileName() + "." + i);
      FileChannel opened =
          FileChannel.open(
              one, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      boolean taken = false;
      try {
        taken = isFree(opened) && isWhole(opened);
      } finally {
        if (!taken) {
          opened.close();
        }
      }
      if (taken) {
        channel = opened;
        path = one;
        return opened;
      }
    }
    throw new IOException(
        "none of " + NAMES_MAX + " names can be used, from " + wanted + " on: take files away");
  }

  private static boolean isFree(FileChannel file) throws IOException {
    try {
      return file.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  /** Whether it ends with a whole entry; one that is empty is begun. */
  private static boolean isWhole(FileChannel file) throws IOException {
    if (file.size() == 0) {
      ByteBuffer header = ByteBuffer.allocate(HEADER_SIZE);
      header.putInt(MAGIC).putShort(VERSION).putShort((short) 0).flip();
      write(file, header, 0);
      return true;
    }
    return hasHeader(file) && walk(file, (topic, batch) -> {}) == file.size();
  }

  @Override
  public void close() throws IOException {
    FileChannel open = channel;
    channel = null;
    path = null;
    if (open != null) {
      open.close();
    }
  }

  // --- reading ---

  /**
   * Reads what a file holds, in the order in which it was written.
   *
   * @return how many bytes at its end are no whole entry: 0 if it is complete
   * @throws IOException if it cannot be read, or is no such file
   */
  public static long read(Path file, Visitor visitor) throws IOException {
    try (FileChannel from = FileChannel.open(file, StandardOpenOption.READ)) {
      if (!hasHeader(from)) {
        throw new IOException(file + " is not a file of dead letters, or of a later version");
      }
      long end =
          walk(
              from,
              (topic, batch) -> {
                try (var records = batch.records(EXPANDED_BYTES_MAX)) {
                  for (Record record : records) {
                    visitor.letter(topic, record);
                  }
                }
              });
      return from.size() - end;
    }
  }

  private interface BatchVisitor {
    void batch(String topic, RecordBatch batch);
  }

  private static boolean hasHeader(FileChannel file) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(HEADER_SIZE);
    return readFully(file, header, 0) && header.getInt(0) == MAGIC && header.getShort(4) == VERSION;
  }

  /** Visits whole entries; returns where the last one ends. */
  private static long walk(FileChannel file, BatchVisitor visitor) throws IOException {
    long at = HEADER_SIZE;
    ByteBuffer header = ByteBuffer.allocate(ENTRY_HEADER_SIZE);
    while (readFully(file, header.clear(), at)) {
      int size = header.getInt(0);
      if (size < 2 || size > file.size() - at - ENTRY_HEADER_SIZE) {
        return at;
      }
      ByteBuffer entry = ByteBuffer.allocate(size);
      if (!readFully(file, entry, at + ENTRY_HEADER_SIZE)
          || crc(entry, 0, size) != header.getInt(4)) {
        return at;
      }
      int nameSize = entry.getShort(0);
      if (nameSize < 0 || 2 + nameSize > size) {
        return at;
      }
      try {
        String topic = new String(entry.array(), 2, nameSize, StandardCharsets.UTF_8);
        RecordBatch batch = RecordBatch.at(entry, 2 + nameSize);
        visitor.batch(topic, batch);
      } catch (CorruptBatchException e) {
        return at;
      }
      at += ENTRY_HEADER_SIZE + size;
    }
    return at;
  }

  private static boolean readFully(FileChannel file, ByteBuffer into, long position)
      throws IOException {
    long at = position;
    while (into.hasRemaining()) {
      int n = file.read(into, at);
      if (n < 0) {
        return false;
      }
      at += n;
    }
    into.flip();
    return true;
  }
}
