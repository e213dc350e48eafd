package io.millrace.log;

import io.millrace.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Verifies a batch in a file piece by piece: how long it is its header says, which may be wrong and
 * must not decide how much memory is taken.
 */
final class BatchChecksum {

  private static final int PIECE_BYTES = 64 * 1024;

  private final ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);

  /**
   * Whether the checksum of a batch is right; false if the file ends before it does.
   *
   * @param size bytes of the batch, as its header says
   * @param crc its checksum, as its header says
   */
  boolean isRight(DiskFile file, long position, int size, int crc) throws IOException {
    CRC32C computed = new CRC32C();
    long end = position + size;
    for (long at = position + RecordBatch.ATTRIBUTES_AT; at < end; at += piece.limit()) {
      piece.clear().limit((int) Math.min(piece.capacity(), end - at));
      if (file.read(piece, at) < piece.limit()) {
        return false;
      }
      computed.update(piece.flip());
    }
    return (int) computed.getValue() == crc;
  }
}
