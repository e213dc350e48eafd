package io.millrace.shard;

import io.millrace.log.Disk;
import io.millrace.log.LogId;
import io.millrace.log.LogRead;
import io.millrace.log.LogSettings;
import io.millrace.log.OpenFiles;
import io.millrace.log.PartitionLog;
import io.millrace.log.SimulatedDisk;
import io.millrace.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executor;

/**
 * A shard on one thread over a given disk, small in every size so that files are rolled and
 * checkpoints made often.
 */
final class ShardUnderTest {

  static final Path DATA = Path.of("/data");
  static final UUID TOPIC = new UUID(7, 7);
  static final int PRODUCERS_MAX = 1000;
  static final int TRANSACTIONS_MAX = 20;
  static final LogSettings SMALL_SEGMENTS =
      new LogSettings(2000, Long.MAX_VALUE / 2, 0, 200, false);

  /** Partitions from this number on are compacted. */
  static final int COMPACTED = 100;

  private static final LogSettings COMPACTED_SEGMENTS =
      new LogSettings(2000, Long.MAX_VALUE / 2, 0, 200, true);

  static final JournalSettings JOURNAL =
      new JournalSettings(64 * 1024, 16 * 1024, 96 * 1024, 1 << 30, 2L << 30);

  final ManualClock clock;
  final Shard shard;
  final Register register;
  Throwable failure;

  ShardUnderTest(Disk disk, int inlineBytesMax) {
    this(disk, inlineBytesMax, new ManualClock());
  }

  ShardUnderTest(Disk disk, int inlineBytesMax, ManualClock clock) {
    this(disk, inlineBytesMax, clock, JOURNAL, Runnable::run);
  }

  ShardUnderTest(
      Disk disk,
      int inlineBytesMax,
      ManualClock clock,
      JournalSettings journal,
      Executor background) {
    this.clock = clock;
    ShardSettings settings =
        new ShardSettings(
            journal,
            1 << 20,
            inlineBytesMax,
            1 << 18,
            10,
            1 << 24,
            1000,
            1000,
            PRODUCERS_MAX,
            TRANSACTIONS_MAX,
            false);
    shard =
        new Shard(
            0,
            ShardFiles.in(disk, DATA, DATA, 0, new OpenFiles(4)),
            settings,
            id -> id.partition() < COMPACTED ? SMALL_SEGMENTS : COMPACTED_SEGMENTS,
            new Surroundings(clock, new Random(seed(disk)), background, e -> failure = e));
    register = new Register(shard);
    shard.add(register);
  }

  /** The same for the same disk, so that a run can be repeated, and another for another. */
  private static long seed(Disk disk) {
    long seed = 1;
    if (disk instanceof SimulatedDisk simulated) {
      for (Path file : simulated.files()) {
        seed = 31 * seed + Arrays.hashCode(simulated.contents(file));
      }
    }
    return seed;
  }

  static ShardUnderTest recovered(Disk disk) throws IOException {
    ShardUnderTest it = new ShardUnderTest(disk, 64 * 1024);
    it.shard.recover();
    return it;
  }

  ShardLog log(int partition) {
    return shard.log(new LogId(TOPIC, partition));
  }

  void turnUntilIdle() {
    while (shard.failure() == null && shard.turn()) {
      continue;
    }
  }

  /** An append whose outcome can be looked at. */
  static final class TestAppend extends Append {
    boolean answered;
    boolean released;

    TestAppend(Acks acks) {
      super(acks);
    }

    @Override
    protected void answered() {
      if (answered) {
        throw new AssertionError("answered twice");
      }
      answered = true;
    }

    @Override
    protected void released() {
      if (released) {
        throw new AssertionError("released twice");
      }
      released = true;
    }
  }

  TestAppend append(int partition, ByteBuffer... batches) {
    return append(Append.Acks.APPLIED, partition, batches);
  }

  TestAppend append(Append.Acks acks, int partition, ByteBuffer... batches) {
    TestAppend append = new TestAppend(acks);
    for (ByteBuffer batch : batches) {
      append.add(log(partition), batch);
    }
    shard.append(append);
    return append;
  }

  /** One batch as read back. */
  record ReadBatch(long baseOffset, String text, int leaderEpoch) {}

  /** Everything that can be read from a log, from its start, whatever the size of one read. */
  List<ReadBatch> readAll(int partition) throws IOException {
    return readAll(log(partition));
  }

  /** Everything that can be read from a log; batches that lost their records are left out. */
  static List<ReadBatch> readAll(ShardLog log) throws IOException {
    List<ReadBatch> all = new ArrayList<>();
    PartitionLog stored = log.stored();
    if (stored == null) {
      return all;
    }
    long offset = log.startOffset();
    while (offset < log.endOffset()) {
      LogRead read = stored.read(offset, 500, true);
      if (!(read instanceof LogRead.Found found)) {
        throw new AssertionError("offset " + offset + " of " + log + ": " + read);
      }
      ByteBuffer bytes = ByteBuffer.allocate(found.slice().size());
      found.slice().read(bytes, 0);
      found.slice().close();
      bytes.flip();
      for (int at = 0; at < bytes.limit(); at += RecordBatch.sizeInBytes(bytes, at)) {
        if (RecordBatch.computeCrc(bytes, at) != RecordBatch.crc(bytes, at)) {
          throw new AssertionError("bad bytes at offset " + offset);
        }
        if (RecordBatch.lastOffset(bytes, at) >= log.startOffset()
            && RecordBatch.recordCount(bytes, at) > 0) {
          all.add(
              new ReadBatch(
                  RecordBatch.baseOffset(bytes, at),
                  TestBatch.text(bytes, at),
                  RecordBatch.leaderEpoch(bytes, at)));
        }
        offset = RecordBatch.nextOffset(bytes, at);
      }
    }
    return all;
  }
}
