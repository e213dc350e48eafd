package io.millrace.producer;

import io.millrace.record.Header;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** By the hash of the key. */
final class KeyPartitioning implements Partitioning {

  private static final byte[] EMPTY = {};

  private final KeyHash hash;
  private final @Nullable Partitioning keyless;
  private final boolean emptyIsNone;

  /**
   * @param keyless where messages without a key go; null for where the hash of nothing points
   * @param emptyIsNone whether an empty key counts as none
   */
  KeyPartitioning(KeyHash hash, @Nullable Partitioning keyless, boolean emptyIsNone) {
    this.hash = hash;
    this.keyless = keyless;
    this.emptyIsNone = emptyIsNone;
  }

  @Override
  public int choose(
      byte @Nullable [] key,
      byte @Nullable [] value,
      @Nullable List<Header> headers,
      PartitionQueue[] queues,
      long nowNanos) {
    if (keyless != null && (key == null || emptyIsNone && key.length == 0)) {
      return keyless.choose(key, value, headers, queues, nowNanos);
    }
    return hash.partition(key == null ? EMPTY : key, queues.length);
  }
}
