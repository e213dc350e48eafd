package io.millrace.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * A file that is there while the broker is ready, and tells scripts where. It appears whole, by a
 * rename, readable by its owner only.
 */
public final class ReadyFile {

  private final Path path;

  /** Takes a path; a file that an earlier run left there is removed. */
  public ReadyFile(Path path) throws IOException {
    this.path = path.toAbsolutePath();
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
            + ",\"amqp\":null,\"admin\":null,\"ready_ms\":"
            + readyMs
            + "}\n";
    Path unfinished = path.resolveSibling(path.getFileName() + ".tmp");
    Files.deleteIfExists(unfinished);
    Files.createFile(
        unfinished,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(unfinished, json, StandardCharsets.UTF_8);
    Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Says that the broker is no longer ready. */
  public void remove() throws IOException {
    Files.deleteIfExists(path);
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
