package io.millrace.broker.topic;

import io.millrace.broker.Decision;
import io.millrace.broker.setting.SettingValues;
import io.millrace.log.Cleaner;
import io.millrace.log.Cleaner.Outcome;
import io.millrace.log.CleaningRules;
import io.millrace.log.LogId;
import io.millrace.log.OpenFiles;
import io.millrace.log.PartitionLog;
import io.millrace.shard.Clock;
import io.millrace.shard.Shard;
import io.millrace.shard.ShardLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done to logs now and then, by one thread of its own: old records are trimmed, compacted
 * logs are cleaned, producers that are gone are forgotten, files that nobody uses are closed.
 *
 * <p>It decides nothing by itself that an entry must say: what is to be trimmed or forgotten is
 * handed to the log's shard, whose sequencer decides and writes it down. A round looks at numbers
 * in memory, and at files only where these say that there is something to do; so it costs little
 * with a hundred thousand idle logs. A shard is given a thousand logs at a time. While a large log
 * is cleaned, the other work goes on between its segments.
 *
 * <p>The thread is never interrupted, since that would close the file that it is reading; {@link
 * #close} lets it end by itself, soon.
 */
public final class Housekeeping implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

  private static final long IDLE_FILES_MS = 30_000;
  private static final long INDEX_MS = 3000;
  private static final long PRODUCERS_MS = 10L * 60 * 1000;
  private static final int LOGS_A_SLICE = 1000;
  private static final long POLL_NANOS = 1_000_000;

  private final Shards shards;
  private final Topics topics;
  private final OpenFiles openFiles;
  private final Clock clock;
  private final Cleaner cleaner;
  private final long producersExpireMs;
  private final Job cleaning;
  private final List<Job> jobs;

  /** Logs that cannot be cleaned in this run. */
  private final Set<LogId> givenUp = new HashSet<>();

  private @Nullable Thread thread;
  private volatile boolean stopped;

  /** Something to be done again and again. */
  private static final class Job {
    private final long everyNanos;
    private final Runnable work;
    private long nextNanos;

    Job(long everyMs, Runnable work) {
      this.everyNanos = everyMs * 1_000_000;
      this.work = work;
    }
  }

  /**
   * @param openFiles the files of all shards
   */
  public Housekeeping(
      Shards shards, Topics topics, OpenFiles openFiles, SettingValues settings, Clock clock) {
    this.shards = shards;
    this.topics = topics;
    this.openFiles = openFiles;
    this.clock = clock;
    this.producersExpireMs = settings.number("producer.id.expiration.ms");
    this.cleaner =
        new Cleaner(
            settings.int32("log.cleaner.dedupe.buffer.size"),
            settings.int32("decompression.max.bytes"),
            settings.number("disk.reserve.bytes"),
            this::runWhileCleaning);
    this.cleaning = new Job(settings.number("log.cleaner.backoff.ms"), this::cleanLogs);
    this.jobs =
        List.of(
            new Job(settings.number("log.retention.check.interval.ms"), this::trimOldRecords),
            new Job(IDLE_FILES_MS, openFiles::closeIdle),
            new Job(INDEX_MS, this::indexWhatWasFound),
            new Job(Math.min(PRODUCERS_MS, producersExpireMs), this::forgetProducers),
            cleaning);
  }

  /** Starts the thread, once the shards run. */
  public void start() {
    long now = clock.nanos();
    jobs.forEach(job -> job.nextNanos = now + job.everyNanos);
    Thread own = new Thread(this::run, "millrace-housekeeping");
    own.setDaemon(true);
    thread = own;
    own.start();
  }

  /** Ends the thread; a cleaning under way is given up without a trace. Returns when it is over. */
  @Override
  public void close() {
    stopped = true;
    cleaner.stop();
    Thread own = thread;
    if (own == null) {
      return;
    }
    LockSupport.unpark(own);
    boolean interrupted = false;
    while (own.isAlive()) {
      try {
        own.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  // --- the thread ---

  private void run() {
    unlinkTrimmed();
    while (!stopped) {
      jobs.forEach(this::runIfDue);
      long now = clock.nanos();
      long wait = jobs.stream().mapToLong(job -> job.nextNanos - now).min().orElse(POLL_NANOS);
      if (wait > 0 && !stopped) {
        LockSupport.parkNanos(this, wait);
      }
    }
  }

  private void runWhileCleaning() {
    for (Job job : jobs) {
      if (job != cleaning) {
        runIfDue(job);
      }
    }
  }

  private void runIfDue(Job job) {
    if (stopped || job.nextNanos - clock.nanos() > 0) {
      return;
    }
    try {
      job.work.run();
    } catch (RuntimeException e) {
      LOG.error("housekeeping: {}", e.toString(), e);
    }
    job.nextNanos = clock.nanos() + job.everyNanos;
  }

  /** Waits for a shard, unless there is no more time. */
  private void await(CompletableFuture<?> answer) {
    while (!answer.isDone() && !stopped) {
      LockSupport.parkNanos(this, POLL_NANOS);
    }
  }

  // --- old records ---

  /**
   * After a crash: what had been trimmed and was not yet unlinked. It may have come when the
   * snapshot already said so, and there was nothing to replay.
   */
  private void unlinkTrimmed() {
    for (Shard shard : shards.all()) {
      for (ShardLog log : shard.logs()) {
        PartitionLog stored = log.stored();
        try {
          if (stored != null && !stopped) {
            stored.unlinkTrimmed();
          }
        } catch (IOException | RuntimeException e) {
          LOG.warn("{}: looking for trimmed segments: {}", log, e.toString());
        }
      }
    }
  }

  private void trimOldRecords() {
    for (Shard shard : shards.all()) {
      int trims = 0;
      for (ShardLog log : shard.logs()) {
        if (stopped) {
          return;
        }
        CompletableFuture<Boolean> trim = trimOldRecords(shard, log);
        if (trim != null && ++trims % LOGS_A_SLICE == 0) {
          await(trim);
        }
      }
    }
  }

  /** What tells that the log is trimmed; null if there is nothing to trim. */
  private @Nullable CompletableFuture<Boolean> trimOldRecords(Shard shard, ShardLog log) {
    Topic topic = topics.find(log.id().topicId());
    PartitionLog stored = log.stored();
    if (topic == null || stored == null || log.isDropped()) {
      return null;
    }
    try {
      long start = topic.settings().retention().startOffset(stored, clock.millis());
      if (start <= stored.startOffset()) {
        return null;
      }
      LOG.info("{}-{}: retention trims records before {}", topic, log.id().partition(), start);
      return Decision.on(
          shard,
          (sequencer, answer) -> {
            if (log.isDropped()) {
              answer.complete(false);
            } else {
              sequencer.trim(log, start, () -> answer.complete(true));
            }
          });
    } catch (IOException | RuntimeException e) {
      // The others go on.
      LOG.warn("{}-{}: looking for old records: {}", topic, log.id().partition(), e.toString());
      return null;
    }
  }

  // --- compaction ---

  private void cleanLogs() {
    for (Shard shard : shards.all()) {
      boolean waits = false;
      for (ShardLog log : shard.logs()) {
        if (stopped) {
          return;
        }
        waits |= clean(shard, log) instanceof Outcome.WaitsForCheckpoint;
      }
      if (waits) {
        shard.execute(sequencer -> shard.checkpointSoon());
      }
    }
  }

  private Outcome clean(Shard shard, ShardLog log) {
    Topic topic = topics.find(log.id().topicId());
    PartitionLog stored = log.stored();
    CleaningRules rules = topic == null ? null : topic.settings().cleaning();
    if (rules == null || stored == null || givenUp.contains(log.id())) {
      return Outcome.NOT_DUE;
    }
    try {
      Outcome outcome = cleaner.clean(stored, rules, clock.millis());
      if (outcome instanceof Outcome.Damaged damaged) {
        giveUp(log, topic, damaged.what());
      } else if (outcome instanceof Outcome.NoRoom room) {
        LOG.warn(
            "{}-{} is not compacted now: that may take {} bytes above disk.reserve.bytes",
            topic,
            log.id().partition(),
            room.bytes());
      } else if (outcome instanceof Outcome.Cleaned cleaned) {
        LOG.info(
            "{}-{}: compacted up to offset {}, {} bytes to {}",
            topic,
            log.id().partition(),
            cleaned.cleanedTo(),
            cleaned.bytesBefore(),
            cleaned.bytesAfter());
        shard.execute(sequencer -> sequencer.forgetAborted(log, cleaned.cleanedTo()));
      }
      return outcome;
    } catch (IOException | RuntimeException e) {
      giveUp(log, topic, e.toString());
      return Outcome.NOT_DUE;
    }
  }

  private void giveUp(ShardLog log, @Nullable Topic topic, String why) {
    givenUp.add(log.id());
    LOG.error(
        "{}-{} is not compacted any more until the next start: {}",
        topic,
        log.id().partition(),
        why);
  }

  // --- the rest ---

  private void forgetProducers() {
    long beforeMs = clock.millis() - producersExpireMs;
    for (Shard shard : shards.all()) {
      List<ShardLog> slice = new ArrayList<>();
      for (ShardLog log : shard.logs()) {
        slice.add(log);
        if (slice.size() == LOGS_A_SLICE) {
          forgetProducers(shard, slice, beforeMs);
          slice = new ArrayList<>();
        }
      }
      forgetProducers(shard, slice, beforeMs);
    }
  }

  private void indexWhatWasFound() {
    shards.all().forEach(shard -> shard.store().indexWhatWasFound());
  }

  private void forgetProducers(Shard shard, List<ShardLog> slice, long beforeMs) {
    if (!stopped && !slice.isEmpty()) {
      await(
          Decision.<Boolean>on(
              shard,
              (sequencer, answer) -> {
                sequencer.expireProducers(slice, beforeMs);
                answer.complete(true);
              }));
    }
  }
}
