package io.millrace.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BatchesTest {

  private static ByteBuffer batch(long baseOffset, int valueBytes) {
    return new RecordBatchBuilder()
        .baseOffset(baseOffset)
        .append(BatchSpec.NOW, null, ByteBuffer.allocate(valueBytes))
        .build();
  }

  private static ByteBuffer joined(ByteBuffer... batches) {
    ByteBuffer joined = ByteBuffer.allocate(10_000);
    for (ByteBuffer batch : batches) {
      joined.put(batch.duplicate());
    }
    return joined.flip();
  }

  private static List<Long> baseOffsets(ByteBuffer buffer) {
    List<Long> offsets = new ArrayList<>();
    Batches.of(buffer).forEach(batch -> offsets.add(batch.baseOffset()));
    return offsets;
  }

  @Test
  void stepsOverWholeBatches() {
    ByteBuffer buffer = joined(batch(0, 10), batch(7, 300), batch(9, 0));
    assertThat(baseOffsets(buffer)).containsExactly(0L, 7L, 9L);
    assertThat(Batches.of(buffer).validBytes()).isEqualTo(buffer.limit());
    assertThat(buffer.position()).isZero();
  }

  @Test
  void aPartialLastBatchIsLeftOutWhereverItIsCut() {
    ByteBuffer first = batch(0, 10);
    ByteBuffer buffer = joined(first, batch(7, 100));
    for (int end = first.limit(); end < buffer.limit(); end++) {
      ByteBuffer cut = buffer.duplicate().limit(end);
      assertThat(baseOffsets(cut)).as("%d bytes", end).containsExactly(0L);
      assertThat(Batches.of(cut).validBytes()).isEqualTo(first.limit());
      assertThat(Batches.sizeAt(buffer, first.limit(), end)).isEqualTo(Batches.PARTIAL);
    }
  }

  @Test
  void nothingIsNoBatch() {
    ByteBuffer nothing = ByteBuffer.allocate(0);
    assertThat(Batches.of(nothing)).isEmpty();
    assertThat(Batches.of(nothing).validBytes()).isZero();
    assertThatThrownBy(() -> Batches.of(nothing).iterator().next())
        .isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void lengthsAreNotTrusted() {
    ByteBuffer first = batch(0, 10);
    ByteBuffer buffer = joined(first, batch(7, 100));
    for (int length : new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE - 12, 1_000_000}) {
      buffer.putInt(first.limit() + RecordBatch.LENGTH_AT, length);
      assertThat(Batches.sizeAt(buffer, first.limit(), buffer.limit())).isEqualTo(Batches.PARTIAL);
      assertThat(baseOffsets(buffer)).containsExactly(0L);
    }
    for (int length : new int[] {Integer.MIN_VALUE, -1, 0, 48}) {
      buffer.putInt(first.limit() + RecordBatch.LENGTH_AT, length);
      assertThat(Batches.sizeAt(buffer, first.limit(), buffer.limit()))
          .isEqualTo(Batches.MALFORMED);
      assertThat(Batches.of(buffer).validBytes()).isEqualTo(first.limit());
      Iterator<RecordBatch> batches = Batches.of(buffer).iterator();
      batches.next();
      assertThat(batches.hasNext()).as("what follows is not the end").isTrue();
      assertThatThrownBy(batches::next)
          .isInstanceOf(CorruptBatchException.class)
          .hasMessageContaining("not a batch header");
    }
  }

  @Test
  void anotherMagicIsMalformed() {
    ByteBuffer buffer = batch(0, 10);
    for (int magic : new int[] {0, 1, 3, -1}) {
      buffer.put(RecordBatch.MAGIC_AT, (byte) magic);
      assertThat(Batches.sizeAt(buffer, 0, buffer.limit())).isEqualTo(Batches.MALFORMED);
      assertThatThrownBy(() -> RecordBatch.at(buffer, 0)).isInstanceOf(CorruptBatchException.class);
    }
  }

  @Test
  void aViewOfACutBatchIsRefused() {
    ByteBuffer whole = batch(0, 10);
    assertThatThrownBy(() -> RecordBatch.at(whole.limit(whole.limit() - 1), 0))
        .isInstanceOf(CorruptBatchException.class)
        .hasMessageContaining("cut off");
  }

  @Test
  void noiseEndsWithoutAnException() {
    Random random = Seed.random("noiseEndsWithoutAnException");
    for (int i = 0; i < 10_000; i++) {
      byte[] noise = new byte[random.nextInt(200)];
      random.nextBytes(noise);
      if (noise.length > 16 && random.nextBoolean()) {
        noise[16] = 2;
        noise[8] = 0;
        noise[9] = 0;
      }
      int valid = Batches.of(ByteBuffer.wrap(noise)).validBytes();
      assertThat(valid).isBetween(0, noise.length);
    }
  }
}
