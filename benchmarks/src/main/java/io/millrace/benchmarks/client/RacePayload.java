package io.millrace.benchmarks.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Records of equal size with keys of equal size, read into memory. The file's first line says
 * {@code COUNT SIZE KEYSIZE}; then come the records, each key before its value.
 */
final class RacePayload {
  private final byte[][] keys;
  private final byte[][] values;
  private int next;

  private RacePayload(byte[][] keys, byte[][] values) {
    this.keys = keys;
    this.values = values;
  }

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException if it is shorter or longer than its first line says
   */
  static RacePayload read(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
    StringBuilder line = new StringBuilder();
    for (byte one = bytes.get(); one != '\n'; one = bytes.get()) {
      line.append((char) one);
    }
    String[] head = line.toString().split(" ", -1);
    int count = Integer.parseInt(head[0]);
    int size = Integer.parseInt(head[1]);
    int keySize = Integer.parseInt(head[2]);
    if (bytes.remaining() != (long) count * (size + keySize)) {
      throw new IllegalArgumentException(file + " does not hold what it says: " + line);
    }
    byte[][] keys = new byte[count][keySize];
    byte[][] values = new byte[count][size];
    for (int i = 0; i < count; i++) {
      bytes.get(keys[i]).get(values[i]);
    }
    return new RacePayload(keys, values);
  }

  /** Goes on to the next record, after the last one to the first, and says which it is. */
  int next() {
    int at = next;
    next = at + 1 == values.length ? 0 : at + 1;
    return at;
  }

  byte[] key(int index) {
    return keys[index];
  }

  byte[] value(int index) {
    return values[index];
  }
}
