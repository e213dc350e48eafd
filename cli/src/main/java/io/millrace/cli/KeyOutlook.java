package io.millrace.cli;

import io.millrace.producer.Keys;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How full the fullest of so many partitions is, how full it would be with other keys, and what to
 * do. Shares are of all records, from 0 to 1.
 *
 * @param fullest its number
 * @param share its share
 * @param salted by number of salts, its share if the hottest keys were salted; empty if keys do not
 *     count
 * @param compound its share with compound keys; null if that was not asked
 * @param sentence the advice in words
 */
record KeyOutlook(
    int partitions,
    int fullest,
    double share,
    Map<Integer, Double> salted,
    @Nullable Double compound,
    Advice advice,
    String sentence) {

  /** Fuller than so many times its fair share: other keys, if they help. */
  private static final double FULL = 1.25;

  /** What makes less than this of the fullest partition's share helps. */
  private static final double HELPS = 0.85;

  /** Of two that help about as much, the simpler. */
  private static final double AS_GOOD = 1.1;

  private static final int RECORDS_MIN = 20;
  private static final int KEYS_MIN = 10;

  /** What to do. */
  enum Advice {
    /** The keys will do. */
    KEEP,
    /** Salt the hottest keys. */
    SALT,
    /** Make the keys of more parts. */
    COMPOUND,
    /** There are too few keys for so many partitions. */
    FEWER_PARTITIONS,
    /** Many keys met in one partition by chance. */
    OTHER_PARTITIONS,
    /** There are too few records to say. */
    LARGER_SAMPLE;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * What does not depend on the number of partitions.
   *
   * @param keys how many different ones
   * @param hottest those that would be salted
   */
  record Ground(String partitioner, long records, long keys, List<HotKeys.Hot> hottest) {}

  static KeyOutlook of(
      Ground ground, KeySpread spread, List<Integer> salts, @Nullable KeySpread compound) {
    Map<Integer, Double> salted = new LinkedHashMap<>();
    if (Keys.decides(ground.partitioner, new byte[1])) {
      salts.forEach(count -> salted.put(count, spread.fullestShareSalted(ground.hottest, count)));
    }
    Double with = compound == null ? null : compound.fullestShare();
    KeyOutlook open =
        new KeyOutlook(
            spread.partitions(),
            spread.fullest(),
            spread.fullestShare(),
            salted,
            with,
            Advice.KEEP,
            "");
    return open.advised(ground);
  }

  /** What each partition would have if all had the same. */
  double fairShare() {
    return 1.0 / partitions;
  }

  private KeyOutlook advised(Ground ground) {
    String times = "the fullest has " + times(share) + " its fair share";
    if (ground.records < (long) RECORDS_MIN * partitions) {
      return advised(
          Advice.LARGER_SAMPLE, times + ", but so few records say little: take a larger sample");
    }
    if (share <= FULL * fairShare()) {
      return advised(Advice.KEEP, times + ": even enough, keep the keys");
    }
    double best = salted.values().stream().mapToDouble(one -> one).min().orElse(1);
    if (compound != null && compound < HELPS * share && compound <= AS_GOOD * best) {
      return advised(Advice.COMPOUND, times + ", with compound keys " + times(compound));
    }
    if (best < HELPS * share) {
      for (Map.Entry<Integer, Double> one : salted.entrySet()) {
        if (one.getValue() <= AS_GOOD * best) {
          return advised(
              Advice.SALT,
              times
                  + ", with "
                  + Amounts.count(one.getKey(), "salt")
                  + " on the hottest keys "
                  + times(one.getValue()));
        }
      }
    }
    double hottest =
        ground.hottest.isEmpty() ? 0 : (double) ground.hottest.get(0).count() / ground.records;
    if (hottest > fairShare()) {
      return advised(
          Advice.SALT,
          times
              + ": one key alone has "
              + times(hottest)
              + " that, it takes more salts or other keys");
    }
    if (ground.keys < (long) KEYS_MIN * partitions) {
      return advised(
          Advice.FEWER_PARTITIONS,
          times + ": " + Amounts.count(ground.keys, "key") + " are too few for so many partitions");
    }
    return advised(
        Advice.OTHER_PARTITIONS,
        times + ": keys met there by chance, and another number of partitions parts them");
  }

  private KeyOutlook advised(Advice what, String why) {
    return new KeyOutlook(
        partitions,
        fullest,
        share,
        salted,
        compound,
        what,
        Amounts.count(partitions, "partition") + ": " + why);
  }

  private String times(double of) {
    return Amounts.decimal(of / fairShare(), 2) + " times";
  }
}
