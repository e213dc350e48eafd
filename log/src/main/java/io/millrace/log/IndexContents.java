package io.millrace.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What an index file says, for tools. Whether it agrees with its segment is not looked at: an index
 * that does not is built again.
 *
 * @param isOfTimes whether it is a time index; an offset index otherwise
 * @param baseOffset base offset of the segment
 * @param coveredBytes bytes of the segment that it is about
 * @param nextOffset offset after the last record in these
 * @param entries of an offset index offset and position, of a time index timestamp and offset
 */
public record IndexContents(
    boolean isOfTimes, long baseOffset, long coveredBytes, long nextOffset, List<Pair> entries) {

  /** One entry, in the order in which it is written. */
  public record Pair(long first, long second) {}

  /**
   * Reads an index file.
   *
   * @throws CorruptSegmentException if it is not one that this version wrote, with the reason
   */
  public static IndexContents read(Disk disk, Path file) throws IOException {
    ByteBuffer bytes = IndexFile.readWhole(disk, file);
    boolean times = bytes.getShort(6) == IndexFile.TIMES;
    long baseOffset = bytes.getLong(8);
    List<Pair> entries = new ArrayList<>();
    bytes.position(IndexFile.HEADER_BYTES);
    while (bytes.remaining() >= (times ? 16 : 8)) {
      long first = bytes.getLong();
      entries.add(
          times
              ? new Pair(first, baseOffset + bytes.getLong())
              : new Pair(baseOffset + (first >>> 32), first & 0xffff_ffffL));
    }
    return new IndexContents(times, baseOffset, bytes.getLong(16), bytes.getLong(24), entries);
  }
}
