package io.millrace.server;

import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * What a backup says of itself: the last entry of its archive, {@code manifest}.
 *
 * <pre>
 * millrace backup 1                  magic, format version
 * made 2026-01-31T12:00:00Z          when it was begun
 * files 2                            how many follow
 * SHA-256 BYTES PATH                 one line for each, PATH relative to the data directory
 * </pre>
 *
 * @param made when it was begun: what had been acknowledged then is in it
 */
record BackupManifest(Instant made, List<File> files) {

  static final String NAME = "manifest";
  private static final String MAGIC = "millrace backup ";
  private static final int VERSION = 1;
  private static final int SHA_DIGITS = 64;

  /** A file of the data directory. */
  record File(String path, long bytes, String sha256) {}

  String text() {
    StringBuilder text = new StringBuilder(MAGIC).append(VERSION).append('\n');
    text.append("made ").append(made).append('\n');
    text.append("files ").append(files.size()).append('\n');
    for (File file : files) {
      text.append(file.sha256).append(' ').append(file.bytes).append(' ').append(file.path);
      text.append('\n');
    }
    return text.toString();
  }

  long bytes() {
    return files.stream().mapToLong(File::bytes).sum();
  }

  /**
   * Reads one.
   *
   * @throws ConfigurationException if it is of a later version
   * @throws IOException if it is none
   */
  static BackupManifest parse(String text) throws IOException {
    List<String> lines = text.lines().toList();
    if (lines.size() < 3 || !lines.get(0).startsWith(MAGIC)) {
      throw new IOException("its manifest is not one of a Millrace backup");
    }
    try {
      int version = Integer.parseInt(lines.get(0).substring(MAGIC.length()));
      if (version > VERSION) {
        throw new ConfigurationException(
            "the backup has format version "
                + version
                + "; this version of Millrace reads up to "
                + VERSION);
      }
      Instant made = Instant.parse(lines.get(1).substring("made ".length()));
      int count = Integer.parseInt(lines.get(2).substring("files ".length()));
      List<File> files = new ArrayList<>();
      for (String line : lines.subList(3, lines.size())) {
        files.add(parseFile(line));
      }
      if (files.size() != count) {
        throw new IOException("its manifest names " + files.size() + " files of " + count);
      }
      return new BackupManifest(made, files);
    } catch (NumberFormatException | StringIndexOutOfBoundsException | DateTimeParseException e) {
      throw new IOException("its manifest cannot be read: " + e.getMessage(), e);
    }
  }

  private static File parseFile(String line) throws IOException {
    String[] parts = line.split(" ", 3);
    if (parts.length < 3
        || parts[0].length() != SHA_DIGITS
        || !HexFormat.isHexDigit(parts[0].charAt(0))) {
      throw new IOException("its manifest has a line that is none: " + line);
    }
    String path = parts[2];
    boolean inside = !path.startsWith("/") && !("/" + path + "/").contains("/../");
    if (!inside || path.contains("\\") || path.contains("//")) {
      throw new IOException("its manifest names a file outside the data directory: " + path);
    }
    return new File(path, Long.parseLong(parts[1]), parts[0]);
  }
}
