package io.millrace.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Lines as bytes, ended by a newline, which is not part of them; the last one need not have one.
 */
final class LineReader {

  private final InputStream in;
  private final int bytesMax;
  private final byte[] buffer = new byte[64 * 1024];
  private int at;
  private int end;
  private long number;

  /**
   * @param bytesMax a longer line is refused
   */
  LineReader(InputStream in, int bytesMax) {
    this.in = in;
    this.bytesMax = bytesMax;
  }

  /**
   * The next line; null at the end.
   *
   * @throws CommandFailure if it is too long
   */
  byte @Nullable [] next() throws IOException {
    byte[] line = new byte[0];
    while (true) {
      if (at == end) {
        end = in.read(buffer, 0, buffer.length);
        at = 0;
        if (end <= 0) {
          end = 0;
          number += line.length == 0 ? 0 : 1;
          return line.length == 0 ? null : line;
        }
      }
      int stop = at;
      while (stop < end && buffer[stop] != '\n') {
        stop++;
      }
      int had = line.length;
      if (had + (stop - at) > bytesMax) {
        throw CommandFailure.refused(
            "LINE_TOO_LONG",
            "line " + (number + 1) + " is longer than " + Amounts.bytes(bytesMax),
            null);
      }
      line = Arrays.copyOf(line, had + stop - at);
      System.arraycopy(buffer, at, line, had, stop - at);
      boolean whole = stop < end;
      at = whole ? stop + 1 : stop;
      if (whole) {
        number++;
        return line;
      }
    }
  }

  /** Number of the last line, from 1. */
  long number() {
    return number;
  }
}
