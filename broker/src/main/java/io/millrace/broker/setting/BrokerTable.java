package io.millrace.broker.setting;

import static io.millrace.broker.setting.Setting.choice;
import static io.millrace.broker.setting.Setting.flag;
import static io.millrace.broker.setting.Setting.int32;
import static io.millrace.broker.setting.Setting.int64;
import static io.millrace.broker.setting.Setting.text;

import java.util.ArrayList;
import java.util.List;

/** The settings of a broker: its own, then those that give topics their defaults. */
public final class BrokerTable {

  private static final long MIB = 1L << 20;

  private static final List<Setting> OWN =
      List.of(
          text(
              "listeners",
              "",
              "Where Kafka clients are served: NAME://HOST:PORT with commas between them. --kafka"
                  + " says the same."),
          text(
              "advertised.listeners",
              "",
              "What clients of a listener are told to come back to: NAME://HOST:PORT with commas"
                  + " between them. What is bound, for a listener that is not named here."),
          flag(
              "auto.create.topics.enable",
              true,
              "Whether a topic that a client asks for by name is made if there is none."),
          int32(
              "num.partitions",
              "partitions",
              1,
              100_000,
              1,
              "Partitions of a topic that is made without saying how many."),
          int32(
              "default.replication.factor",
              "replicas",
              1,
              1,
              1,
              "Replicas of a topic that is made without saying how many. There is one node."),
          int32(
              "max.partitions.per.topic",
              "partitions",
              1,
              1_000_000,
              100_000,
              "A topic with more is refused."),
          int32(
              "max.partitions",
              "partitions",
              1,
              10_000_000,
              1_000_000,
              "Partitions of all topics together; a topic that goes beyond is refused."),
          int32(
              "socket.request.max.bytes",
              "bytes",
              1024,
              512 * 1024 * 1024,
              16 * 1024 * 1024,
              "Largest request; a connection that announces more is closed. Keep it above"
                  + " message.max.bytes."),
          int32(
              "socket.request.other.max.bytes",
              "bytes",
              0,
              512 * 1024 * 1024,
              0,
              "Largest request other than produce: decoded, it takes some thirty times its size. 0"
                  + " for a 48th of the heap, but at least 1 MiB."),
          int64(
              "queued.max.request.bytes",
              "bytes",
              1024 * 1024,
              64 * MIB,
              "Bytes of requests, over all connections, that are being read or wait for their turn;"
                  + " beyond, connections wait before they are read on."),
          int64(
              "request.arrival.max.ms",
              "ms",
              1000,
              30_000,
              "A connection whose request was begun and brings nothing new for this long is closed;"
                  + " while others wait for queued.max.request.bytes, so is one whose request"
                  + " comes too slowly to be whole in this time."),
          int64(
              "stop.timeout.ms",
              "ms",
              0,
              2000,
              "How long a stop waits for requests under way to be answered."),
          int32(
              "max.connections",
              "connections",
              1,
              Integer.MAX_VALUE,
              10_000,
              "Client connections at a time; one more is closed at once."),
          int64(
              "connections.max.idle.ms",
              "ms",
              1000,
              10L * 60 * 1000,
              "A connection on which nothing was asked for this long is closed."),
          int32(
              "max.incremental.fetch.session.cache.slots",
              "sessions",
              0,
              Integer.MAX_VALUE,
              10_000,
              "Fetch sessions at a time; a consumer beyond names its partitions in every fetch."),
          int64(
              "fetch.sessions.max.bytes",
              "bytes",
              0,
              0,
              "Bytes that the partitions of all fetch sessions may take; a consumer beyond names its"
                  + " partitions in every fetch. 0 for a 16th of the heap."),
          int32(
              "fetch.max.bytes",
              "bytes",
              1024,
              Integer.MAX_VALUE,
              55 * 1024 * 1024,
              "Most bytes of records in one fetch response."),
          int64(
              "group.initial.rebalance.delay.ms",
              "ms",
              0,
              3000,
              "How long a new group waits for more members before it is first balanced."),
          int64(
              "group.min.session.timeout.ms",
              "ms",
              1,
              6000,
              "Shortest session timeout that a member may ask for."),
          int64(
              "group.max.session.timeout.ms",
              "ms",
              1,
              30L * 60 * 1000,
              "Longest session timeout that a member may ask for."),
          int32(
              "group.max.size",
              "members",
              1,
              Integer.MAX_VALUE,
              10_000,
              "Members of one group; one more is refused."),
          int32(
              "group.member.max.protocols",
              "protocols",
              1,
              10_000,
              100,
              "Protocols (ways of assigning partitions) that one member may offer; it is refused"
                  + " with more."),
          int32(
              "group.member.max.bytes",
              "bytes",
              1024,
              64 * 1024 * 1024,
              1024 * 1024,
              "Bytes that one member may say of itself (names and subscription, in all its"
                  + " protocols), and bytes that may be assigned to it."),
          int32(
              "group.max.bytes",
              "bytes",
              1024,
              256 * 1024 * 1024,
              16 * 1024 * 1024,
              "Bytes of the names, subscriptions and assignments of all members of one group."),
          int64(
              "groups.max.bytes",
              "bytes",
              0,
              0,
              "Bytes that all groups of a shard may take: names, members and offsets. Beyond, new"
                  + " groups, members and offsets are refused; offsets that are there still move."
                  + " 0 for an 8th of the heap."),
          int32(
              "offset.metadata.max.bytes",
              "bytes",
              0,
              1 << 20,
              4096,
              "Longest text that may be committed with an offset."),
          int32(
              "offsets.retention.minutes",
              "minutes",
              1,
              Integer.MAX_VALUE,
              7 * 24 * 60,
              "How long the offsets of a group without members are kept."),
          int64(
              "log.retention.check.interval.ms",
              "ms",
              1,
              5L * 60 * 1000,
              "How often retention looks for segments that may go."),
          int64(
              "log.cleaner.backoff.ms",
              "ms",
              1,
              15_000,
              "How often the cleaner looks for compacted logs that are worth cleaning."),
          int32(
              "log.cleaner.dedupe.buffer.size",
              "bytes",
              1024 * 1024,
              Integer.MAX_VALUE,
              32 * 1024 * 1024,
              "Memory for the keys of a log while it is compacted, 32 bytes a key: with more keys than"
                  + " fit it takes several rounds. Taken only while needed."),
          int32(
              "producer.id.expiration.ms",
              "ms",
              1000,
              Integer.MAX_VALUE,
              24 * 60 * 60 * 1000,
              "How long a log remembers an idempotent producer that appends nothing."),
          int32(
              "producers.max",
              "producers",
              0,
              10_000_000,
              0,
              "Idempotent producers that the logs of a shard remember together; one counts in each"
                  + " log that it appends to, and takes some 400 bytes of heap. Beyond, those that"
                  + " appended nothing for longest are forgotten, though producer.id.expiration.ms"
                  + " is not over. 0 for one for every 4096 bytes of heap, divided by num.shards,"
                  + " but from 1000 to 250000."),
          int32(
              "aborted.transactions.max",
              "transactions",
              0,
              100_000_000,
              0,
              "Aborted and open transactions that the logs of a shard remember together; one counts"
                  + " in each log that it reached, and takes up to 64 bytes of heap. Beyond, batches"
                  + " that would open another in a log are refused, until retention, DeleteRecords"
                  + " or compaction has passed some. 0 for one for every 1024 bytes of heap, divided"
                  + " by num.shards, but at least 1000."),
          int32(
              "transaction.max.timeout.ms",
              "ms",
              1,
              Integer.MAX_VALUE,
              15 * 60 * 1000,
              "Longest transaction.timeout.ms that a producer may ask for: so long may a transaction"
                  + " hold back those who read committed records only."),
          int64(
              "transactional.id.expiration.ms",
              "ms",
              1,
              7L * 24 * 60 * 60 * 1000,
              "How long a transactional id that nobody uses is remembered."),
          int64(
              "transactional.ids.max.bytes",
              "bytes",
              0,
              0,
              "Bytes that the transactional ids of a shard may take, and where their transactions"
                  + " reach. Beyond, ids are forgotten that nobody has used for longest, and for 15"
                  + " minutes at least, though transactional.id.expiration.ms is not over; where"
                  + " that makes no room, new ids and new partitions of transactions are refused. 0"
                  + " for a 32nd of the heap."),
          int32(
              "num.network.threads",
              "threads",
              0,
              128,
              0,
              "Threads that serve connections; 0 for one for every two processors."),
          int32(
              "num.shards",
              "shards",
              1,
              64,
              1,
              "Journals, each with a thread. Fixed when the data directory is made."),
          int32(
              "open.files.max",
              "files",
              16,
              Integer.MAX_VALUE,
              4096,
              "Segment files kept open at a time."),
          int64(
              "disk.reserve.bytes",
              "bytes",
              0,
              256 * MIB,
              "Free space at which produces are refused; trims, deletes and commits still work."),
          int64(
              "journal.file.bytes",
              "bytes",
              64 * 1024,
              64 * MIB,
              "Size of a journal file, written in advance."),
          int64(
              "journal.checkpoint.bytes",
              "bytes",
              64 * 1024,
              128 * MIB,
              "Journal since the last checkpoint at which the next begins: more makes checkpoints"
                  + " rarer and a restart after a crash longer."),
          int64(
              "journal.slow.bytes",
              "bytes",
              64 * 1024,
              1024 * MIB,
              "Journal since the last checkpoint at which produces are slowed down."),
          int64(
              "journal.max.bytes",
              "bytes",
              64 * 1024,
              2048 * MIB,
              "Journal since the last checkpoint at which produces wait for the next."),
          int64(
              "in.flight.max.bytes",
              "bytes",
              1024 * 1024,
              64 * MIB,
              "Bytes of produce requests under way in one shard at which connections are no longer"
                  + " read."),
          int32(
              "decompression.max.bytes",
              "bytes",
              1024 * 1024,
              Integer.MAX_VALUE,
              64 * 1024 * 1024,
              "What one compressed batch may expand to where the broker looks into it."),
          choice(
              "compressed.batches.check",
              "records",
              "How far a compressed batch is checked before it is stored. With records every record"
                  + " in it, so that no producer can store what consumers cannot read; with header"
                  + " only header and CRC, which saves the decompression. Topics that are compacted,"
                  + " store another codec or bound timestamps in the past always look at records.",
              "records",
              "header"));

  public static final SettingTable TABLE = new SettingTable(all());

  private BrokerTable() {}

  private static List<Setting> all() {
    List<Setting> rows = new ArrayList<>(OWN);
    for (Setting topic : TopicTable.TABLE.rows()) {
      if (topic.brokerName() != null) {
        rows.add(topic.asBrokerSetting());
      }
    }
    return rows;
  }
}
