package io.millrace.kafka;

import io.millrace.log.LogSlice;
import io.millrace.wire.Payload;

/**
 * Records of a fetch response that are still in their segment. Whoever sends or drops it closes the
 * slice.
 */
public record SlicePayload(LogSlice slice) implements Payload {

  @Override
  public int size() {
    return slice.size();
  }
}
