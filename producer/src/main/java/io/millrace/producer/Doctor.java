package io.millrace.producer;

import io.millrace.producer.Finding.Rule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Says which setting to change, and why, from what was seen in the recent past. It changes nothing
 * and remembers nothing.
 *
 * <p>A rule speaks where enough was seen: of batches a hundred, of seconds five or ten. A low rate
 * of messages is no fault, though each goes in a batch of its own.
 */
final class Doctor {

  private static final int BATCHES_MIN = 100;
  private static final double BATCH_RATE_MIN = 20;
  private static final double BATCH_MESSAGES_MIN = 10;
  private static final double LATENCY_MS_MAX = 100;
  private static final double HELD_SHARE_MAX = 0.5;
  private static final double ERROR_SHARE_MAX = 0.001;
  private static final double VARIATION_MAX = 0.5;
  private static final int SKEW_MESSAGES_MIN = 1000;
  private static final long BACKLOG_MIN = 1000;

  /** Kafka's own default: what batches are compared with where nobody has chosen a size. */
  private static final int BATCH_BYTES_USUAL = 16_384;

  private static final int[] LINGERS_MS = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};

  private final Vitals seen;
  private final ProducerSettings settings;
  private final List<Finding> findings = new ArrayList<>();

  private Doctor(Vitals seen, ProducerSettings settings) {
    this.seen = seen;
    this.settings = settings;
  }

  static Diagnosis examine(Vitals seen, ProducerSettings settings) {
    Doctor doctor = new Doctor(seen, settings);
    doctor.batches();
    doctor.backlog();
    seen.topics().forEach(doctor::skew);
    doctor.stability();
    doctor.errors();
    doctor.latency();
    doctor.room();
    return new Diagnosis(doctor.findings, doctor.summary());
  }

  private String summary() {
    String over = "over the last " + number(seen.spanSeconds()) + " s";
    if (seen.batches() == 0 && seen.errorRate() == 0 && findings.isEmpty()) {
      return "Nothing was sent " + over + ": there is nothing to say.";
    }
    String sent =
        number(seen.sendRate())
            + " messages a second in batches of "
            + number(seen.batchMessages())
            + ", answered within "
            + number(seen.latencyMs())
            + " ms on average, "
            + over;
    return findings.isEmpty()
        ? "Healthy, nothing to change: " + sent + "."
        : (findings.size() == 1 ? "One thing" : findings.size() + " things")
            + " to look at: "
            + sent
            + ".";
  }

  // --- batches ---

  private void batches() {
    if (seen.batches() < BATCHES_MIN || seen.batchRate() < BATCH_RATE_MIN) {
      return;
    }
    double bytes = seen.batchBytes() / seen.packed();
    int goal = batchBytesWanted();
    if (bytes >= goal / 2.0) {
      return;
    }
    double lingerMs = settings.send().lingerNanos() / 1e6;
    if (seen.batchMessages() < BATCH_MESSAGES_MIN) {
      fewMessages(lingerMs);
    } else if (seen.batchMessages() < settings.batchLimits().messagesMax() / 2.0) {
      notFilled(bytes, goal, lingerMs);
    }
  }

  private void fewMessages(double lingerMs) {
    int proposed = longer(BATCH_MESSAGES_MIN / seen.partitionRate() * 1000, lingerMs);
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("messages-per-batch", seen.batchMessages());
    numbers.put("batches-per-second", seen.batchRate());
    numbers.put("active-partitions", (double) seen.activePartitions());
    numbers.put("linger.ms", lingerMs);
    numbers.put("proposed", (double) proposed);
    String begin =
        "A batch has "
            + number(seen.batchMessages())
            + " messages on average, and "
            + number(seen.batchRate())
            + " batches a second are sent to "
            + seen.activePartitions()
            + " partitions: ";
    find(
        Rule.SMALL_BATCHES,
        begin
            + (proposed > lingerMs
                ? raise("linger.ms", number(lingerMs), number(proposed))
                    + ", so that more share one (a message waits that long at most)."
                : "linger.ms="
                    + number(lingerMs)
                    + " is long already, so let messages go to fewer partitions, with"
                    + " sticky.partitioning.linger.ms or fewer keys."),
        numbers);
  }

  private void notFilled(double bytes, int goal, double lingerMs) {
    int proposed = longer(goal / seen.partitionByteRate() * 1000, lingerMs);
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("batch-size-avg", seen.batchBytes());
    numbers.put("uncompressed", bytes);
    numbers.put("wanted", (double) goal);
    numbers.put("linger.ms", lingerMs);
    numbers.put("proposed", (double) proposed);
    find(
        Rule.BATCHES_NOT_FILLED,
        "batch-size-avg is "
            + number(seen.batchBytes())
            + " bytes, "
            + number(bytes)
            + " before compression, of "
            + goal
            + " that a batch should have: "
            + (proposed > lingerMs
                ? raise("linger.ms", number(lingerMs), number(proposed))
                    + ", in which a partition gets so much at this rate."
                : "linger.ms="
                    + number(lingerMs)
                    + " is long already, so lower batch.size to about "
                    + number(bytes)
                    + ", or let messages go to fewer partitions."),
        numbers);
  }

  /** What was chosen; where nothing was, no more than what is usual. */
  private int batchBytesWanted() {
    BatchLimits limits = settings.batchLimits();
    int size = Math.min(limits.bytesMax(), limits.requestBytesMax());
    boolean chosen =
        settings.described().stream()
            .anyMatch(one ->
                one.name().equals("batch.size") && one.origin() != SettingInUse.Origin.DEFAULT);
    return chosen ? size : Math.min(size, BATCH_BYTES_USUAL);
  }

  /** A time that is at least so long, and longer than it is now; at most a second. */
  private static int longer(double wantedMs, double nowMs) {
    for (int ms : LINGERS_MS) {
      if (ms >= wantedMs && ms > nowMs) {
        return ms;
      }
    }
    return LINGERS_MS[LINGERS_MS.length - 1];
  }

  // --- what waits ---

  private void backlog() {
    List<Seconds.Second> seconds = seen.seconds();
    int third = seconds.size() / 3;
    if (seconds.size() < 5 || third == 0) {
      return;
    }
    double before = held(seconds.subList(0, third));
    double now = held(seconds.subList(seconds.size() - third, seconds.size()));
    long last = seconds.get(seconds.size() - 1).heldMessages();
    boolean much = now >= BACKLOG_MIN || heldShare(seconds.get(seconds.size() - 1)).share > 0.1;
    if (!much || now < 2 * before || last < now) {
      return;
    }
    double span = span(seconds);
    Map<String, Double> numbers = new LinkedHashMap<>();
    long first = seconds.get(0).heldMessages();
    numbers.put("held-before", (double) first);
    numbers.put("held-now", (double) last);
    numbers.put("growth-per-second", (last - first) / Math.max(1, span));
    numbers.put("record-send-rate", seen.sendRate());
    numbers.put("waiting-reports", (double) seen.waitingReports());
    String begin =
        "Messages that are held grew from "
            + first
            + " to "
            + last
            + " in "
            + number(span)
            + " s: ";
    find(Rule.BACKLOG_GROWS, begin + backlogAdvice(), numbers);
  }

  private String backlogAdvice() {
    if (seen.waitingReports() > seen.heldMessages() / 2) {
      return seen.waitingReports()
          + " of them are done with and wait for their reports to be handed over, so call poll()"
          + " more often, or have callbacks do less.";
    }
    BatchLimits limits = settings.batchLimits();
    int size = Math.min(limits.bytesMax(), limits.requestBytesMax());
    String more = "use more producers, each with a connection and a thread of its own";
    return size < BATCH_BYTES_USUAL * 64
        ? raise("batch.size", Integer.toString(size), Integer.toString(4 * Math.max(1024, size)))
            + ", so that a request carries more, or "
            + more
            + "."
        : "batch.size=" + size + " is large already, so " + more + ", or produce less.";
  }

  private static double held(List<Seconds.Second> seconds) {
    return seconds.stream().mapToLong(Seconds.Second::heldMessages).average().orElse(0);
  }

  private static double span(List<Seconds.Second> seconds) {
    long first = seconds.get(0).endNanos();
    return (seconds.get(seconds.size() - 1).endNanos() - first) / 1e9;
  }

  /** Of which limit most is taken, and how much of it. */
  private record Held(String setting, double most, double taken, double share) {}

  private Held heldShare(Seconds.Second at) {
    double messagesShare =
        settings.messagesMax() == 0 ? 0 : (double) at.heldMessages() / settings.messagesMax();
    double bytesShare = (double) at.heldBytes() / settings.bytesMax();
    return messagesShare >= bytesShare
        ? new Held(
            "queue.buffering.max.messages",
            settings.messagesMax(),
            at.heldMessages(),
            messagesShare)
        : new Held(
            "queue.buffering.max.kbytes",
            settings.bytesMax() / 1024.0,
            at.heldBytes() / 1024.0,
            bytesShare);
  }

  private void room() {
    Held worst = heldShare(new Seconds.Second(0, 0, seen.heldMessages(), seen.heldBytes()));
    for (Seconds.Second second : seen.seconds()) {
      Held held = heldShare(second);
      worst = held.share > worst.share ? held : worst;
    }
    if (worst.share <= HELD_SHARE_MAX) {
      return;
    }
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("taken", worst.taken);
    numbers.put(worst.setting, worst.most);
    numbers.put("free-share", 1 - worst.share);
    numbers.put("buffer-available-bytes", (double) settings.bytesMax() - seen.heldBytes());
    find(
        Rule.LITTLE_ROOM,
        percent(worst.share)
            + " of the room was taken in the last minute, by "
            + number(worst.taken)
            + " of "
            + worst.setting
            + "="
            + number(worst.most)
            + ": "
            + raise(worst.setting, number(worst.most), number(2 * worst.most))
            + " if bursts are to be taken up, or produce more slowly, for at the limit messages"
            + " are refused or wait.",
        numbers);
  }

  // --- keys ---

  private void skew(Vitals.Shares of) {
    if (of.partitions() < 2 || of.messages() < SKEW_MESSAGES_MIN) {
      return;
    }
    double fair = of.fairShare();
    // Batches fall on partitions by chance too: what three deviations can explain is no skew.
    double chance = 3 * Math.sqrt(fair * (1 - fair) / of.batches());
    if (of.share() <= fair + Math.max((1 - fair) / 4, chance)) {
      return;
    }
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("partition", (double) of.hottest());
    numbers.put("share", of.share());
    numbers.put("fair-share", fair);
    numbers.put("messages", (double) of.messages());
    find(
        Rule.KEY_SKEW,
        "Partition "
            + of.hottest()
            + " of "
            + of.topic()
            + " got "
            + percent(of.share())
            + " of "
            + of.messages()
            + " messages, where "
            + percent(fair)
            + " would be its share of "
            + of.partitions()
            + ": the others' batches stay small and this one's broker does the work, so take keys"
            + " that divide better (Keys.compound, Keys.salted), or none, or another partitioner.",
        numbers);
  }

  // --- the broker ---

  private void stability() {
    List<Seconds.Second> seconds = seen.seconds();
    if (seconds.size() < 10) {
      return;
    }
    double mean = seconds.stream().mapToDouble(Seconds.Second::sent).average().orElse(0);
    double least = Double.MAX_VALUE;
    double most = 0;
    double squares = 0;
    long heldInLow = Long.MAX_VALUE;
    for (Seconds.Second one : seconds) {
      least = Math.min(least, one.sent());
      most = Math.max(most, one.sent());
      squares += (one.sent() - mean) * (one.sent() - mean);
      if (one.sent() < mean / 2) {
        heldInLow = Math.min(heldInLow, one.heldMessages());
      }
    }
    double variation = Math.sqrt(squares / seconds.size()) / mean;
    if (mean < 1 || variation <= VARIATION_MAX) {
      return;
    }
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("least-per-second", least);
    numbers.put("most-per-second", most);
    numbers.put("mean-per-second", mean);
    numbers.put("variation", variation);
    double lingerMs = settings.send().lingerNanos() / 1e6;
    boolean waited = heldInLow > 0 && heldInLow < Long.MAX_VALUE;
    String why;
    if (!waited) {
      why =
          "in seconds with few nothing waited, so the application gave them so; no setting helps.";
    } else if (lingerMs >= 500) {
      why =
          "messages waited meanwhile for linger.ms, so lower linger.ms from "
              + number(lingerMs)
              + " to 100 to have them go evenly.";
    } else {
      why =
          "messages waited meanwhile, so the broker took them unevenly; look at its disks and at"
              + " request-latency-max, and lower batch.size if single requests hold up the others.";
    }
    find(
        Rule.SEND_RATE_UNSTABLE,
        "record-send-rate went between "
            + number(least)
            + " and "
            + number(most)
            + " a second in the last "
            + seconds.size()
            + " seconds: "
            + why,
        numbers);
  }

  private void errors() {
    if (seen.errorRate() == 0) {
      return;
    }
    double share = seen.errorRate() / Math.max(seen.sendRate(), seen.errorRate());
    if (share <= ERROR_SHARE_MAX) {
      return;
    }
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("record-error-rate", seen.errorRate());
    numbers.put("record-send-rate", seen.sendRate());
    numbers.put("share", share);
    ProducerError last = seen.lastError();
    find(
        Rule.ERRORS,
        "record-error-rate is "
            + number(seen.errorRate())
            + " a second beside "
            + number(seen.sendRate())
            + " sent, where it should be 0: "
            + errorAdvice(last)
            + (last == null ? "" : " The last: " + last),
        numbers);
  }

  private static String errorAdvice(@Nullable ProducerError last) {
    if (last != null && last.code() == LocalError.MSG_TIMED_OUT.code()) {
      return "messages run out of time, so look at the brokers' health, and raise"
          + " delivery.timeout.ms if they are only slow.";
    }
    return last != null && last.retriable()
        ? "look at the brokers' health; retries or delivery.timeout.ms ended before they were well."
        : "brokers refuse these messages for good; mend that, and with failure.policy=dead_letter"
            + " they are kept meanwhile.";
  }

  private void latency() {
    if (seen.requests() < 3 || !(seen.latencyMs() > LATENCY_MS_MAX)) {
      return;
    }
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("request-latency-avg", seen.latencyMs());
    numbers.put("requests", (double) seen.requests());
    find(
        Rule.SLOW_REQUESTS,
        "request-latency-avg is "
            + number(seen.latencyMs())
            + " ms over "
            + seen.requests()
            + " requests, where less than 100 is healthy: look at the network and the brokers'"
            + " disks"
            + (settings.send().acks() == -1
                ? "; acks=1 in place of acks=all would not wait for replicas, at the price of loss"
                    + " when a leader fails."
                : "; acks="
                    + settings.send().acks()
                    + " waits for no replica, so it is not replication."),
        numbers);
  }

  // --- words ---

  private void find(Rule rule, String sentence, Map<String, Double> numbers) {
    findings.add(new Finding(rule, sentence, numbers));
  }

  private static String raise(String setting, String from, String to) {
    return "raise " + setting + " from " + from + " to " + to;
  }

  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "unknown";
    }
    return value == Math.rint(value)
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, Math.abs(value) < 10 ? "%.2f" : "%.1f", value);
  }

  private static String percent(double share) {
    return Math.round(100 * share) + " %";
  }
}
