package io.millrace.systemtests.badinput;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Finds files of a data directory, and spoils them. */
final class DataFiles {

  private final Path data;

  DataFiles(Path data) {
    this.data = data;
  }

  /** Files whose names end so, in the order of their paths. */
  List<Path> ending(String suffix) throws IOException {
    try (Stream<Path> files = Files.walk(data)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> file.getFileName().toString().endsWith(suffix))
          .sorted()
          .toList();
    }
  }

  /** The only file whose name ends so and that holds a text. */
  Path holding(String suffix, String text) throws IOException {
    List<Path> found = ending(suffix).stream().filter(file -> positionOf(file, text) >= 0).toList();
    if (found.size() != 1) {
      throw new AssertionError("files that hold " + text + ": " + found);
    }
    return found.get(0);
  }

  static long positionOf(Path file, String text) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
      for (int i = 0; i + wanted.length <= bytes.length; i++) {
        if (bytes[i] == wanted[0]
            && Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
          return i;
        }
      }
      return -1;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the batch with a base offset begins in an intact segment. */
  static int startOfBatch(Path segment, long baseOffset) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(segment));
    int at = 0;
    while (bytes.getLong(at) != baseOffset) {
      at += 12 + bytes.getInt(at + 8);
    }
    return at;
  }

  /** Turns one bit over; done twice, everything is as before. */
  static void flipBit(Path file, long position) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(position);
      int before = open.read();
      open.seek(position);
      open.write(before ^ 0x10);
    }
  }

  /** Names, sizes and bytes of all files but the lock. */
  Map<String, ByteBuffer> everything() throws IOException {
    Map<String, ByteBuffer> all = new TreeMap<>();
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!file.getFileName().toString().equals("millrace.lock")) {
          all.put(data.relativize(file).toString(), ByteBuffer.wrap(Files.readAllBytes(file)));
        }
      }
    }
    return all;
  }
}
