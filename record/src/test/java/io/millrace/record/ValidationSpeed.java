package io.millrace.record;

import io.millrace.record.BatchRules.Depth;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.zip.CRC32C;

/**
 * Measures the checks of the receive path, by hand: {@code mvn -pl record test-compile}, then run
 * this class. Batches of 16 KiB in direct memory, once few enough for the cache and once far more
 * than it holds.
 */
final class ValidationSpeed {
  private static final long NOW = 1_700_000_000_000L;
  private static final int BATCH_BYTES = 16 * 1024;

  private ValidationSpeed() {}

  private interface Check {
    long run(ByteBuffer batches, int position, int size);
  }

  public static void main(String[] args) {
    RecordBatchValidator validator = new RecordBatchValidator();
    BatchRules header = BatchRules.DEFAULT;
    BatchRules structure = header.withDepth(Depth.STRUCTURE);
    BatchRules full = header.withDepth(Depth.FULL);
    RecordWalk walk = new RecordWalk();
    CRC32C crc = new CRC32C();
    Check walkOnly =
        (batches, position, size) -> {
          walk.begin(RecordBatch.recordCount(batches, position), NOW, 0, Long.MAX_VALUE, false);
          walk.walk(batches, position + RecordBatch.HEADER_SIZE, position + size, true);
          if (!walk.finished()) {
            throw new AssertionError(walk.fault());
          }
          return walk.maxTimestamp();
        };
    for (int recordBytes : new int[] {100, 1024}) {
      for (int copies : new int[] {8, 8192}) {
        Batch batch = new Batch(recordBytes, Compression.NONE);
        report("walk only", batch, copies, walkOnly);
        report("CRC only", batch, copies, (b, p, s) -> RecordBatch.computeCrc(crc, b, p));
        report("check HEADER", batch, copies, (b, p, s) -> check(validator, b, p, s, header));
        report("check STRUCTURE", batch, copies, (b, p, s) -> check(validator, b, p, s, structure));
      }
      for (Compression codec : Compression.values()) {
        report(
            "check FULL " + codec,
            new Batch(recordBytes, codec),
            8,
            (b, p, s) -> check(validator, b, p, s, full));
      }
    }
  }

  private static long check(
      RecordBatchValidator validator, ByteBuffer b, int position, int size, BatchRules rules) {
    return ((BatchVerdict.Accepted) validator.check(b, position, size, rules, NOW)).maxTimestamp();
  }

  private static final class Batch {
    final ByteBuffer bytes;
    final int plainBytes;
    final int records;
    final int recordBytes;

    Batch(int recordBytes, Compression codec) {
      RecordBatchBuilder builder = new RecordBatchBuilder().compression(codec);
      Random random = new Random(1);
      byte[] key = new byte[8];
      byte[] value = new byte[recordBytes - 8];
      while (builder.sizeInBytes() + recordBytes + 20 < BATCH_BYTES) {
        random.nextBytes(key);
        for (int i = 0; i < value.length; i++) {
          value[i] = (byte) ('a' + random.nextInt(4));
        }
        builder.append(
            NOW + random.nextInt(500), ByteBuffer.wrap(key), ByteBuffer.wrap(value.clone()));
      }
      this.recordBytes = recordBytes;
      plainBytes = builder.sizeInBytes();
      records = builder.recordCount();
      bytes = builder.build();
    }
  }

  private static void report(String name, Batch batch, int copies, Check check) {
    int size = batch.bytes.remaining();
    ByteBuffer batches = ByteBuffer.allocateDirect(size * copies);
    for (int i = 0; i < copies; i++) {
      batches.put(i * size, batch.bytes, batch.bytes.position(), size);
    }
    double best = Double.MAX_VALUE;
    long sink = 0;
    for (int round = 0; round < 8; round++) {
      long runs = 0;
      long begin = System.nanoTime();
      long end;
      do {
        for (int i = 0; i < copies; i++) {
          sink += check.run(batches, i * size, size);
        }
        runs += copies;
        end = System.nanoTime();
      } while (end - begin < 300_000_000L);
      best = Math.min(best, (double) (end - begin) / runs);
    }
    System.out.printf(
        "%5d B records, %4d MiB, %-20s %8.1f ns/batch %7.2f ns/record %7.2f GB/s%s%n",
        batch.recordBytes,
        (long) size * copies >> 20,
        name,
        best,
        best / batch.records,
        batch.plainBytes / best,
        sink == 42 ? "!" : "");
  }
}
