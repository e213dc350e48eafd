package io.millrace.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.SegmentPart.Batch;
import io.millrace.log.SegmentPart.Gap;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class BatchSearchTest {

  private static final Path FILE = Path.of("/data/segment.log");

  private final SimulatedDisk disk = new SimulatedDisk();

  private List<SegmentPart> search(byte[] bytes, long endOffset) throws IOException {
    List<SegmentPart> parts = new ArrayList<>();
    disk.createDirectories(FILE.getParent());
    try (DiskFile file = disk.open(FILE, Disk.Mode.CREATE)) {
      file.write(ByteBuffer.wrap(bytes), 0);
      BatchSearch search = new BatchSearch(file, bytes.length, 0, endOffset);
      for (SegmentPart part; (part = search.next()) != null; ) {
        assertThat(part.position()).isEqualTo(parts.isEmpty() ? 0 : parts.getLast().end());
        parts.add(part);
      }
    }
    return parts;
  }

  private static byte[] bytes(ByteBuffer batch) {
    byte[] bytes = new byte[batch.remaining()];
    batch.duplicate().get(bytes);
    return bytes;
  }

  private static byte[] batch(long offset, String value) {
    return bytes(TestBatches.batch(offset, 1000 + offset, value));
  }

  private static byte[] joined(byte[]... pieces) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] piece : pieces) {
      all.write(piece);
    }
    return all.toByteArray();
  }

  private static byte[] withBaseOffset(long wrong, byte[] batch) {
    ByteBuffer.wrap(batch).putLong(RecordBatch.BASE_OFFSET_AT, wrong);
    return batch;
  }

  @Test
  void batchesAroundNoiseAreFoundWhereverAWindowEnds() throws IOException {
    byte[] first = batch(0, "first");
    byte[] third = batch(2, "third");
    for (int noise : new int[] {1, 60, 61, 65_400, 65_536, 65_537, 200_000}) {
      byte[] all = joined(first, new byte[noise], third);
      int behind = first.length + noise;
      assertThat(search(all, 3))
          .containsExactly(
              new Batch(0, first.length, 0, 0, 1000),
              new Gap(first.length, behind, 1, 1, "no batch begins here"),
              new Batch(behind, third.length, 2, 2, 1002));
    }
  }

  @Test
  void endThatCannotBeReadIsLostUpToTheEndOfTheSegment() throws IOException {
    byte[] first = batch(0, "first");
    byte[] all = joined(first, new byte[30]);
    assertThat(search(all, 7))
        .last()
        .isEqualTo(new Gap(first.length, all.length, 1, 6, "a batch header is cut off"));
  }

  @Test
  void baseOffsetThatIsTooHighCostsItsOwnBatchOnly() throws IOException {
    byte[] all =
        joined(batch(0, "a"), withBaseOffset(3, batch(1, "b")), batch(2, "c"), batch(3, "d"));
    assertThat(search(all, 100).stream().filter(Batch.class::isInstance).map(p -> (Batch) p))
        .extracting(Batch::baseOffset)
        .containsExactly(0L, 2L, 3L);
  }

  /** A record may hold a whole batch: a bad header whose length is right does not lead into it. */
  @Test
  void batchInARecordOfADamagedBatchIsNotTakenForOneOfTheLog() throws IOException {
    byte[] inner = batch(1, "forged");
    ByteBuffer value = ByteBuffer.wrap(inner);
    byte[] outer = bytes(new RecordBatchBuilder().baseOffset(1).append(1000, null, value).build());
    outer[RecordBatch.MAGIC_AT] = 77;
    byte[] first = batch(0, "a");
    List<SegmentPart> parts = search(joined(first, outer, batch(2, "c")), 3);
    assertThat(parts).hasSize(3);
    assertThat(parts.get(1).end()).isEqualTo(first.length + outer.length);
  }

  /** Each of these headers would have the whole rest of the file verified. */
  @Test
  @Timeout(60)
  void headersThatOnlyLookGoodDoNotMakeTheSearchLong() throws IOException {
    byte[] header = batch(1, "x");
    ByteBuffer forged = ByteBuffer.allocate(8 << 20);
    while (forged.remaining() >= RecordBatch.HEADER_SIZE) {
      int length = forged.remaining() - RecordBatch.LOG_OVERHEAD;
      ByteBuffer.wrap(header).putInt(RecordBatch.LENGTH_AT, length);
      forged.put(header, 0, RecordBatch.HEADER_SIZE);
    }
    byte[] last = batch(2, "last");
    List<SegmentPart> parts = search(joined(batch(0, "a"), forged.array(), last), 3);
    assertThat(parts).hasSize(3);
    assertThat(parts.get(2).position()).isEqualTo(parts.get(0).end() + forged.capacity());
  }
}
