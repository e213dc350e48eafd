package io.millrace.log;

import java.io.IOException;
import java.util.List;

/**
 * Segments that a trim took out of a log, still on disk: to be deleted once a checkpoint knows of
 * the trim.
 */
public final class TrimmedSegments {

  private final Disk disk;
  private final List<Segment> segments;

  TrimmedSegments(Disk disk, List<Segment> segments) {
    this.disk = disk;
    this.segments = segments;
  }

  public boolean isEmpty() {
    return segments.isEmpty();
  }

  /** Deletes the files. Transfers under way go on. Any thread. */
  public void delete() throws IOException {
    for (Segment segment : segments) {
      segment.abandonFile();
      disk.delete(IndexFile.offsetsPath(segment.path()));
      disk.delete(IndexFile.timesPath(segment.path()));
      disk.delete(segment.path());
    }
  }
}
