package io.millrace.log;

import java.io.IOException;

/**
 * The segment that a reader chose was deleted before the reader had opened it. The list of the
 * log's segments is another by now: choose again.
 */
final class SegmentGoneException extends IOException {
  SegmentGoneException(Segment segment) {
    super(segment + " was deleted");
  }
}
