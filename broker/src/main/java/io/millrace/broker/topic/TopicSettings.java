package io.millrace.broker.topic;

import io.millrace.broker.setting.Setting;
import io.millrace.broker.setting.SettingValues;
import io.millrace.broker.setting.TopicTable;
import io.millrace.log.CleaningRules;
import io.millrace.log.LogSettings;
import io.millrace.log.Retention;
import io.millrace.record.BatchRules;
import io.millrace.record.Compression;
import io.millrace.record.TimestampType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one topic: what it sets itself over what the broker sets for all, parsed once.
 * Immutable.
 */
public final class TopicSettings {

  private static final List<String> THROTTLED =
      List.of("leader.replication.throttled.replicas", "follower.replication.throttled.replicas");
  private static final Pattern REPLICAS =
      Pattern.compile("\\s*|\\*|\\s*[0-9]+:[0-9]+\\s*(,\\s*[0-9]+:[0-9]+\\s*)*");

  private final SettingValues own;
  private final SettingValues effective;
  private final LogSettings log;
  private final Retention retention;
  private final @Nullable CleaningRules cleaning;
  private final BatchRules batches;
  private final @Nullable Compression recompressTo;
  private final int recompressLevel;
  private final boolean logAppendTime;
  private final boolean flushesToDisk;

  /**
   * @param set what the topic sets itself
   * @param broker the broker's settings
   * @throws IllegalArgumentException if a name is unknown or a value not allowed; the message is
   *     for the user
   */
  public TopicSettings(Map<String, String> set, SettingValues broker) {
    this.own = new SettingValues(TopicTable.TABLE, set);
    this.effective = new SettingValues(TopicTable.TABLE, overlay(own, broker));
    boolean compacted = effective.words("cleanup.policy").contains("compact");
    this.log =
        new LogSettings(
            effective.int32("segment.bytes"),
            segmentAgeMsMax(compacted),
            effective.number("segment.jitter.ms"),
            effective.int32("index.interval.bytes"),
            compacted);
    this.retention =
        isDeleted()
            ? new Retention(effective.number("retention.ms"), effective.number("retention.bytes"))
            : Retention.NONE;
    this.cleaning = compacted ? cleaningRules() : null;
    this.logAppendTime = effective.text("message.timestamp.type").equals("LogAppendTime");
    this.flushesToDisk = effective.text("flush").equals("disk");
    String codec = effective.text("compression.type");
    this.recompressTo =
        switch (codec) {
          case "producer" -> null;
          case "uncompressed" -> Compression.NONE;
          default -> Compression.valueOf(codec.toUpperCase(java.util.Locale.ROOT));
        };
    this.recompressLevel = level(codec);
    this.batches = rules(compacted, broker);
  }

  private static Map<String, String> overlay(SettingValues own, SettingValues broker) {
    Map<String, String> all = new HashMap<>();
    for (Setting row : TopicTable.TABLE.rows()) {
      String brokerName = row.brokerName();
      if (brokerName != null && broker.isSet(brokerName)) {
        all.put(row.name(), broker.text(brokerName));
      }
    }
    // A topic that says how long to keep records is not cut by a size nobody asked for.
    if (own.isSet("retention.ms") && !all.containsKey("retention.bytes")) {
      all.put("retention.bytes", "-1");
    }
    all.putAll(own.set());
    return all;
  }

  /** A segment that may not stay uncleaned for long is rolled in time. */
  private long segmentAgeMsMax(boolean compacted) {
    long ageMs = effective.number("segment.ms");
    return compacted ? Math.min(ageMs, effective.number("max.compaction.lag.ms")) : ageMs;
  }

  private CleaningRules cleaningRules() {
    return new CleaningRules(
        effective.real("min.cleanable.dirty.ratio"),
        effective.number("min.compaction.lag.ms"),
        effective.number("max.compaction.lag.ms"),
        effective.number("delete.retention.ms"));
  }

  private int level(String codec) {
    return switch (codec) {
      case "gzip" -> {
        int level = effective.int32("compression.gzip.level");
        yield level < 0 ? Compression.GZIP.levelDefault() : Math.max(1, level);
      }
      case "lz4" -> effective.int32("compression.lz4.level");
      case "zstd" -> effective.int32("compression.zstd.level");
      default -> 0;
    };
  }

  private BatchRules rules(boolean compacted, SettingValues broker) {
    BatchRules rules =
        BatchRules.DEFAULT
            .withBytesMax(
                effective.int32("max.message.bytes"), broker.int32("decompression.max.bytes"))
            .withTimestamps(
                logAppendTime ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME,
                effective.number("message.timestamp.before.max.ms"),
                effective.number("message.timestamp.after.max.ms"));
    if (compacted) {
      return rules.withKeysRequired();
    }
    // The header says when the first record and the latest were made, not the earliest.
    boolean looksInside =
        recompressTo != null
            || rules.boundsThePast()
            || broker.text("compressed.batches.check").equals("records");
    return rules.withDepth(looksInside ? BatchRules.Depth.FULL : BatchRules.Depth.STRUCTURE);
  }

  /**
   * What speaks against these settings though each alone is allowed. Asked before they are
   * accepted, never of those that were: a broker must start whatever it accepted once.
   *
   * @return a sentence for the user, null if nothing does
   */
  @Nullable String conflict(SettingValues broker) {
    long lagMin = effective.number("min.compaction.lag.ms");
    long lagMax = effective.number("max.compaction.lag.ms");
    if (lagMin > lagMax) {
      return "min.compaction.lag.ms ("
          + lagMin
          + ") is above max.compaction.lag.ms ("
          + lagMax
          + ")";
    }
    int batchMax = effective.int32("max.message.bytes");
    int requestMax = broker.int32("socket.request.max.bytes");
    if (own.isSet("max.message.bytes") && batchMax > requestMax) {
      return "max.message.bytes cannot be "
          + batchMax
          + ": no request may have more than "
          + requestMax
          + " bytes (socket.request.max.bytes, set at the broker's start)";
    }
    if (effective.int32("compression.gzip.level") == 0) {
      return "compression.gzip.level cannot be 0: it wants 1 to 9, or -1";
    }
    for (String name : THROTTLED) {
      if (!REPLICAS.matcher(effective.text(name)).matches()) {
        return name
            + " cannot be \""
            + effective.text(name)
            + "\": it wants partition:broker pairs with commas between them, or *";
      }
    }
    return null;
  }

  /** What the topic sets itself, by name. */
  public Map<String, String> set() {
    return own.set();
  }

  /** The value that counts, whoever set it. */
  public String text(String name) {
    return effective.text(name);
  }

  /** The value that counts, whoever set it. */
  public SettingValues effective() {
    return effective;
  }

  /** What the logs need to know. */
  public LogSettings log() {
    return log;
  }

  /** What a batch must be like to be taken. */
  public BatchRules batches() {
    return batches;
  }

  /** The codec that batches are stored in; null for the producer's. */
  public @Nullable Compression recompressTo() {
    return recompressTo;
  }

  public int recompressLevel() {
    return recompressLevel;
  }

  /** Whether records bear the time of their append. */
  public boolean logAppendTime() {
    return logAppendTime;
  }

  /** Whether acks=all waits for the disk; if not, for the operating system. */
  public boolean flushesToDisk() {
    return flushesToDisk;
  }

  public boolean isCompacted() {
    return log.compacted();
  }

  /** Whether old segments are deleted by age and size. */
  public boolean isDeleted() {
    return effective.words("cleanup.policy").contains("delete");
  }

  /** How long records are kept; for ever, if the topic is compacted and nothing else. */
  public Retention retention() {
    return retention;
  }

  /** When and how the logs are compacted; null if they are not. */
  public @Nullable CleaningRules cleaning() {
    return cleaning;
  }

  /** ms, -1 for ever. */
  public long retentionMs() {
    return effective.number("retention.ms");
  }

  /** Bytes of a partition, -1 for no limit. */
  public long retentionBytes() {
    return effective.number("retention.bytes");
  }
}
