package io.millrace.cli;

import io.millrace.producer.Keys;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How records spread over a topic of so many partitions, by one of the producer's partitioners:
 * counted, not estimated, for any number of records. Those whose key decides nothing count for each
 * partition alike. Not thread safe.
 */
final class KeySpread {

  private final String partitioner;
  private final long[] records;
  private long anywhere;

  /**
   * @param partitioner one of {@link Keys#partitioners}
   * @param partitions at least 1
   */
  KeySpread(String partitioner, int partitions) {
    this.partitioner = partitioner;
    this.records = new long[partitions];
  }

  void add(byte @Nullable [] key) {
    if (Keys.decides(partitioner, key)) {
      records[Keys.partitionOf(partitioner, key, records.length)]++;
    } else {
      anywhere++;
    }
  }

  int partitions() {
    return records.length;
  }

  /** The partition with the most records; the first of several. */
  int fullest() {
    int fullest = 0;
    for (int i = 1; i < records.length; i++) {
      fullest = records[i] > records[fullest] ? i : fullest;
    }
    return fullest;
  }

  /** The share of the fullest partition in all records, 0 if there are none. */
  double fullestShare() {
    return share(Arrays.stream(records).max().orElse(0));
  }

  /**
   * What the share of the fullest partition would be if some keys were salted, their records spread
   * evenly over the salts.
   *
   * @param keys of those that were added; what may be counted too much of one stays where it is
   * @see Keys#salted(byte[], int)
   */
  double fullestShareSalted(List<HotKeys.Hot> keys, int salts) {
    double[] salted = Arrays.stream(records).asDoubleStream().toArray();
    for (HotKeys.Hot hot : keys) {
      if (!Keys.decides(partitioner, hot.key())) {
        continue;
      }
      double moved = hot.count() - hot.error();
      salted[Keys.partitionOf(partitioner, hot.key(), salted.length)] -= moved;
      for (int salt = 0; salt < salts; salt++) {
        byte[] key = Keys.salted(hot.key(), salts, salt);
        salted[Keys.partitionOf(partitioner, key, salted.length)] += moved / salts;
      }
    }
    return share(Arrays.stream(salted).max().orElse(0));
  }

  private double share(double most) {
    double all = anywhere + (double) Arrays.stream(records).sum();
    return all == 0 ? 0 : (most + (double) anywhere / records.length) / all;
  }
}
