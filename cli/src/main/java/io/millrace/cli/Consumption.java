package io.millrace.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Reading and printing, with a group or without, until one of its ends.
 *
 * <p>Offsets are committed only when what lies before them has been printed and flushed, so a
 * record may be printed twice, by this member and the next, and is never skipped.
 */
final class Consumption {

  private static final Duration POLL = Duration.ofMillis(200);
  private static final long COMMIT_NS = TimeUnit.SECONDS.toNanos(5);

  private final Consumer<byte[], byte[]> consumer;
  private final RecordPrinter printer;
  private final Terminal terminal;
  private final Ends ends;
  private boolean inGroup;
  private boolean hasAssignment;
  private long printed;

  /** Where each partition that was printed from goes on, as far as it is not committed. */
  private final Map<TopicPartition, OffsetAndMetadata> uncommitted = new HashMap<>();

  /** Where each partition ended when it was begun, if that is where to stop. */
  private final Map<TopicPartition, Long> stops = new HashMap<>();

  /**
   * When to end, other than by Ctrl-C.
   *
   * @param count after so many records; null for no limit
   * @param untilEnd when what was there at the beginning is read
   * @param idleMsMax when no record came for so long
   */
  record Ends(@Nullable Long count, boolean untilEnd, long idleMsMax) {}

  Consumption(
      Consumer<byte[], byte[]> consumer, RecordPrinter printer, Terminal terminal, Ends ends) {
    this.consumer = consumer;
    this.printer = printer;
    this.terminal = terminal;
    this.ends = ends;
  }

  // --- where to begin ---

  /** Reads these partitions from a place on. */
  void assign(List<TopicPartition> partitions, Position position) {
    hasAssignment = true;
    consumer.assign(partitions);
    switch (position) {
      case Position.Earliest earliest -> consumer.seekToBeginning(partitions);
      case Position.Latest latest -> seekToEnds(partitions);
      case Position.Offset offset -> seek(partitions, offset.offset());
      case Position.Time time -> seekToTime(partitions, time.ms());
      case Position.By by -> throw new IllegalArgumentException("no group to go on from");
    }
    noteStops(partitions);
  }

  /** At once, so that what is produced from now on is read, however long the first fetch takes. */
  private void seekToEnds(List<TopicPartition> partitions) {
    consumer.endOffsets(partitions).forEach(consumer::seek);
  }

  private void seek(List<TopicPartition> partitions, long offset) {
    Map<TopicPartition, Long> first = consumer.beginningOffsets(partitions);
    Map<TopicPartition, Long> end = consumer.endOffsets(partitions);
    for (TopicPartition partition : partitions) {
      long endOffset = TopicPartitions.at(end, partition);
      long firstOffset = TopicPartitions.at(first, partition);
      if (offset > endOffset) {
        throw CommandFailure.refused(
            "OFFSET_OUT_OF_RANGE",
            partition + " has no offset " + offset + " yet: it ends at " + endOffset,
            "--partition leaves out the others");
      }
      if (offset < firstOffset) {
        skip(partition, offset, firstOffset);
      }
      consumer.seek(partition, Math.max(offset, firstOffset));
    }
  }

  private void seekToTime(List<TopicPartition> partitions, long ms) {
    Map<TopicPartition, Long> wanted = new HashMap<>();
    partitions.forEach(partition -> wanted.put(partition, ms));
    Map<TopicPartition, Long> end = consumer.endOffsets(partitions);
    Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(wanted);
    for (TopicPartition partition : partitions) {
      OffsetAndTimestamp at = found.get(partition);
      consumer.seek(partition, at == null ? TopicPartitions.at(end, partition) : at.offset());
    }
  }

  /** Reads as a member of a group. */
  void subscribe(String topic) {
    inGroup = true;
    consumer.subscribe(List.of(topic), new Sharing());
  }

  /** What happens when the group shares out its partitions anew. */
  private final class Sharing implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      hasAssignment = true;
      noteStops(partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      commit();
      forget(partitions);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      forget(partitions);
    }

    private void forget(Collection<TopicPartition> partitions) {
      uncommitted.keySet().removeAll(partitions);
      stops.keySet().removeAll(partitions);
    }
  }

  private void noteStops(Collection<TopicPartition> partitions) {
    if (ends.untilEnd) {
      stops.putAll(consumer.endOffsets(partitions));
    }
  }

  // --- reading ---

  /**
   * Reads until one of the ends.
   *
   * @return the exit status
   */
  int run() {
    terminal.interruption().then(consumer::wakeup);
    int status;
    try {
      status = read();
      commit();
    } catch (WakeupException e) {
      status = Exit.INTERRUPTED;
      commit();
    } catch (IOException e) {
      if (!Terminal.isReaderGone(e)) {
        throw Terminal.unwritable(e);
      }
      status = Exit.DONE;
    }
    return status;
  }

  private int read() throws IOException {
    long lastNs = System.nanoTime();
    long committedNs = lastNs;
    while (!terminal.interruption().happened()) {
      if (isAtStops()) {
        return Exit.DONE;
      }
      ConsumerRecords<byte[], byte[]> records = poll();
      for (ConsumerRecord<byte[], byte[]> record : records) {
        printer.print(record, terminal.out());
        uncommitted.put(
            new TopicPartition(record.topic(), record.partition()),
            new OffsetAndMetadata(record.offset() + 1, record.leaderEpoch(), ""));
        if (++printed == Objects.requireNonNullElse(ends.count, -1L)) {
          return Exit.DONE;
        }
      }
      long now = System.nanoTime();
      if (!records.isEmpty()) {
        terminal.out().flush();
        lastNs = now;
      } else if (TimeUnit.NANOSECONDS.toMillis(now - lastNs) >= ends.idleMsMax) {
        return timedOut();
      }
      if (now - committedNs >= COMMIT_NS) {
        commitWithoutWaiting();
        committedNs = now;
      }
    }
    return Exit.INTERRUPTED;
  }

  private ConsumerRecords<byte[], byte[]> poll() {
    try {
      return consumer.poll(POLL);
    } catch (OffsetOutOfRangeException e) {
      Map<TopicPartition, Long> first = consumer.beginningOffsets(e.partitions());
      e.offsetOutOfRangePartitions()
          .forEach((partition, offset) -> {
            long firstOffset = TopicPartitions.at(first, partition);
            skip(partition, offset, firstOffset);
            consumer.seek(partition, firstOffset);
          });
      return ConsumerRecords.empty();
    } catch (KafkaException e) {
      // What the client says of a batch that it cannot read has no class of its own.
      if (e.getClass() == KafkaException.class
          && String.valueOf(e.getMessage()).contains("is invalid, cause")) {
        throw CommandFailure.refused(
            Errors.CORRUPT_MESSAGE.name(),
            Failures.text(e),
            "millrace log dump names what is damaged in a data directory");
      }
      throw e;
    }
  }

  private void skip(TopicPartition partition, long offset, long first) {
    terminal.complain(
        "millrace: " + partition + " no longer has offset " + offset + ": it goes on at " + first);
  }

  private boolean isAtStops() {
    if (!ends.untilEnd || !hasAssignment) {
      return false;
    }
    for (Map.Entry<TopicPartition, Long> stop : stops.entrySet()) {
      if (consumer.position(stop.getKey()) < stop.getValue()) {
        return false;
      }
    }
    return true;
  }

  private int timedOut() throws IOException {
    terminal.out().flush();
    commit();
    throw CommandFailure.timedOut(
        "no record came for " + ends.idleMsMax + " ms, after " + Amounts.count(printed, "record"),
        null);
  }

  // --- committing ---

  private void commit() {
    if (!inGroup || uncommitted.isEmpty() || !isPrinted()) {
      return;
    }
    try {
      consumer.commitSync(Map.copyOf(uncommitted));
    } catch (CommitFailedException | RebalanceInProgressException e) {
      // The group has shared out the partitions anew: whoever has them now prints these again.
      terminal.complain("millrace: the last records are not committed: " + Failures.text(e));
    }
    uncommitted.clear();
  }

  private void commitWithoutWaiting() {
    if (inGroup && !uncommitted.isEmpty() && isPrinted()) {
      consumer.commitAsync(Map.copyOf(uncommitted), null);
    }
  }

  /** Whether what was printed has left this process. */
  private boolean isPrinted() {
    try {
      terminal.out().flush();
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
