package io.millrace.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * A disk that loses what was not synced.
 *
 * <p>It counts every change. {@link #crashAt} has the disk fail for good at one of them; {@link
 * #afterCrash} then builds one of the states that a real disk may be in: synced bytes are there;
 * each write since is there, lost, or torn at 512 bytes, independently of its neighbours; of the
 * name changes in a directory since its last sync a prefix is there.
 */
public final class SimulatedDisk implements Disk {

  private static final int SECTOR_BYTES = 512;

  /** What a name stands for. */
  private static final class Inode {
    byte[] durable = {};
    byte[] now = {};
    final List<Pending> pending = new ArrayList<>();
  }

  /** A change of a file since its last sync. */
  private sealed interface Pending {
    record Write(long position, byte[] bytes) implements Pending {}

    record Truncate(long size) implements Pending {}
  }

  /** A change of the names in one directory since its last sync. */
  private record NameChange(Path directory, Map<Path, Inode> names) {}

  private Map<Path, Inode> names = new TreeMap<>();
  private Map<Path, Inode> durableNames = new TreeMap<>();
  private final Map<Path, Boolean> directories = new TreeMap<>();
  private final List<NameChange> nameChanges = new ArrayList<>();
  private long changes;
  private long crashAt = Long.MAX_VALUE;
  private long failSyncAt = Long.MAX_VALUE;
  private long syncs;
  private long usableBytes = Long.MAX_VALUE;
  private final Map<Path, Long> usableBytesBelow = new TreeMap<>();
  private boolean canSyncFileSystem = true;
  private Step beforeNextWrite = () -> {};

  /** Something that another thread might do at an awkward moment. */
  public interface Step {
    void happen() throws IOException;
  }

  /** Has something happen when a write has begun and has not written anything yet, once. */
  public void beforeNextWrite(Step step) {
    beforeNextWrite = step;
  }

  /** The disk fails at the {@code change}-th change from now on, and at everything after. */
  public synchronized void crashAt(long change) {
    changes = 0;
    crashAt = change;
  }

  /** The {@code sync}-th sync from now on fails, once. */
  public synchronized void failSyncAt(long sync) {
    syncs = 0;
    failSyncAt = sync;
  }

  public synchronized void usableBytes(long bytes) {
    usableBytes = bytes;
  }

  /** How much is free below a directory, as if another disk were mounted there. */
  public synchronized void usableBytes(Path directory, long bytes) {
    usableBytesBelow.put(directory, bytes);
  }

  public synchronized void canSyncFileSystem(boolean can) {
    canSyncFileSystem = can;
  }

  /** How many changes there were since {@link #crashAt} or the beginning. */
  public synchronized long changes() {
    return changes;
  }

  /** How many syncs there were since {@link #failSyncAt} or the beginning. */
  public synchronized long syncs() {
    return syncs;
  }

  public synchronized boolean hasCrashed() {
    return changes >= crashAt;
  }

  private void change(String what) throws IOException {
    if (++changes >= crashAt) {
      throw new IOException("simulated crash at change " + crashAt + ": " + what);
    }
  }

  private void sync(String what) throws IOException {
    change(what);
    if (++syncs == failSyncAt) {
      throw new IOException("simulated failure of a sync: " + what);
    }
  }

  /** One of the states in which a crash now may leave the disk. */
  public synchronized SimulatedDisk afterCrash(RandomGenerator random) {
    SimulatedDisk after = new SimulatedDisk();
    after.directories.putAll(directories);
    Map<Path, Inode> surviving = new TreeMap<>(durableNames);
    Map<Path, Boolean> cut = new TreeMap<>();
    for (NameChange change : nameChanges) {
      if (cut.containsKey(change.directory)) {
        continue;
      }
      if (random.nextInt(3) == 0) {
        cut.put(change.directory, true);
        continue;
      }
      change.names.forEach((path, inode) -> {
        if (inode == null) {
          surviving.remove(path);
        } else {
          surviving.put(path, inode);
        }
      });
    }
    surviving.forEach((path, inode) -> {
      Inode left = new Inode();
      left.durable = survivingBytes(inode, random);
      left.now = left.durable.clone();
      after.names.put(path, left);
      after.durableNames.put(path, left);
    });
    return after;
  }

  private static byte[] survivingBytes(Inode inode, RandomGenerator random) {
    byte[] bytes = inode.durable.clone();
    int mode = random.nextInt(4);
    for (Pending pending : inode.pending) {
      boolean keep = mode == 0 || mode > 1 && random.nextBoolean();
      switch (pending) {
        case Pending.Truncate truncate -> {
          if (keep) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(bytes.length, truncate.size));
          }
        }
        case Pending.Write write -> {
          if (mode == 3 && random.nextInt(3) == 0) {
            bytes = tear(bytes, write, random);
          } else if (keep) {
            bytes = put(bytes, write.position, write.bytes, 0, write.bytes.length);
          }
        }
      }
    }
    return bytes;
  }

  private static byte[] tear(byte[] into, Pending.Write write, RandomGenerator random) {
    byte[] bytes = into;
    long end = write.position + write.bytes.length;
    for (long at = write.position; at < end; ) {
      long next = Math.min(end, (at / SECTOR_BYTES + 1) * SECTOR_BYTES);
      if (random.nextBoolean()) {
        bytes = put(bytes, at, write.bytes, (int) (at - write.position), (int) (next - at));
      }
      at = next;
    }
    return bytes;
  }

  private static byte[] put(byte[] into, long position, byte[] from, int offset, int length) {
    int end = Math.toIntExact(position + length);
    byte[] bytes = end > into.length ? Arrays.copyOf(into, end) : into;
    System.arraycopy(from, offset, bytes, (int) position, length);
    return bytes;
  }

  /** Changes a byte of a file for good, as a failing disk might. */
  public synchronized void flipBit(Path path, long position) {
    Inode inode = names.get(path);
    inode.now[(int) position] ^= 1;
    inode.durable = inode.now.clone();
    inode.pending.clear();
  }

  /** Puts other bytes into a file for good. */
  public synchronized void overwrite(Path path, byte[] bytes) {
    Inode inode = names.get(path);
    inode.now = bytes.clone();
    settle(inode);
  }

  public synchronized byte[] contents(Path path) {
    return names.get(path).now.clone();
  }

  /** Every file there is. */
  public synchronized List<Path> files() {
    return new ArrayList<>(names.keySet());
  }

  // --- Disk ---

  @Override
  public synchronized DiskFile open(Path file, Mode mode) throws IOException {
    Inode inode = names.get(file);
    if (inode == null) {
      if (mode != Mode.CREATE) {
        throw new NoSuchFileException(file.toString());
      }
      if (!directories.containsKey(file.getParent())) {
        throw new NoSuchFileException(file + ": its directory is missing");
      }
      change("create " + file);
      inode = new Inode();
      names.put(file, inode);
      nameChanged(file, inode);
    }
    return new SimulatedFile(file, inode);
  }

  private void nameChanged(Path path, Inode inode) {
    Map<Path, Inode> one = new TreeMap<>();
    one.put(path, inode);
    nameChanges.add(new NameChange(path.getParent(), one));
  }

  @Override
  public synchronized boolean exists(Path path) {
    return names.containsKey(path) || directories.containsKey(path);
  }

  @Override
  public synchronized List<String> list(Path directory) {
    List<String> children = new ArrayList<>();
    for (Path path : names.keySet()) {
      if (directory.equals(path.getParent())) {
        children.add(path.getFileName().toString());
      }
    }
    for (Path path : directories.keySet()) {
      if (directory.equals(path.getParent())) {
        children.add(path.getFileName().toString());
      }
    }
    children.sort(null);
    return children;
  }

  @Override
  public synchronized void createDirectories(Path directory) {
    // Directories are taken as durable at once: what matters is the names of the files in them.
    for (Path path = directory; path != null; path = path.getParent()) {
      directories.put(path, true);
    }
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    change("rename " + from);
    Inode inode = names.remove(from);
    if (inode == null) {
      throw new NoSuchFileException(from.toString());
    }
    names.put(to, inode);
    Map<Path, Inode> both = new TreeMap<>();
    both.put(from, null);
    both.put(to, inode);
    nameChanges.add(new NameChange(from.getParent(), both));
  }

  @Override
  public synchronized void delete(Path path) throws IOException {
    change("delete " + path);
    if (names.remove(path) != null) {
      nameChanged(path, null);
    } else {
      directories.remove(path);
    }
  }

  @Override
  public synchronized void syncDirectory(Path directory) throws IOException {
    sync("sync directory " + directory);
    for (NameChange change : nameChanges) {
      if (change.directory.equals(directory)) {
        change.names.forEach((path, inode) -> {
          if (inode == null) {
            durableNames.remove(path);
          } else {
            durableNames.put(path, inode);
          }
        });
      }
    }
    nameChanges.removeIf(change -> change.directory.equals(directory));
  }

  @Override
  public synchronized boolean syncFileSystem(Path path) throws IOException {
    if (!canSyncFileSystem) {
      return false;
    }
    sync("sync file system");
    durableNames = new TreeMap<>(names);
    nameChanges.clear();
    names.values().forEach(SimulatedDisk::settle);
    return true;
  }

  private static void settle(Inode inode) {
    inode.durable = inode.now.clone();
    inode.pending.clear();
  }

  @Override
  public long totalBytes(Path path) {
    return Long.MAX_VALUE;
  }

  @Override
  public synchronized long usableBytes(Path path) {
    for (Path at = path; at != null; at = at.getParent()) {
      Long bytes = usableBytesBelow.get(at);
      if (bytes != null) {
        return bytes;
      }
    }
    return usableBytes;
  }

  private final class SimulatedFile implements DiskFile {
    private final Path path;
    private final Inode inode;

    SimulatedFile(Path path, Inode inode) {
      this.path = path;
      this.inode = inode;
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      Step step = beforeNextWrite;
      beforeNextWrite = () -> {};
      step.happen();
      synchronized (SimulatedDisk.this) {
        change("write " + source.remaining() + " bytes at " + position + " of " + path);
        byte[] bytes = new byte[source.remaining()];
        source.get(bytes);
        inode.now = put(inode.now, position, bytes, 0, bytes.length);
        inode.pending.add(new Pending.Write(position, bytes));
      }
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length, long position)
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
    public int read(ByteBuffer target, long position) {
      synchronized (SimulatedDisk.this) {
        int n = (int) Math.max(0, Math.min(target.remaining(), inode.now.length - position));
        if (n > 0) {
          target.put(inode.now, (int) position, n);
        }
        return n;
      }
    }

    @Override
    public long size() {
      synchronized (SimulatedDisk.this) {
        return inode.now.length;
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      synchronized (SimulatedDisk.this) {
        if (size < inode.now.length) {
          change("truncate " + path);
          inode.now = Arrays.copyOf(inode.now, (int) size);
          inode.pending.add(new Pending.Truncate(size));
        }
      }
    }

    @Override
    public void sync() throws IOException {
      synchronized (SimulatedDisk.this) {
        SimulatedDisk.this.sync("sync " + path);
        settle(inode);
      }
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
        throws IOException {
      ByteBuffer piece = ByteBuffer.allocate((int) count);
      read(piece, position);
      return target.write(piece.flip());
    }

    @Override
    public void close() {}
  }
}
