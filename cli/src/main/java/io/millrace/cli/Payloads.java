package io.millrace.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Values for a load, taken in turn. */
final class Payloads {

  static final int BYTES_MAX = 32 << 20;
  private static final int COUNT = 1024;
  private static final int LETTERS = 26;

  private final List<byte[]> values;
  private int next;

  private Payloads(List<byte[]> values) {
    this.values = values;
  }

  /** Random letters, which compress somewhat. */
  static Payloads random(int bytes, Random random) {
    int count = Math.clamp(BYTES_MAX / Math.max(1, bytes), 1, COUNT);
    List<byte[]> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] value = new byte[bytes];
      for (int at = 0; at < bytes; at++) {
        value[at] = (byte) ('A' + random.nextInt(LETTERS));
      }
      values.add(value);
    }
    return new Payloads(values);
  }

  /** The lines of a file, as many as fit in some memory. */
  static Payloads ofLines(Path file) throws IOException {
    List<byte[]> values = new ArrayList<>();
    try (InputStream in = Files.newInputStream(file)) {
      LineReader reader = new LineReader(in, BYTES_MAX);
      int bytes = 0;
      for (byte[] line; bytes < BYTES_MAX && (line = reader.next()) != null; ) {
        values.add(line);
        bytes += line.length;
      }
    }
    if (values.isEmpty()) {
      throw CommandFailure.environment("--payload-file " + file + " has no lines", null);
    }
    return new Payloads(values);
  }

  byte[] next() {
    byte[] value = values.get(next);
    next = next + 1 == values.size() ? 0 : next + 1;
    return value;
  }
}
