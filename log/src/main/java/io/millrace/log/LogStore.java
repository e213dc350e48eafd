package io.millrace.log;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory that holds the logs of one shard, and what in it was changed since the last
 * checkpoint.
 *
 * <p>The set of changes belongs to the logs' writer; {@link #takeChanges} may be called by another
 * thread only while the writer rests.
 */
public final class LogStore {

  /** Above this many changed files one sync of the file system is cheaper than one for each. */
  static final int SYNC_EACH_MAX = 256;

  private static final Logger LOG = LoggerFactory.getLogger(LogStore.class);

  private final Disk disk;
  private final Path root;
  private final OpenFiles openFiles;
  private volatile boolean replaying;
  private final Queue<Segment> unindexed = new ConcurrentLinkedQueue<>();
  private Set<Segment> changedSegments = new LinkedHashSet<>();
  private Set<Path> changedFiles = new LinkedHashSet<>();
  private Set<Path> changedDirectories = new LinkedHashSet<>();
  private volatile long checkpointsBegun;
  private volatile long checkpointsFinished;

  /**
   * @param root the directory; made when the first log is
   */
  public LogStore(Disk disk, Path root, OpenFiles openFiles) {
    this.disk = disk;
    this.root = root;
    this.openFiles = openFiles;
  }

  public Disk disk() {
    return disk;
  }

  OpenFiles openFiles() {
    return openFiles;
  }

  public Path root() {
    return root;
  }

  Path directory(LogId log) {
    return root.resolve(log.directory());
  }

  /** Twenty digits, so that names sort as offsets do. */
  static String segmentName(long baseOffset) {
    return String.format("%020d.log", baseOffset);
  }

  Path segmentPath(LogId log, long baseOffset) {
    return directory(log).resolve(segmentName(baseOffset));
  }

  // --- replay ---

  /**
   * Whether what is appended now was appended before, and lies in the files already but for what a
   * crash took. Writing it over is much cheaper than cutting it off first; what then is still too
   * much goes with the first append after the replay, or with the next segment.
   */
  public void replaying(boolean now) {
    replaying = now;
  }

  boolean isReplaying() {
    return replaying;
  }

  // --- indexes ---

  void indexLater(Segment segment) {
    unindexed.add(segment);
  }

  /**
   * Indexes what this run found in the segments to which it has begun to append, so that no reader
   * has to wait for that. In the background.
   */
  public void indexWhatWasFound() {
    for (Segment segment; (segment = unindexed.poll()) != null; ) {
      try {
        segment.indexFront();
      } catch (SegmentGoneException e) {
        continue;
      } catch (IOException e) {
        LOG.warn("indexing {}: {}", segment, e.toString());
      }
    }
  }

  // --- changes since the last checkpoint ---

  void changed(Segment segment) {
    changedSegments.add(segment);
  }

  void fileWritten(Path file) {
    changedFiles.add(file);
  }

  /**
   * Makes a log's directory; the names in it and above it become durable with the next checkpoint.
   */
  void makeDirectory(LogId log) throws IOException {
    Path directory = directory(log);
    disk.createDirectories(directory);
    changedDirectories.add(directory.getParent());
    changedDirectories.add(root);
    Path parent = root.getParent();
    if (parent != null) {
      changedDirectories.add(parent);
    }
  }

  void directoryChanged(LogId log) {
    changedDirectories.add(directory(log));
  }

  /** Hands over everything that was changed since the last call: a checkpoint begins. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one checkpoint at a time
  public Changes takeChanges() {
    checkpointsBegun++;
    Changes changes =
        new Changes(
            new ArrayList<>(changedSegments),
            new ArrayList<>(changedFiles),
            new ArrayList<>(changedDirectories));
    changedSegments = new LinkedHashSet<>();
    changedFiles = new LinkedHashSet<>();
    changedDirectories = new LinkedHashSet<>();
    return changes;
  }

  /** The snapshot of the checkpoint that began last is durable. */
  public void checkpointFinished() {
    checkpointsFinished = checkpointsBegun;
  }

  /** How many checkpoints began in this run. */
  long checkpointsBegun() {
    return checkpointsBegun;
  }

  /** How many of those that began are finished: this many, counted from the first. */
  long checkpointsFinished() {
    return checkpointsFinished;
  }

  /** Files and directories to be made durable by a checkpoint. */
  public final class Changes {
    private final List<Segment> segments;
    private final List<Path> files;
    private final List<Path> directories;

    private Changes(List<Segment> segments, List<Path> files, List<Path> directories) {
      this.segments = segments;
      this.files = files;
      this.directories = directories;
    }

    /** How many files and directories changed. */
    public int size() {
      return segments.size() + files.size() + directories.size();
    }

    /** Syncs them all. A file that has been deleted meanwhile needs no sync. */
    public void sync() throws IOException {
      if (size() > SYNC_EACH_MAX) {
        for (Segment segment : segments) {
          segment.syncBegins();
        }
        if (disk.syncFileSystem(root)) {
          for (Segment segment : segments) {
            segment.checkSynced();
          }
          return;
        }
        for (Segment segment : segments) {
          segment.syncAgain();
        }
      }
      for (Segment segment : segments) {
        segment.sync();
      }
      for (Path file : files) {
        try (DiskFile open = disk.open(file, Disk.Mode.WRITE)) {
          open.sync();
        } catch (NoSuchFileException e) {
          continue;
        }
      }
      for (Path directory : directories) {
        if (disk.exists(directory)) {
          disk.syncDirectory(directory);
        }
      }
    }
  }

  // --- whole logs ---

  /** Topic ids that have a directory here. */
  public Set<UUID> topicIds() throws IOException {
    Set<UUID> ids = new HashSet<>();
    for (String name : disk.list(root)) {
      try {
        ids.add(LogId.topicId(name));
      } catch (IllegalArgumentException e) {
        // Not made by us: left alone.
        continue;
      }
    }
    return ids;
  }

  /** Deletes everything that is stored for one topic. */
  public void deleteTopic(UUID topicId) throws IOException {
    Path topic = root.resolve(LogId.topicDirectory(topicId));
    for (String partition : disk.list(topic)) {
      Path directory = topic.resolve(partition);
      for (String name : disk.list(directory)) {
        disk.delete(directory.resolve(name));
      }
      disk.delete(directory);
    }
    disk.delete(topic);
  }
}
