package io.millrace.broker.setting;

import static io.millrace.broker.setting.Setting.choice;
import static io.millrace.broker.setting.Setting.choices;
import static io.millrace.broker.setting.Setting.flag;
import static io.millrace.broker.setting.Setting.int32;
import static io.millrace.broker.setting.Setting.int64;
import static io.millrace.broker.setting.Setting.number;
import static io.millrace.broker.setting.Setting.text;

import io.millrace.broker.setting.Setting.Kind;
import java.util.List;

/**
 * The settings of a topic. Names and ranges are Kafka's; where the default is ours, the prose says
 * so.
 */
public final class TopicTable {

  private static final long DAY_MS = 24L * 60 * 60 * 1000;
  private static final double LONG_MAX = Long.MAX_VALUE;

  /** Kafka's smallest {@code segment.bytes} since 4.0. */
  private static final int SEGMENT_BYTES_MIN = 1024 * 1024;

  public static final SettingTable TABLE =
      new SettingTable(
          List.of(
              choices(
                      "cleanup.policy",
                      "delete",
                      "What is done with old records: delete whole segments by age and size, compact"
                          + " to the last value of each key, or both.",
                      "delete",
                      "compact")
                  .broker("log.cleanup.policy"),
              choice(
                      "compression.type",
                      "producer",
                      "How batches are stored. With producer, as they were sent; anything else has"
                          + " the broker compress them again, which costs CPU.",
                      "producer",
                      "uncompressed",
                      "gzip",
                      "snappy",
                      "lz4",
                      "zstd")
                  .broker("compression.type"),
              int32(
                      "compression.gzip.level",
                      "",
                      -1,
                      9,
                      -1,
                      "Level for gzip; -1 is its own default.")
                  .broker("compression.gzip.level"),
              int32("compression.lz4.level", "", 1, 17, 9, "Level for lz4.")
                  .broker("compression.lz4.level"),
              int32("compression.zstd.level", "", -131072, 22, 3, "Level for zstd.")
                  .broker("compression.zstd.level"),
              int64(
                      "delete.retention.ms",
                      "ms",
                      0,
                      DAY_MS,
                      "How long a compacted topic keeps tombstones, so that readers that are behind"
                          + " see the deletion.")
                  .broker("log.cleaner.delete.retention.ms"),
              flag(
                      "errors.deadletterqueue.group.enable",
                      false,
                      "Whether share groups may use this topic for dead letters. Share groups are not"
                          + " served yet.")
                  .withoutMeaning(),
              int64(
                      "file.delete.delay.ms",
                      "ms",
                      0,
                      60_000,
                      "Files are deleted by the first checkpoint after a trim; readers keep what they"
                          + " have open.")
                  .broker("log.segment.delete.delay.ms")
                  .withoutMeaning(),
              choice(
                  "flush",
                  "disk",
                  "What acks=all waits for: disk, the record is synced; os, the operating system has"
                      + " it, as with acks=1. Ours, not Kafka's.",
                  "disk",
                  "os"),
              int64(
                      "flush.messages",
                      "records",
                      1,
                      Long.MAX_VALUE,
                      "Every acknowledged record is synced already; see flush.")
                  .broker("log.flush.interval.messages")
                  .withoutMeaning(),
              int64(
                      "flush.ms",
                      "ms",
                      0,
                      Long.MAX_VALUE,
                      "Every acknowledged record is synced already; see flush.")
                  .broker("log.flush.interval.ms")
                  .withoutMeaning(),
              text(
                      "follower.replication.throttled.replicas",
                      "",
                      "Replication is by Raft and is not throttled per replica.")
                  .withoutMeaning(),
              int32(
                      "index.interval.bytes",
                      "bytes",
                      0,
                      Integer.MAX_VALUE,
                      4096,
                      "Bytes of log between two index entries: smaller finds records faster and takes"
                          + " more memory.")
                  .broker("log.index.interval.bytes"),
              text(
                      "leader.replication.throttled.replicas",
                      "",
                      "Replication is by Raft and is not throttled per replica.")
                  .withoutMeaning(),
              number(
                      "local.retention.bytes",
                      Kind.LONG,
                      "bytes",
                      -2,
                      LONG_MAX,
                      "-2",
                      "There is no tiered storage.")
                  .withoutMeaning(),
              number(
                      "local.retention.ms",
                      Kind.LONG,
                      "ms",
                      -2,
                      LONG_MAX,
                      "-2",
                      "There is no tiered storage.")
                  .withoutMeaning(),
              int64(
                      "max.compaction.lag.ms",
                      "ms",
                      1,
                      Long.MAX_VALUE,
                      "A record of a compacted topic is compacted at the latest when it is this old.")
                  .broker("log.cleaner.max.compaction.lag.ms"),
              int32(
                      "max.message.bytes",
                      "bytes",
                      0,
                      Integer.MAX_VALUE,
                      1024 * 1024 + 12,
                      "Largest record batch, as it is sent.")
                  .broker("message.max.bytes"),
              int32(
                      "max.decompressed.message.bytes",
                      "bytes",
                      0,
                      Integer.MAX_VALUE,
                      Integer.MAX_VALUE,
                      "What a whole batch expands to is bounded where the broker looks into it, by"
                          + " its decompression.max.bytes; no record can be larger.")
                  .withoutMeaning(),
              flag(
                      "message.downconversion.enable",
                      true,
                      "Records are never converted for old clients, nor does Kafka from 4.0 on.")
                  .broker("log.message.downconversion.enable")
                  .withoutMeaning(),
              int64(
                      "message.timestamp.after.max.ms",
                      "ms",
                      0,
                      60L * 60 * 1000,
                      "How far in the future a record's timestamp may be.")
                  .broker("log.message.timestamp.after.max.ms"),
              int64(
                      "message.timestamp.before.max.ms",
                      "ms",
                      0,
                      Long.MAX_VALUE,
                      "How far in the past a record's timestamp may be.")
                  .broker("log.message.timestamp.before.max.ms"),
              choice(
                      "message.timestamp.type",
                      "CreateTime",
                      "Whose time a record bears: the producer's, or the broker's when it is"
                          + " appended.",
                      "CreateTime",
                      "LogAppendTime")
                  .broker("log.message.timestamp.type"),
              number(
                      "min.cleanable.dirty.ratio",
                      Kind.REAL,
                      "",
                      0,
                      1,
                      "0.5",
                      "Share of a compacted log that must be uncleaned before it is cleaned again.")
                  .broker("log.cleaner.min.cleanable.ratio"),
              int64(
                      "min.compaction.lag.ms",
                      "ms",
                      0,
                      0,
                      "How long a record of a compacted topic stays uncompacted at least.")
                  .broker("log.cleaner.min.compaction.lag.ms"),
              int32(
                      "min.insync.replicas",
                      "replicas",
                      1,
                      Integer.MAX_VALUE,
                      1,
                      "How many replicas must have a record before acks=all is answered; at most as"
                          + " many as there are.")
                  .broker("min.insync.replicas"),
              flag("preallocate", false, "The journal is written in advance, segments are not.")
                  .broker("log.preallocate")
                  .withoutMeaning(),
              number(
                      "remote.copy.lag.bytes",
                      Kind.LONG,
                      "bytes",
                      -1,
                      LONG_MAX,
                      "-1",
                      "There is no tiered storage.")
                  .withoutMeaning(),
              number(
                      "remote.copy.lag.ms",
                      Kind.LONG,
                      "ms",
                      -1,
                      LONG_MAX,
                      "-1",
                      "There is no tiered storage.")
                  .withoutMeaning(),
              flag("remote.log.copy.disable", false, "There is no tiered storage.")
                  .withoutMeaning(),
              flag("remote.log.delete.on.disable", false, "There is no tiered storage.")
                  .withoutMeaning(),
              choice(
                      "remote.storage.enable",
                      "false",
                      "There is no tiered storage, so it cannot be enabled.",
                      "false")
                  .withoutMeaning(),
              number(
                      "retention.bytes",
                      Kind.LONG,
                      "bytes",
                      -1,
                      LONG_MAX,
                      Long.toString(1L << 30),
                      "How much of a partition is kept; -1 for no limit. The default is 1 GiB for a"
                          + " topic that sets neither this nor retention.ms, and no limit, as in"
                          + " Kafka, for one that sets retention.ms.")
                  .broker("log.retention.bytes"),
              number(
                      "retention.ms",
                      Kind.LONG,
                      "ms",
                      -1,
                      LONG_MAX,
                      Long.toString(7 * DAY_MS),
                      "How long records are kept; -1 for ever.")
                  .broker("log.retention.ms"),
              int32(
                      "segment.bytes",
                      "bytes",
                      SEGMENT_BYTES_MIN,
                      Integer.MAX_VALUE,
                      1 << 30,
                      "Size at which a segment is rolled; retention deletes whole segments.")
                  .broker("log.segment.bytes"),
              int32(
                      "segment.index.bytes",
                      "bytes",
                      4,
                      Integer.MAX_VALUE,
                      10 * 1024 * 1024,
                      "Indexes grow as they need.")
                  .broker("log.index.size.max.bytes")
                  .withoutMeaning(),
              int64(
                      "segment.jitter.ms",
                      "ms",
                      0,
                      0,
                      "A segment is rolled up to this much earlier than segment.ms says, each at its"
                          + " own time.")
                  .broker("log.roll.jitter.ms"),
              int64(
                      "segment.ms",
                      "ms",
                      1,
                      7 * DAY_MS,
                      "Age at which a segment is rolled by the next append.")
                  .broker("log.roll.ms"),
              flag("unclean.leader.election.enable", false, "An election is never unclean.")
                  .broker("unclean.leader.election.enable")
                  .withoutMeaning()));

  private TopicTable() {}
}
