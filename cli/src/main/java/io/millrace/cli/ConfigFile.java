package io.millrace.cli;

import io.millrace.broker.setting.BrokerTable;
import io.millrace.server.ConfigurationException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Settings in a file: one {@code name=value} a line, in UTF-8. Empty lines and those that begin
 * with # are passed over; a name stands once.
 */
final class ConfigFile {

  private static final long BYTES_MAX = 1 << 20;

  private final Path file;
  private final Map<String, String> settings = new TreeMap<>();

  private ConfigFile(Path file) {
    this.file = file;
  }

  /**
   * Reads a file.
   *
   * @return its settings, each of which the broker knows and takes
   * @throws ConfigurationException that names the file and the line
   */
  static Map<String, String> read(Path path) {
    ConfigFile config = new ConfigFile(path);
    List<String> lines = config.lines();
    for (int i = 0; i < lines.size(); i++) {
      String problem = config.take(lines.get(i).replace("\ufeff", "").strip());
      if (problem != null) {
        throw new ConfigurationException(path + " line " + (i + 1) + ": " + problem);
      }
    }
    return config.settings;
  }

  private List<String> lines() {
    try {
      if (!Files.exists(file)) {
        throw new ConfigurationException("--config " + file + " does not exist");
      }
      if (!Files.isRegularFile(file) || Files.size(file) > BYTES_MAX) {
        throw new ConfigurationException(
            "--config " + file + " is not a file of at most " + BYTES_MAX + " bytes");
      }
      return Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (MalformedInputException e) {
      throw new ConfigurationException("--config " + file + " is not a text in UTF-8", e);
    } catch (IOException e) {
      throw new ConfigurationException("--config " + file + " cannot be read: " + e, e);
    }
  }

  /** Takes a line; what is wrong with it, null if nothing. */
  private @Nullable String take(String line) {
    if (line.isEmpty() || line.startsWith("#")) {
      return null;
    }
    int equals = line.indexOf('=');
    if (equals < 1) {
      return "it is not name=value: \"" + line + "\"";
    }
    String name = line.substring(0, equals).strip();
    String value = line.substring(equals + 1).strip();
    String problem = BrokerTable.TABLE.problem(name, value);
    if (problem == null && settings.put(name, value) != null) {
      return name + " is set a second time";
    }
    return problem;
  }
}
