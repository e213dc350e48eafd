package io.millrace.producer;

import java.util.ArrayList;
import java.util.List;

/**
 * Values as they came: their sum for ever, and their rate, mean and largest over the recent past.
 * Not thread safe.
 *
 * <p>The recent past is kept as kafka-clients keeps it, so that its numbers are these: in samples
 * of {@code metrics.sample.window.ms}, one more than {@code metrics.num.samples}, of which those
 * that nothing came to for the length of all are forgotten. A rate is taken over the time since the
 * oldest began (at the first value, or the first look), but over all but one of the samples at
 * least: a rate does not leap at the start.
 *
 * @see "org.apache.kafka.common.metrics.stats: SampledStat, Rate"
 */
final class Sampled {

  /**
   * How samples are taken.
   *
   * @param sampleMs {@code metrics.sample.window.ms}, at least 1
   * @param samples {@code metrics.num.samples}, at least 1
   */
  record Span(long sampleMs, int samples) {

    long wholeMs() {
      return sampleMs * samples;
    }
  }

  private static final class Sample {
    private long startMs;
    private long lastMs;
    private long count;
    private double sum;
    private double max;

    Sample(long nowMs) {
      begin(nowMs);
    }

    private void begin(long nowMs) {
      startMs = nowMs;
      lastMs = nowMs;
      count = 0;
      sum = 0;
      max = Double.NEGATIVE_INFINITY;
    }
  }

  private final Span span;
  private final List<Sample> samples = new ArrayList<>(3);
  private int current;
  private double total;
  private long count;

  Sampled(Span span) {
    this.span = span;
  }

  void add(double value, long nowMs) {
    Sample sample = current(nowMs);
    if (nowMs - sample.startMs >= span.sampleMs) {
      sample = next(nowMs);
    }
    sample.count++;
    sample.sum += value;
    sample.max = Math.max(sample.max, value);
    sample.lastMs = nowMs;
    total += value;
    count++;
  }

  private Sample current(long nowMs) {
    if (samples.isEmpty()) {
      samples.add(new Sample(nowMs));
    }
    return samples.get(current);
  }

  private Sample next(long nowMs) {
    current = (int) ((current + 1L) % (span.samples + 1L));
    if (current >= samples.size()) {
      samples.add(new Sample(nowMs));
    } else {
      samples.get(current).begin(nowMs);
    }
    return samples.get(current);
  }

  private void forget(long nowMs) {
    for (Sample sample : samples) {
      if (nowMs - sample.lastMs >= span.wholeMs()) {
        sample.begin(nowMs);
      }
    }
  }

  /** The sum of everything that ever came. */
  double total() {
    return total;
  }

  /** How many values ever came. */
  long count() {
    return count;
  }

  /** The sum of the recent values per second; 0 if there are none. */
  double rate(long nowMs) {
    return perSecond(recentSum(nowMs), nowMs);
  }

  /** The number of the recent values per second; 0 if there are none. */
  double countRate(long nowMs) {
    return perSecond(recentCount(nowMs), nowMs);
  }

  private double perSecond(double amount, long nowMs) {
    return amount * 1000 / rateMs(nowMs);
  }

  /** The time that a rate is taken over. */
  long rateMs(long nowMs) {
    forget(nowMs);
    long start = current(nowMs).startMs;
    for (Sample sample : samples) {
      start = Math.min(start, sample.startMs);
    }
    long elapsed = nowMs - start;
    long whole = elapsed / span.sampleMs;
    if (whole < span.samples - 1) {
      elapsed += (span.samples - 1 - whole) * span.sampleMs;
    }
    return Math.max(1, elapsed);
  }

  double recentSum(long nowMs) {
    forget(nowMs);
    double sum = 0;
    for (Sample sample : samples) {
      sum += sample.sum;
    }
    return sum;
  }

  long recentCount(long nowMs) {
    forget(nowMs);
    long recent = 0;
    for (Sample sample : samples) {
      recent += sample.count;
    }
    return recent;
  }

  /** The mean of the recent values; not a number if there are none. */
  double mean(long nowMs) {
    long recent = recentCount(nowMs);
    return recent == 0 ? Double.NaN : recentSum(nowMs) / recent;
  }

  /** The largest of the recent values; not a number if there are none. */
  double max(long nowMs) {
    if (recentCount(nowMs) == 0) {
      return Double.NaN;
    }
    double max = Double.NEGATIVE_INFINITY;
    for (Sample sample : samples) {
      max = Math.max(max, sample.max);
    }
    return max;
  }
}
