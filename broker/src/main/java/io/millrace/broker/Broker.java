package io.millrace.broker;

import io.millrace.broker.group.Groups;
import io.millrace.broker.setting.SettingValues;
import io.millrace.broker.topic.Housekeeping;
import io.millrace.broker.topic.Shards;
import io.millrace.broker.topic.Topic;
import io.millrace.broker.topic.Topics;
import io.millrace.broker.transaction.ProducerIds;
import io.millrace.broker.transaction.Transactions;
import io.millrace.log.Disk;
import io.millrace.log.LogId;
import io.millrace.log.LogSettings;
import io.millrace.log.OpenFiles;
import io.millrace.shard.Clock;
import io.millrace.shard.JournalSettings;
import io.millrace.shard.Shard;
import io.millrace.shard.ShardFiles;
import io.millrace.shard.ShardLog;
import io.millrace.shard.ShardSettings;
import io.millrace.shard.Surroundings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * A broker without doors: shards, and the topics, groups and producers on them.
 *
 * <p>{@link #open} brings everything back from disk; from then on the doors may be opened. Closing
 * it makes a checkpoint, so that the next start has nothing to replay.
 */
public final class Broker implements AutoCloseable {

  /** Of which the state of a producer takes a tenth. */
  private static final int HEAP_BYTES_A_PRODUCER = 4096;

  /** Of which an aborted transaction takes up to a sixteenth. */
  private static final int HEAP_BYTES_A_TRANSACTION = 1024;

  private static final int PRODUCERS_MAX_LEAST = 1000;

  /** With more, the look for those idle longest would take too long to be done unasked. */
  private static final int PRODUCERS_MAX_LARGEST = 250_000;

  private final Place place;
  private final SettingValues settings;
  private final Clock clock;
  private final OpenFiles openFiles;
  private final Shards shards;
  private final Topics topics;
  private final ProducerIds producerIds;
  private final Groups groups;
  private final Transactions transactions;
  private final Housekeeping housekeeping;

  /**
   * Where a broker lives.
   *
   * @param disk the file system
   * @param data the data directory, which is ours alone
   * @param journals where journals go; mostly the data directory
   */
  public record Place(Disk disk, Path data, Path journals) {}

  private Broker(
      Place place, SettingValues settings, Surroundings surroundings, Supplier<UUID> newIds) {
    this.place = place;
    this.settings = settings;
    this.clock = surroundings.clock();
    this.openFiles = new OpenFiles(settings.int32("open.files.max"));
    List<Shard> all = new ArrayList<>();
    for (int i = 0; i < settings.int32("num.shards"); i++) {
      ShardFiles files = ShardFiles.in(place.disk, place.data, place.journals, i, openFiles);
      all.add(new Shard(i, files, shardSettings(settings), this::logSettings, surroundings));
    }
    this.shards = new Shards(all);
    this.topics = new Topics(shards, settings, newIds);
    this.producerIds = new ProducerIds(shards.metadata());
    this.groups = new Groups(shards, settings, newIds);
    this.transactions = new Transactions(shards, groups, producerIds, settings);
    this.housekeeping = new Housekeeping(shards, topics, openFiles, settings, clock);
    shards.metadata().add(topics);
    shards.metadata().add(producerIds);
  }

  /**
   * Brings a broker back from disk, or makes a new one in an empty directory.
   *
   * @param newIds random ids for new topics
   */
  public static Broker open(
      Place place, SettingValues settings, Surroundings surroundings, Supplier<UUID> newIds)
      throws IOException {
    Broker broker = new Broker(place, settings, surroundings, newIds);
    for (Shard shard : broker.shards.all()) {
      shard.recover();
    }
    broker.reconcile();
    broker.groups.start(id -> broker.topics.find(id) != null);
    broker.transactions.start();
    broker.shards.all().forEach(Shard::start);
    broker.housekeeping.start();
    return broker;
  }

  private static ShardSettings shardSettings(SettingValues settings) {
    ShardSettings byDefault = ShardSettings.DEFAULT;
    JournalSettings journal =
        new JournalSettings(
            settings.number("journal.file.bytes"),
            Math.min(settings.number("journal.file.bytes"), 1 << 20),
            settings.number("journal.checkpoint.bytes"),
            settings.number("journal.slow.bytes"),
            settings.number("journal.max.bytes"));
    return new ShardSettings(
        journal,
        byDefault.entryBytesMax(),
        byDefault.inlineBytesMax(),
        byDefault.handOverBytes(),
        byDefault.unawaitedMs(),
        settings.number("in.flight.max.bytes"),
        settings.number("disk.reserve.bytes"),
        byDefault.idleMarkMs(),
        producersMax(settings),
        transactionsMax(settings),
        true);
  }

  /** What is set, or as many as take a tenth of the heap, in all shards together. */
  private static int producersMax(SettingValues settings) {
    int set = settings.int32("producers.max");
    if (set > 0) {
      return set;
    }
    long all = Runtime.getRuntime().maxMemory() / HEAP_BYTES_A_PRODUCER;
    return Math.clamp(
        all / settings.int32("num.shards"), PRODUCERS_MAX_LEAST, PRODUCERS_MAX_LARGEST);
  }

  /** What is set, or as many as take up to a sixteenth of the heap, in all shards together. */
  private static int transactionsMax(SettingValues settings) {
    int set = settings.int32("aborted.transactions.max");
    if (set > 0) {
      return set;
    }
    long all = Runtime.getRuntime().maxMemory() / HEAP_BYTES_A_TRANSACTION;
    return Math.clamp(all / settings.int32("num.shards"), 1000, Integer.MAX_VALUE);
  }

  private LogSettings logSettings(LogId log) {
    Topic topic = topics.find(log.topicId());
    return topic == null ? LogSettings.DEFAULT : topic.settings().log();
  }

  /**
   * The metadata shard says which topics there are; the others may have missed a deletion that a
   * crash cut short.
   */
  private void reconcile() throws IOException {
    for (Shard shard : shards.all()) {
      for (ShardLog log : shard.logs()) {
        Topic topic = topics.find(log.id().topicId());
        if (topic != null) {
          log.settings(topic.settings().log());
        } else {
          shard.execute(sequencer ->
              sequencer.dropTopic(log.id().topicId(), log.id().partition() + 1, () -> {}));
        }
      }
      for (UUID id : shard.store().topicIds()) {
        boolean known =
            topics.find(id) != null
                || shard.logs().stream().anyMatch(log -> log.id().topicId().equals(id));
        if (!known) {
          shard.store().deleteTopic(id);
        }
      }
    }
  }

  public Place place() {
    return place;
  }

  public Clock clock() {
    return clock;
  }

  public SettingValues settings() {
    return settings;
  }

  public Shards shards() {
    return shards;
  }

  public Topics topics() {
    return topics;
  }

  public Groups groups() {
    return groups;
  }

  public Transactions transactions() {
    return transactions;
  }

  public ProducerIds producerIds() {
    return producerIds;
  }

  @Override
  public void close() {
    housekeeping.close();
    shards.all().reversed().forEach(Shard::close);
  }
}
