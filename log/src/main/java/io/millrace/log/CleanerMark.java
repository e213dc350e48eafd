package io.millrace.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * How far a log has been cleaned, in the file {@code cleaner.mark} of its directory. A cache: one
 * that is missing, torn or of another version means that the log is cleaned from its start again,
 * which changes nothing that counts.
 *
 * <pre>
 * 0   u32  magic "MRCM"
 * 4   u16  format version, 1
 * 6   u16  zero
 * 8   i64  offset before which no key occurs twice
 * 16  u32  CRC-32C of bytes 0 to 16
 * </pre>
 *
 * @param cleanedTo offset before which no key occurs twice
 */
record CleanerMark(long cleanedTo) {

  static final String NAME = "cleaner.mark";

  private static final int MAGIC = 0x4d52434d;
  private static final short VERSION = 1;
  private static final int BYTES = 20;
  private static final CleanerMark NONE = new CleanerMark(0);

  static CleanerMark read(Disk disk, Path directory) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    try (DiskFile file = disk.open(directory.resolve(NAME), Disk.Mode.READ)) {
      file.read(bytes, 0);
    } catch (NoSuchFileException e) {
      return NONE;
    }
    boolean usable =
        !bytes.hasRemaining()
            && bytes.getInt(0) == MAGIC
            && bytes.getShort(4) == VERSION
            && bytes.getInt(BYTES - 4) == checksum(bytes)
            && bytes.getLong(8) >= 0;
    return usable ? new CleanerMark(bytes.getLong(8)) : NONE;
  }

  void write(Disk disk, Path directory) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    bytes.putInt(MAGIC).putShort(VERSION).putShort((short) 0).putLong(cleanedTo);
    bytes.putInt(checksum(bytes)).flip();
    try (DiskFile file = disk.open(directory.resolve(NAME), Disk.Mode.CREATE)) {
      file.write(bytes, 0);
    }
  }

  private static int checksum(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate().clear().limit(BYTES - 4));
    return (int) crc.getValue();
  }
}
