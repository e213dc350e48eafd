package io.millrace.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.Disk;
import io.millrace.log.DiskFile;
import io.millrace.log.SimulatedDisk;
import io.millrace.record.RecordBatchBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/**
 * A client may send records that look like journal entries, placed where an entry could begin, and
 * may know all about the files that there are: it cannot make the next start fail, or bring
 * anything back that was never there.
 */
class ForgedEntryTest {

  private static final Path JOURNAL = ShardUnderTest.DATA.resolve("shards/0/journal");
  private static final int ROUNDS = 60;
  private static final int VALUE_BYTES = 40_000;

  /** Bytes of an entry before the value of the one record of its one batch. */
  private static final int BEFORE_VALUE = EntryCodec.FIXED_BYTES + 63 + 61 + 10;

  private final SimulatedDisk disk = new SimulatedDisk();

  @Test
  void recordsThatLookLikeEntriesAreNeverTakenForSome() throws IOException {
    ShardUnderTest it = ShardUnderTest.recovered(disk);
    Random random = new Random(1);
    int placed = 0;
    int small = 0;
    for (int round = 0; round < ROUNDS; round++) {
      it.append(0, batch(ids(), 2L + round + small));
      it.turnUntilIdle();
      if (round % 3 == 2) {
        it.shard.execute(s -> it.shard.checkpointSoon());
        it.turnUntilIdle();
      }
      // Small ones, so that some file begins with one and leaves behind it what was there before.
      for (int n = random.nextInt(8); n >= 0; n--) {
        it.append(1, TestBatch.of("small " + small++));
        it.turnUntilIdle();
      }
      placed += fakesAtBlocks();
      ShardUnderTest again = ShardUnderTest.recovered(disk.afterCrash(new Random(round)));
      assertThat(again.log(0).endOffset()).isEqualTo(round + 1);
      assertThat(again.log(1).endOffset()).isEqualTo(small);
      assertThat(again.register.names()).isEmpty();
    }
    assertThat(placed).as("fakes where an entry could begin").isGreaterThan(ROUNDS);
  }

  /** Whatever may be guessed from the ids there are. */
  private List<Long> ids() throws IOException {
    List<Long> guessed = new ArrayList<>();
    long highest = 0;
    for (String name : disk.list(JOURNAL)) {
      try (DiskFile file = disk.open(JOURNAL.resolve(name), Disk.Mode.READ)) {
        JournalFile.Header header = JournalFile.readHeader(file);
        highest = header == null ? highest : Math.max(highest, header.id());
      }
    }
    for (long ahead = 1; ahead <= 3; ahead++) {
      guessed.add(highest + ahead);
      guessed.add(highest + (ahead << 32));
      guessed.add((highest >>> 32) + ahead << 32);
    }
    return guessed;
  }

  private static ByteBuffer batch(List<Long> ids, long index) {
    byte[] value = new byte[VALUE_BYTES];
    int fake = (int) index;
    for (int at = EntryCodec.ALIGNMENT - BEFORE_VALUE;
        at + EntryCodec.FIXED_BYTES <= value.length;
        at += EntryCodec.ALIGNMENT) {
      byte[] forged = forged(ids.get(fake++ % ids.size()), index);
      System.arraycopy(forged, 0, value, at, forged.length);
    }
    return new RecordBatchBuilder()
        .append(1000, null, ByteBuffer.wrap(value))
        .lastOffset(0)
        .build();
  }

  /** An empty entry that says a great many were synced. */
  private static byte[] forged(long fileId, long index) {
    ByteBuffer header = ByteBuffer.allocate(EntryCodec.FIXED_BYTES);
    header.putInt(EntryCodec.MAGIC).putInt(0).putInt(EntryCodec.FIXED_BYTES).putInt(0);
    header.putLong(fileId).putLong(index).putLong(1L << 60);
    CRC32C crc = new CRC32C();
    crc.update(header.duplicate().clear().position(8));
    return header.putInt(4, (int) crc.getValue()).array();
  }

  private int fakesAtBlocks() throws IOException {
    int found = 0;
    for (String name : disk.list(JOURNAL)) {
      ByteBuffer bytes = ByteBuffer.wrap(disk.contents(JOURNAL.resolve(name)));
      for (int at = JournalFile.HEADER_BYTES;
          at + EntryCodec.FIXED_BYTES <= bytes.limit();
          at += EntryCodec.ALIGNMENT) {
        boolean fake = bytes.getInt(at) == EntryCodec.MAGIC && bytes.getLong(at + 32) == 1L << 60;
        found += fake ? 1 : 0;
      }
    }
    return found;
  }
}
