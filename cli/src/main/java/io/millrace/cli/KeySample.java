package io.millrace.cli;

import io.millrace.producer.Keys;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the keys of records that went by, however many, in some tens of megabytes.
 * Thread safe.
 */
final class KeySample {

  /** Up to so many keys, and bytes of keys, counts are exact. */
  static final int KEYS_MAX = 100_000;

  static final long KEY_BYTES_MAX = 32 << 20;

  private final String partitioner;
  private final HotKeys hot;
  private final DistinctKeys distinct = new DistinctKeys();
  private final List<KeySpread> spreads;
  private final List<KeySpread> compounds;
  private long records;
  private long keyless;

  /**
   * @param partitions the numbers of partitions to look at
   */
  KeySample(String partitioner, List<Integer> partitions) {
    this(partitioner, partitions, new HotKeys(KEYS_MAX, KEY_BYTES_MAX));
  }

  KeySample(String partitioner, List<Integer> partitions, HotKeys hot) {
    this.partitioner = partitioner;
    this.hot = hot;
    this.spreads = spreads(partitioner, partitions);
    this.compounds = spreads(partitioner, partitions);
  }

  private static List<KeySpread> spreads(String partitioner, List<Integer> partitions) {
    return partitions.stream().map(count -> new KeySpread(partitioner, count)).toList();
  }

  /**
   * Counts a record.
   *
   * @param key null for none
   * @param part what would be the second part of a compound key; null if that is not asked
   */
  synchronized void add(byte @Nullable [] key, byte @Nullable [] part) {
    records++;
    if (key == null) {
      keyless++;
    } else {
      hot.add(key);
      distinct.add(key);
    }
    for (KeySpread spread : spreads) {
      spread.add(key);
    }
    if (part != null) {
      byte[] compound = key == null ? null : Keys.compound(text(key), text(part));
      for (KeySpread spread : compounds) {
        spread.add(compound);
      }
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /**
   * What was seen.
   *
   * @param keys how many different ones; an estimate if the counts are
   * @param countError how much too high the count of a key may be; 0 if all are exact
   * @param hottest those that came most often
   * @param outlooks one for each number of partitions
   */
  record Seen(
      long records,
      long keyless,
      long keys,
      long countError,
      List<HotKeys.Hot> hottest,
      List<KeyOutlook> outlooks) {

    boolean isExact() {
      return countError == 0;
    }
  }

  /**
   * What was seen so far.
   *
   * @param top how many of the hottest keys, which are those that would be salted
   * @param salts how many salts, each for itself
   * @param compound whether parts of compound keys were given
   */
  synchronized Seen seen(int top, List<Integer> salts, boolean compound) {
    List<HotKeys.Hot> hottest = hot.top(top).stream().filter(HotKeys.Hot::isCertain).toList();
    long keys = hot.error() == 0 ? hot.size() : distinct.estimate();
    List<KeyOutlook> outlooks = new ArrayList<>();
    for (int i = 0; i < spreads.size(); i++) {
      outlooks.add(
          KeyOutlook.of(
              new KeyOutlook.Ground(partitioner, records, keys, hottest),
              spreads.get(i),
              salts,
              compound ? compounds.get(i) : null));
    }
    return new Seen(records, keyless, keys, hot.error(), hottest, outlooks);
  }
}
