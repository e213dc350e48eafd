package io.millrace.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * Counts records, bytes and times while a load runs; says every second how it goes and at the end
 * how it went. One thread or several record; one reports.
 */
final class Measurement {

  private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

  /** Times are told apart to three digits, whatever their size. */
  private static final int DIGITS = 3;

  private final String what;
  private final String timed;
  private final Terminal terminal;
  private final Recorder recorder = new Recorder(DIGITS);
  private final Histogram total = new Histogram(DIGITS);
  private final long beganNs = System.nanoTime();
  private long records;
  private long bytes;
  private long failed;

  // The reporter's.
  private long reportedNs = beganNs;
  private long reportedRecords;
  private long reportedBytes;

  /**
   * @param what what happens to a record, as in "produced"
   * @param timed what the times are of
   */
  Measurement(String what, String timed, Terminal terminal) {
    this.what = what;
    this.timed = timed;
    this.terminal = terminal;
  }

  synchronized void count(int recordCount, long byteCount) {
    records += recordCount;
    bytes += byteCount;
  }

  void time(long ns) {
    recorder.recordValue(Math.max(0, TimeUnit.NANOSECONDS.toMicros(ns)));
  }

  synchronized void failed() {
    failed++;
  }

  synchronized long records() {
    return records;
  }

  synchronized long failures() {
    return failed;
  }

  /** Says how it goes, if the last word is a second old. */
  void reportProgress() {
    long now = System.nanoTime();
    if (now - reportedNs < SECOND_NS) {
      return;
    }
    double seconds = (now - reportedNs) / (double) SECOND_NS;
    Histogram interval = recorder.getIntervalHistogram();
    total.add(interval);
    long recordsNow;
    long bytesNow;
    synchronized (this) {
      recordsNow = records;
      bytesNow = bytes;
    }
    terminal.complain(
        what
            + " "
            + Amounts.count(recordsNow, "record")
            + ", "
            + rates(recordsNow - reportedRecords, bytesNow - reportedBytes, seconds)
            + (interval.getTotalCount() == 0
                ? ""
                : ", "
                    + timed
                    + " p50 "
                    + ms(interval, 50)
                    + " ms, p99 "
                    + ms(interval, 99)
                    + " ms"));
    reportedNs = now;
    reportedRecords = recordsNow;
    reportedBytes = bytesNow;
  }

  private static String rates(long records, long bytes, double seconds) {
    return Amounts.decimal(records / seconds, 0)
        + " records/s, "
        + Amounts.decimal(bytes / seconds / (1 << 20), 2)
        + " MiB/s";
  }

  private static String ms(Histogram histogram, double percentile) {
    return Amounts.decimal(histogram.getValueAtPercentile(percentile) / 1000.0, 2);
  }

  /** Says how it went. */
  synchronized void reportEnd(boolean json) {
    total.add(recorder.getIntervalHistogram());
    double seconds = Math.max(1, System.nanoTime() - beganNs) / (double) SECOND_NS;
    if (json) {
      terminal.say(Json.text(document(seconds)));
      return;
    }
    terminal.say(
        what
            + " "
            + Amounts.count(records, "record")
            + ", "
            + Amounts.bytes(bytes)
            + " in "
            + Amounts.decimal(seconds, 2)
            + " s: "
            + rates(records, bytes, seconds)
            + (failed == 0 ? "" : ", " + failed + " failed"));
    if (total.getTotalCount() > 0) {
      terminal.say(
          timed
              + " p50 "
              + ms(total, 50)
              + " ms, p95 "
              + ms(total, 95)
              + " ms, p99 "
              + ms(total, 99)
              + " ms, p99.9 "
              + ms(total, 99.9)
              + " ms, max "
              + ms(total, 100)
              + " ms");
    }
  }

  private Map<String, @Nullable Object> document(double seconds) {
    Map<String, Object> times = new LinkedHashMap<>();
    times.put("of", timed);
    times.put("p50", total.getValueAtPercentile(50) / 1000.0);
    times.put("p95", total.getValueAtPercentile(95) / 1000.0);
    times.put("p99", total.getValueAtPercentile(99) / 1000.0);
    times.put("p99.9", total.getValueAtPercentile(99.9) / 1000.0);
    times.put("max", total.getMaxValue() / 1000.0);
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("records", records);
    document.put("bytes", bytes);
    document.put("failed", failed);
    document.put("seconds", seconds);
    document.put("records_per_s", records / seconds);
    document.put("mib_per_s", bytes / seconds / (1 << 20));
    document.put("ms", total.getTotalCount() == 0 ? null : times);
    return document;
  }
}
