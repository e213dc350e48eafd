package io.millrace.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Files in this process's memory, gone with it: for an embedded broker that need not outlive a
 * test.
 *
 * <p>Bounded by {@code capacityBytes}: a write past it fails as on a full disk, and {@link
 * #usableBytes} tells how much is left.
 */
public final class MemoryDisk implements Disk {

  private static final int CHUNK_BYTES = 64 * 1024;

  private final SortedMap<Path, MemoryFile> files = new TreeMap<>();
  private final SortedMap<Path, Boolean> directories = new TreeMap<>();
  private final long capacityBytes;
  private long usedBytes;

  public MemoryDisk(long capacityBytes) {
    this.capacityBytes = capacityBytes;
  }

  @Override
  public synchronized DiskFile open(Path file, Mode mode) throws IOException {
    MemoryFile found = files.get(file);
    if (found == null) {
      if (mode != Mode.CREATE) {
        throw new NoSuchFileException(file.toString());
      }
      found = new MemoryFile();
      files.put(file, found);
    }
    return found;
  }

  @Override
  public synchronized boolean exists(Path path) {
    return files.containsKey(path) || directories.containsKey(path);
  }

  @Override
  public synchronized List<String> list(Path directory) {
    List<String> names = new ArrayList<>();
    addChildren(directory, files, names);
    addChildren(directory, directories, names);
    names.sort(null);
    return names;
  }

  private static void addChildren(Path directory, SortedMap<Path, ?> paths, List<String> names) {
    for (Path path : paths.tailMap(directory).keySet()) {
      if (!path.startsWith(directory)) {
        break;
      }
      if (directory.equals(path.getParent())) {
        names.add(path.getFileName().toString());
      }
    }
  }

  @Override
  public synchronized void createDirectories(Path directory) {
    for (Path path = directory; path != null; path = path.getParent()) {
      directories.put(path, true);
    }
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    MemoryFile file = files.remove(from);
    if (file == null) {
      throw new NoSuchFileException(from.toString());
    }
    MemoryFile replaced = files.put(to, file);
    if (replaced != null) {
      replaced.forget();
    }
  }

  @Override
  public synchronized void delete(Path path) {
    MemoryFile file = files.remove(path);
    if (file != null) {
      file.forget();
    }
    directories.remove(path);
  }

  @Override
  public void syncDirectory(Path directory) {}

  @Override
  public boolean syncFileSystem(Path path) {
    return true;
  }

  @Override
  public long totalBytes(Path path) {
    return capacityBytes;
  }

  @Override
  public synchronized long usableBytes(Path path) {
    return capacityBytes - usedBytes;
  }

  private synchronized void take(long bytes) throws IOException {
    if (usedBytes + bytes > capacityBytes) {
      throw new IOException("No space left: the disk in memory holds " + capacityBytes + " bytes");
    }
    usedBytes += bytes;
  }

  private synchronized void giveBack(long bytes) {
    usedBytes -= bytes;
  }

  /** Chunks of a fixed size; a deleted file stays readable by those who have it open. */
  private final class MemoryFile implements DiskFile {
    private final List<byte[]> chunks = new ArrayList<>();
    private long size;
    private boolean forgotten;

    private synchronized void forget() {
      if (!forgotten) {
        forgotten = true;
        giveBack((long) chunks.size() * CHUNK_BYTES);
      }
    }

    @Override
    public synchronized void write(ByteBuffer source, long position) throws IOException {
      long at = position;
      while (source.hasRemaining()) {
        byte[] chunk = chunkAt(at);
        int offset = (int) (at % CHUNK_BYTES);
        int length = Math.min(source.remaining(), CHUNK_BYTES - offset);
        source.get(chunk, offset, length);
        at += length;
      }
      size = Math.max(size, at);
    }

    private byte[] chunkAt(long position) throws IOException {
      int index = Math.toIntExact(position / CHUNK_BYTES);
      while (chunks.size() <= index) {
        if (!forgotten) {
          take(CHUNK_BYTES);
        }
        chunks.add(new byte[CHUNK_BYTES]);
      }
      return chunks.get(index);
    }

    @Override
    public synchronized long write(ByteBuffer[] sources, int offset, int length, long position)
        throws IOException {
      long at = position;
      for (int i = offset; i < offset + length; i++) {
        int bytes = sources[i].remaining();
        write(sources[i], at);
        at += bytes;
      }
      return at - position;
    }

    @Override
    public synchronized int read(ByteBuffer target, long position) {
      int total = 0;
      while (target.hasRemaining() && position + total < size) {
        long at = position + total;
        int offset = (int) (at % CHUNK_BYTES);
        int length = (int) Math.min(Math.min(target.remaining(), CHUNK_BYTES - offset), size - at);
        target.put(chunks.get((int) (at / CHUNK_BYTES)), offset, length);
        total += length;
      }
      return total;
    }

    @Override
    public synchronized long size() {
      return size;
    }

    @Override
    public synchronized void truncate(long newSize) {
      if (newSize >= size) {
        return;
      }
      size = newSize;
      int keep = Math.toIntExact((newSize + CHUNK_BYTES - 1) / CHUNK_BYTES);
      int cut = chunks.size() - keep;
      chunks.subList(keep, chunks.size()).clear();
      if (keep > 0) {
        int used = (int) (newSize - (long) (keep - 1) * CHUNK_BYTES);
        java.util.Arrays.fill(chunks.get(keep - 1), used, CHUNK_BYTES, (byte) 0);
      }
      if (!forgotten) {
        giveBack((long) cut * CHUNK_BYTES);
      }
    }

    @Override
    public void sync() {}

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
        throws IOException {
      ByteBuffer piece = ByteBuffer.allocate((int) Math.min(count, CHUNK_BYTES));
      read(piece, position);
      return target.write(piece.flip());
    }

    @Override
    public void close() {}
  }
}
