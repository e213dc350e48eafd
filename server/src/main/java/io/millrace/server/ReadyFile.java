package io.millrace.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A file that is there while the broker is ready, and tells scripts where. It appears whole, by a
 * rename, readable by its owner only. Nothing but a ready file is ever removed or replaced.
 */
public final class ReadyFile {

  private static final int BYTES_MAX = 64 * 1024;
  private static final Pattern OURS =
      Pattern.compile("\\{\"version\":\\d+,\"pid\":(\\d+),.*\"ready_ms\":\\d+}\\s*");

  private final Path path;
  private @Nullable String written;

  /**
   * Takes a path. What a process that is gone left there is removed; what one that lives wrote
   * stays until {@link #removeStale}.
   *
   * @throws ConfigurationException if there is something else than a ready file, or none could be
   *     written there
   */
  public ReadyFile(Path path) {
    this.path = path.toAbsolutePath();
    Path parent = this.path.getParent();
    if (parent == null || Files.isDirectory(this.path)) {
      throw refusal("it is a directory, and nothing was changed");
    }
    if (!Files.isDirectory(parent)) {
      throw refusal("there is no directory " + parent);
    }
    if (!Files.isWritable(parent)) {
      throw refusal("this user may not write to the directory " + parent);
    }
    try {
      if (!isOfAnotherThatLives(readOurs())) {
        Files.deleteIfExists(this.path);
      }
    } catch (IOException e) {
      throw refusal("it cannot be read or removed (" + e.getMessage() + ")");
    }
  }

  /** What is there, which an earlier run wrote; empty if nothing is. */
  private String readOurs() throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return "";
    }
    boolean small = Files.isRegularFile(path) && Files.size(path) <= BYTES_MAX;
    String text = small ? new String(Files.readAllBytes(path), StandardCharsets.UTF_8) : "-";
    if (!text.isEmpty() && !OURS.matcher(text).matches()) {
      throw refusal("something else is there, and was not changed; name another file");
    }
    return text;
  }

  private static boolean isOfAnotherThatLives(String text) {
    Matcher ours = OURS.matcher(text);
    if (!ours.matches()) {
      return false;
    }
    try {
      long pid = Long.parseLong(ours.group(1));
      return pid != ProcessHandle.current().pid() && ProcessHandle.of(pid).isPresent();
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private ConfigurationException refusal(String why) {
    return new ConfigurationException("the ready file cannot be " + path + ": " + why);
  }

  /**
   * Removes what is there, whoever wrote it: to be called when the data directory is ours, so that
   * its process cannot be another broker on the same data.
   */
  void removeStale() throws IOException {
    readOurs();
    Files.deleteIfExists(path);
  }

  /**
   * Says that the broker is ready.
   *
   * @param data the data directory; null in memory
   * @param readyMs ms from the start of the process
   */
  public void write(Millrace millrace, @Nullable Path data, @Nullable String kafka, long readyMs)
      throws IOException {
    String json =
        "{\"version\":1,\"pid\":"
            + ProcessHandle.current().pid()
            + ",\"node\":"
            + millrace.nodeId()
            + ",\"cluster\":"
            + quoted(millrace.clusterId())
            + ",\"data\":"
            + quoted(data == null ? null : data.toString())
            + ",\"kafka\":"
            + quoted(kafka)
            + ",\"amqp\":null,\"admin\":null,\"listeners\":["
            + millrace.kafkaListeners().stream()
                .map(ReadyFile::quoted)
                .collect(Collectors.joining(","))
            + "],\"ready_ms\":"
            + readyMs
            + "}\n";
    readOurs();
    Path unfinished =
        Files.createTempFile(
            path.getParent(),
            ".millrace-ready",
            null,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      Files.writeString(unfinished, json, StandardCharsets.UTF_8);
      Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.deleteIfExists(unfinished);
      throw e;
    }
    written = json;
  }

  /** Says that the broker is no longer ready; what another has put there since stays. */
  public void remove() throws IOException {
    if (written != null && Files.isRegularFile(path) && readOurs().equals(written)) {
      Files.deleteIfExists(path);
    }
  }

  private static String quoted(@Nullable String text) {
    if (text == null) {
      return "null";
    }
    StringBuilder json = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ') {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }
}
