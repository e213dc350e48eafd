package io.millrace.benchmarks.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Records of one exact size, cut from an access log: each begins with a line, further lines are
 * joined by a space, and the last is cut.
 *
 * <p>They lie in a file one below the other, as Kafka's {@code ProducerPerformance} wants them: it
 * splits at line ends, reads UTF-8, and picks one at random for each record that it sends.
 */
public final class Payloads {
  /** Of a key, which is padded with blanks: as long as an address can be. */
  static final int KEY_BYTES = 15;

  private final AccessLog log;
  private final Path directory;
  private final Map<Integer, List<String>> bySize = new HashMap<>();

  /** Payloads whose files will be in {@code directory}. */
  public Payloads(AccessLog log, Path directory) {
    this.log = log;
    this.directory = directory;
  }

  /** Where the bytes come from. */
  public String origin() {
    return log.origin();
  }

  /** The file of the records of that size, written when first asked for. */
  public Path file(int recordBytes) {
    Path file = directory.resolve("payloads-" + recordBytes + ".txt");
    try {
      if (!Files.exists(file)) {
        Files.createDirectories(directory);
        Files.write(file, records(recordBytes), StandardCharsets.US_ASCII);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  /**
   * The file of the same records with keys, as the racers want it: a line that says {@code COUNT
   * SIZE KEYSIZE}, then each key before its record, with nothing between.
   */
  public Path keyedFile(int recordBytes) {
    List<String> records = records(recordBytes);
    Path file = directory.resolve("keyed-" + recordBytes + ".bin");
    StringBuilder content = new StringBuilder();
    content.append(records.size() + " " + recordBytes + " " + KEY_BYTES + "\n");
    records.forEach(record -> content.append(key(record)).append(record));
    try {
      Files.createDirectories(directory);
      Files.writeString(file, content, StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  /**
   * The key of a record: the first field of the line that it begins with, the visitor's address.
   */
  static String key(String record) {
    int end = record.indexOf(' ');
    String field = end < 0 ? record : record.substring(0, end);
    return field.length() >= KEY_BYTES
        ? field.substring(0, KEY_BYTES)
        : field + " ".repeat(KEY_BYTES - field.length());
  }

  /** The records of that size. */
  public List<String> records(int recordBytes) {
    return bySize.computeIfAbsent(recordBytes, size -> cut(log.lines(), size));
  }

  /** The same as bytes, to look up what was read back. */
  public Set<ByteBuffer> known(int recordBytes) {
    Set<ByteBuffer> known = new HashSet<>();
    records(recordBytes)
        .forEach(record -> known.add(ByteBuffer.wrap(record.getBytes(StandardCharsets.US_ASCII))));
    return known;
  }

  /** Cuts all lines, each used once, into records of one size. */
  static List<String> cut(List<String> lines, int recordBytes) {
    List<String> records = new ArrayList<>();
    StringBuilder record = new StringBuilder();
    for (String line : lines) {
      if (!record.isEmpty()) {
        record.append(' ');
      }
      record.append(line);
      if (record.length() >= recordBytes) {
        records.add(record.substring(0, recordBytes));
        record.setLength(0);
      }
    }
    if (records.isEmpty()) {
      throw new IllegalArgumentException(
          "the log is too short for a record of " + recordBytes + " bytes");
    }
    return records;
  }
}
