package io.millrace.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.log.Disk;
import io.millrace.log.DiskFile;
import io.millrace.log.MemoryDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JournalCutTest {

  private static final Path SHARD = ShardUnderTest.DATA.resolve("shards/0");
  private static final Path JOURNAL = SHARD.resolve("journal");
  private static final Path SNAPSHOTS = SHARD.resolve("snapshots");
  private static final Path COPY = Path.of("/copy");

  private final MemoryDisk disk = new MemoryDisk(1 << 30);

  /** A disk for reading on which something happens before each read: as beside a busy broker. */
  private record BusyDisk(Disk below, Step beforeRead) implements Disk {

    interface Step {
      void happen() throws IOException;
    }

    @Override
    public DiskFile open(Path file, Mode mode) throws IOException {
      return new BusyFile(below.open(file, mode), beforeRead);
    }

    @Override
    public boolean exists(Path path) throws IOException {
      return below.exists(path);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
      return below.list(directory);
    }

    @Override
    public void createDirectories(Path directory) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void rename(Path from, Path to) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void delete(Path path) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void syncDirectory(Path directory) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean syncFileSystem(Path path) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long totalBytes(Path path) throws IOException {
      return below.totalBytes(path);
    }

    @Override
    public long usableBytes(Path path) throws IOException {
      return below.usableBytes(path);
    }
  }

  private record BusyFile(DiskFile below, BusyDisk.Step beforeRead) implements DiskFile {

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      beforeRead.happen();
      return below.read(target, position);
    }

    @Override
    public long size() throws IOException {
      return below.size();
    }

    @Override
    public void close() throws IOException {
      below.close();
    }

    @Override
    public void write(ByteBuffer source, long position) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length, long position) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void truncate(long size) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void sync() {
      throw new UnsupportedOperationException();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
      throw new UnsupportedOperationException();
    }
  }

  /** A shard to which a batch is appended at every n-th read that somebody does. */
  private final class Busy {
    private final ShardUnderTest shard = ShardUnderTest.recovered(disk);
    private final BusyDisk reading;
    private final int every;
    private int reads;
    private int appended;

    Busy(int every) throws IOException {
      this.every = every;
      this.reading = new BusyDisk(disk, this::read);
    }

    private void read() {
      if (++reads % every == 0) {
        append(1);
      }
    }

    void append(int count) {
      for (int i = 0; i < count; i++) {
        shard.append(0, TestBatch.of("batch " + appended++));
        shard.turnUntilIdle();
      }
    }
  }

  /** The journal of a shard that is quiet: its end is where it really ends. */
  private long lastIndex() throws IOException {
    return JournalCut.find(disk, JOURNAL, SNAPSHOTS).lastIndex();
  }

  private static List<JournalCut.Part> copy(Disk from, List<JournalCut.Part> parts, Disk to)
      throws IOException {
    to.createDirectories(COPY);
    List<JournalCut.Part> copies = new ArrayList<>();
    for (JournalCut.Part part : parts) {
      Path copy = COPY.resolve(part.file().getFileName());
      try (DiskFile source = from.open(part.file(), Disk.Mode.READ);
          DiskFile target = to.open(copy, Disk.Mode.CREATE)) {
        ByteBuffer page = ByteBuffer.allocate(EntryCodec.ALIGNMENT);
        for (long at = 0; at < Math.min(part.bytes(), source.size()); at += page.capacity()) {
          source.read(page.clear(), at);
          target.write(page.flip(), at);
        }
      }
      copies.add(new JournalCut.Part(copy, part.bytes()));
    }
    return copies;
  }

  @Test
  void whateverIsAppendedMeanwhileTheCopyCanBeReplayed() throws IOException {
    int whole = 0;
    for (int every = 1; every <= 40; every++) {
      Busy busy = new Busy(every);
      busy.append(every % 7);
      long before = lastIndex();
      try {
        JournalCut cut = JournalCut.find(busy.reading, JOURNAL, SNAPSHOTS);
        MemoryDisk copies = new MemoryDisk(1 << 30);
        List<JournalCut.Part> copied = copy(busy.reading, cut.parts(), copies);
        if (cut.snapshotIndex() == newestSnapshot()) {
          cut.verify(copies, copied);
          assertThat(cut.lastIndex()).isGreaterThanOrEqualTo(before);
          whole++;
        }
      } catch (IOException e) {
        // Overtaken by a checkpoint; anything else is a defect.
        assertThat(newestSnapshot()).as("the newest snapshot, after %s", e).isGreaterThan(before);
      }
      busy.shard.shard.close();
    }
    assertThat(whole).isGreaterThan(20);
  }

  private long newestSnapshot() throws IOException {
    List<Long> indexes = Snapshot.indexes(disk, SNAPSHOTS);
    return indexes.isEmpty() ? 0 : indexes.getFirst();
  }

  @Test
  void aSyncedEntryThatIsMissingIsDamage() throws IOException {
    Busy busy = new Busy(Integer.MAX_VALUE);
    busy.append(5);
    JournalCut cut = JournalCut.find(disk, JOURNAL, SNAPSHOTS);
    flipEntry(cut, cut.lastIndex() - 2);
    assertThatThrownBy(() -> JournalCut.find(disk, JOURNAL, SNAPSHOTS))
        .isInstanceOf(DamagedJournalException.class)
        .hasMessageContaining("entry " + (cut.lastIndex() - 2) + " of the journal is missing");
  }

  @Test
  void anEntryThatIsPassedOverIsDamage() throws IOException {
    Busy busy = new Busy(Integer.MAX_VALUE);
    busy.append(3);
    JournalCut cut = JournalCut.find(disk, JOURNAL, SNAPSHOTS);
    long first = cut.lastIndex() - 2;
    assertThat(cut.parts()).hasSize(1);
    Path path = cut.parts().getFirst().file();
    ByteBuffer later = ByteBuffer.allocate(2 * 4096);
    try (DiskFile file = disk.open(path, Disk.Mode.WRITE)) {
      long end = cut.parts().getFirst().bytes();
      file.read(later, end - 2 * 4096);
      file.write(later.flip(), end - 3 * 4096);
    }
    assertThatThrownBy(() -> JournalCut.find(disk, JOURNAL, SNAPSHOTS))
        .isInstanceOf(DamagedJournalException.class)
        .hasMessageContaining("entry " + first + " of the journal is missing")
        .hasMessageContaining("goes on with entry " + (first + 1));
  }

  @Test
  void theJournalEndsBeforeATornEntry() throws IOException {
    Busy busy = new Busy(Integer.MAX_VALUE);
    busy.append(5);
    JournalCut cut = JournalCut.find(disk, JOURNAL, SNAPSHOTS);
    Path file = cut.parts().getLast().file();
    long last = cut.parts().getLast().bytes() - 4096;
    // The payload lies behind the header of 56 bytes and one item of 56.
    flip(file, last + 56 + 56 + 61 + 2);
    JournalCut shorter = JournalCut.find(disk, JOURNAL, SNAPSHOTS);
    assertThat(shorter.lastIndex()).isEqualTo(cut.lastIndex() - 1);
    assertThat(shorter.parts().getLast().bytes()).isEqualTo(last);
  }

  @Test
  void aCopyThatIsNotWhatItShouldBeIsNoticed() throws IOException {
    Busy busy = new Busy(Integer.MAX_VALUE);
    busy.append(5);
    JournalCut cut = JournalCut.find(disk, JOURNAL, SNAPSHOTS);
    MemoryDisk copies = new MemoryDisk(1 << 30);
    List<JournalCut.Part> copied = copy(disk, cut.parts(), copies);
    cut.verify(copies, copied);
    List<JournalCut.Part> shorter = new ArrayList<>(copied);
    JournalCut.Part last = shorter.removeLast();
    shorter.add(new JournalCut.Part(last.file(), last.bytes() - 4096));
    assertThatThrownBy(() -> cut.verify(copies, shorter))
        .isInstanceOf(DamagedJournalException.class)
        .hasMessageContaining("not with entry " + cut.lastIndex());
    try (DiskFile file = copies.open(last.file(), Disk.Mode.WRITE)) {
      file.write(ByteBuffer.allocate(100), last.bytes() - 2 * 4096);
    }
    assertThatThrownBy(() -> cut.verify(copies, copied))
        .isInstanceOf(DamagedJournalException.class);
  }

  /** Changes a bit in the header of an entry. */
  private void flipEntry(JournalCut cut, long index) throws IOException {
    for (JournalCut.Part part : cut.parts()) {
      try (JournalReader reader = new JournalReader(disk, part.file())) {
        for (var entry = reader.next(); entry != null; entry = reader.next()) {
          if (entry.index() == index) {
            flip(part.file(), entry.position() + 30);
            return;
          }
        }
      }
    }
    throw new AssertionError("no entry " + index + " in " + cut);
  }

  private void flip(Path path, long position) throws IOException {
    try (DiskFile file = disk.open(path, Disk.Mode.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      file.read(one, position);
      one.put(0, (byte) (one.get(0) ^ 1)).rewind();
      file.write(one, position);
    }
  }
}
