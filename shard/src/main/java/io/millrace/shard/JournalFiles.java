package io.millrace.shard;

import io.millrace.log.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of a journal: those that recovery would need, and spare ones that were written in
 * advance.
 *
 * <p>The journal takes the next file; a finished checkpoint gives back those it made superfluous,
 * and they become spares. When the last spare is taken, another is prepared in the background, a
 * little at a time as the journal moves on: the disk has other syncs to do. Without a spare the
 * journal goes on in a small new file, which costs slower syncs and nothing else.
 */
final class JournalFiles {

  private static final Logger LOG = LoggerFactory.getLogger(JournalFiles.class);

  /** Part of a file by which a spare is ahead of the journal while it is prepared. */
  private static final double AHEAD = 0.25;

  private final Disk disk;
  private final Path directory;
  private final int shard;
  private final JournalSettings settings;
  private final RandomGenerator random;
  private final Executor background;

  // All guarded by this.
  private final Deque<JournalFile> spares = new ArrayDeque<>();
  private final Deque<Path> superfluous = new ArrayDeque<>();

  /** Files that recovery would need, oldest first, each with the last index it holds. */
  private final Deque<Kept> kept = new ArrayDeque<>();

  private long lastId;
  private int lastName;
  private boolean preparing;
  private @Nullable JournalFile unfinished;

  /** How far the next spare has been written; {@code Long.MAX_VALUE} if nothing is to be done. */
  private volatile long preparedBytes;

  /** How far it should be. */
  private volatile long wantedBytes;

  private record Kept(Path path, long lastIndex, long bytes) {}

  JournalFiles(ShardFiles files, int shard, JournalSettings settings, Surroundings surroundings) {
    this.disk = files.disk();
    this.directory = files.journal();
    this.shard = shard;
    this.settings = settings;
    this.random = surroundings.random();
    this.background = surroundings.background();
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
      preparedBytes = spares.isEmpty() ? unfinishedBytes() : Long.MAX_VALUE;
    }
    if (file == null) {
      disk.createDirectories(directory);
      file = JournalFile.prepare(disk, path, Math.max(bytes, settings.firstFileBytes()));
      disk.syncDirectory(directory);
    }
    long id;
    synchronized (this) {
      id = JournalFile.idAfter(lastId, random);
      lastId = id;
    }
    file.beginUnsealed(id);
    return file;
  }

  private Path unusedPath() {
    Path path = superfluous.poll();
    return path != null ? path : directory.resolve(String.format("%06d.journal", ++lastName));
  }

  /** Takes note that a file is full. */
  synchronized void full(JournalFile file) {
    kept.add(new Kept(file.path(), file.lastIndex(), file.capacity()));
  }

  /**
   * Has the next spare prepared so far that it stays {@link #AHEAD a part} of a file ahead of the
   * journal. Called with every entry.
   *
   * @param position where the journal is in its file
   * @param capacity how long that file is
   */
  void keepAhead(long position, long capacity) {
    long file = settings.fileBytes();
    double used = (double) position / capacity;
    long wanted = Math.min(file, (long) (file * (used + AHEAD)));
    wantedBytes = wanted;
    if (preparedBytes >= wanted) {
      return;
    }
    synchronized (this) {
      if (preparing || !spares.isEmpty()) {
        return;
      }
      preparing = true;
    }
    try {
      background.execute(this::prepare);
    } catch (RejectedExecutionException e) {
      synchronized (this) {
        preparing = false;
      }
    }
  }

  private void prepare() {
    JournalFile file;
    Path path;
    synchronized (this) {
      file = unfinished;
      unfinished = null;
      path = file == null ? unusedPath() : file.path();
    }
    try {
      if (file == null) {
        disk.createDirectories(directory);
        file = JournalFile.unprepared(disk, path);
        disk.syncDirectory(directory);
      }
      while (file.capacity() < wantedBytes) {
        file.prewrite(settings.fileBytes());
        preparedBytes = file.capacity();
      }
      synchronized (this) {
        boolean done = file.capacity() >= settings.fileBytes();
        unfinished = done ? null : file;
        if (done) {
          spares.add(file);
          preparedBytes = Long.MAX_VALUE;
        }
        preparing = false;
      }
    } catch (Throwable e) {
      try {
        LOG.warn("cannot prepare journal file {}: {}", path, e.toString());
        closeQuietly(file);
      } finally {
        synchronized (this) {
          superfluous.add(path);
          // Tried again when the next file is needed.
          preparedBytes = Long.MAX_VALUE;
          preparing = false;
        }
      }
    }
  }

  private static void closeQuietly(@Nullable JournalFile file) {
    if (file != null) {
      try {
        file.close();
      } catch (IOException e) {
        LOG.debug("closing {}: {}", file.path(), e.toString());
      }
    }
  }

  private long unfinishedBytes() {
    return unfinished == null ? 0 : unfinished.capacity();
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
    if (unfinished != null && !preparing) {
      unfinished.close();
    }
  }
}
