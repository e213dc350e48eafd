package io.millrace.producer;

import org.jspecify.annotations.Nullable;

/**
 * How partitions are chosen, as the settings say.
 *
 * @param name {@code partitioner}; overruled by {@code own}
 * @param own the application's; null if it gave none
 * @param ignoreKeys {@code partitioner.ignore.keys}
 * @param stickyNanos {@code sticky.partitioning.linger.ms}
 * @param batchBytes how large a batch may become
 * @param batchMessages how many messages it may have
 * @param adaptive {@code partitioner.adaptive.partitioning.enable}
 */
record PartitioningChoice(
    String name,
    @Nullable Partitioner own,
    boolean ignoreKeys,
    long stickyNanos,
    int batchBytes,
    int batchMessages,
    boolean adaptive) {

  private static final long FOREVER = Long.MAX_VALUE / 4;

  /** One for a topic: they keep state. */
  Partitioning forTopic(String topic) {
    if (own != null) {
      return new OwnPartitioning(topic, own);
    }
    return switch (name) {
      case "random" -> new RandomPartitioning();
      case "round_robin" -> new RoundRobinPartitioning();
      case "sticky" -> sticky(stickyNanos == 0 ? FOREVER : stickyNanos);
      case "consistent" -> byKey(KeyHash.CRC32, null, false);
      case "consistent_random" -> byKey(KeyHash.CRC32, keyless(), true);
      case "murmur2" -> byKey(KeyHash.MURMUR2, null, false);
      case "murmur2_random" -> byKey(KeyHash.MURMUR2, keyless(), false);
      case "fnv1a" -> byKey(KeyHash.FNV1A, null, false);
      case "fnv1a_random" -> byKey(KeyHash.FNV1A, keyless(), false);
      default -> throw new IllegalArgumentException("no partitioner " + name);
    };
  }

  private Partitioning byKey(KeyHash hash, @Nullable Partitioning keyless, boolean emptyIsNone) {
    return ignoreKeys ? keyless() : new KeyPartitioning(hash, keyless, emptyIsNone);
  }

  private Partitioning keyless() {
    return stickyNanos == 0 ? new RandomPartitioning() : sticky(stickyNanos);
  }

  private Partitioning sticky(long nanos) {
    return new StickyPartitioning(nanos, batchBytes, batchMessages, adaptive);
  }
}
