package io.millrace.log;

import java.io.IOException;

/** Bytes in a segment that are no batch, where a batch must begin. Says which file and where. */
public final class CorruptSegmentException extends IOException {
  public CorruptSegmentException(String message) {
    super(message);
  }
}
