package io.millrace.log;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Bytes in a segment that are no batch, where a batch must begin. Says which file and where. */
public final class CorruptSegmentException extends IOException {

  private final transient @Nullable Segment segment;

  public CorruptSegmentException(String message) {
    super(message);
    this.segment = null;
  }

  /** Of a segment, which may be searched for batches that are intact. */
  CorruptSegmentException(Segment segment, String message) {
    super(message);
    this.segment = segment;
  }

  @Nullable Segment segment() {
    return segment;
  }
}
