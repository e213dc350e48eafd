package io.millrace.shard;

import io.millrace.log.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of a journal: those that recovery would need, and spare ones that were written in
 * advance.
 *
 * <p>The journal takes the next file; a finished checkpoint gives back those it made superfluous,
 * and they become spares. When the last spare is taken, another is prepared in the background.
 * Without a spare the journal goes on in a small new file, which costs slower syncs and nothing
 * else.
 */
final class JournalFiles {

  private static final Logger LOG = LoggerFactory.getLogger(JournalFiles.class);

  private final Disk disk;
  private final Path directory;
  private final int shard;
  private final JournalSettings settings;
  private final Executor background;

  // All guarded by this.
  private final Deque<JournalFile> spares = new ArrayDeque<>();
  private final Deque<Path> superfluous = new ArrayDeque<>();

  /** Files that recovery would need, oldest first, each with the last index it holds. */
  private final Deque<Kept> kept = new ArrayDeque<>();

  private long lastId;
  private int lastName;
  private boolean preparing;

  private record Kept(Path path, long lastIndex, long bytes) {}

  JournalFiles(ShardFiles files, int shard, JournalSettings settings, Executor background) {
    this.disk = files.disk();
    this.directory = files.journal();
    this.shard = shard;
    this.settings = settings;
    this.background = background;
  }

  /** Takes note of a file that recovery found: of its id, and of what it holds. */
  synchronized void found(Path path, long id, long lastIndex, long bytes) {
    lastId = Math.max(lastId, id);
    String name = path.getFileName().toString();
    lastName = Math.max(lastName, Integer.parseInt(name, 0, name.indexOf('.'), 10));
    if (lastIndex > 0) {
      kept.add(new Kept(path, lastIndex, bytes));
    } else {
      superfluous.add(path);
    }
  }

  /** Begins the next file. {@code bytes} is the least it must hold. */
  JournalFile next(long firstIndex, long bytes) throws IOException {
    JournalFile file = nextUnsealed(bytes);
    file.seal(shard, firstIndex);
    // Recovery takes entries behind a broken header for damage, so none may be on disk before the
    // header is.
    file.sync();
    return file;
  }

  /** Begins the next file without its header. */
  JournalFile nextUnsealed(long bytes) throws IOException {
    JournalFile file;
    Path path;
    synchronized (this) {
      file = spares.peek() != null && spares.peek().capacity() >= bytes ? spares.poll() : null;
      path = file != null ? file.path() : unusedPath();
    }
    if (file == null) {
      disk.createDirectories(directory);
      file = JournalFile.prepare(disk, path, Math.max(bytes, settings.firstFileBytes()));
      disk.syncDirectory(directory);
    }
    long id;
    synchronized (this) {
      id = ++lastId;
    }
    file.beginUnsealed(id);
    return file;
  }

  private Path unusedPath() {
    Path path = superfluous.poll();
    return path != null ? path : directory.resolve(String.format("%06d.journal", ++lastName));
  }

  /** Takes note that a file is full and begins to prepare another. */
  synchronized void full(JournalFile file) {
    kept.add(new Kept(file.path(), file.lastIndex(), file.capacity()));
  }

  /** Has a spare file prepared, unless there is one. */
  void prepareSpare() {
    Path path;
    synchronized (this) {
      if (preparing || !spares.isEmpty()) {
        return;
      }
      preparing = true;
      path = unusedPath();
    }
    try {
      background.execute(() -> prepare(path));
    } catch (java.util.concurrent.RejectedExecutionException e) {
      synchronized (this) {
        preparing = false;
      }
    }
  }

  private void prepare(Path path) {
    JournalFile file = null;
    try {
      disk.createDirectories(directory);
      file = JournalFile.prepare(disk, path, settings.fileBytes());
      disk.syncDirectory(directory);
    } catch (IOException e) {
      LOG.warn("cannot prepare journal file {}: {}", path, e.toString());
    }
    synchronized (this) {
      preparing = false;
      if (file != null) {
        spares.add(file);
      } else {
        superfluous.add(path);
      }
    }
  }

  /**
   * A checkpoint holds everything up to {@code index}: files that hold nothing later are free to be
   * used again, or deleted if there are enough.
   */
  void release(long index) throws IOException {
    List<Path> deleted = new ArrayList<>();
    synchronized (this) {
      while (!kept.isEmpty() && kept.peek().lastIndex <= index) {
        Kept free = kept.poll();
        long idle = settings.fileBytes() * (superfluous.size() + 1L);
        if (free.bytes < settings.fileBytes() / 2 || idle > settings.checkpointBytes()) {
          deleted.add(free.path);
        } else {
          superfluous.add(free.path);
        }
      }
    }
    for (Path path : deleted) {
      disk.delete(path);
    }
  }

  /** Bytes of the files that recovery would need, without the one being written. */
  synchronized long keptBytes() {
    return kept.stream().mapToLong(Kept::bytes).sum();
  }

  synchronized void close() throws IOException {
    for (@Nullable JournalFile spare; (spare = spares.poll()) != null; ) {
      spare.close();
    }
  }
}
