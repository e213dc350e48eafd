package io.millrace.cli;

import io.millrace.record.Header;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where a dump goes: a line for each thing found, as {@code kind name=value ...} or as a JSON
 * document, and a line for each damaged place.
 */
final class Dump {

  private final Terminal terminal;
  private final boolean json;
  private final boolean records;
  private int damagedPlaces;

  /**
   * @param records whether records are wanted too
   */
  Dump(Terminal terminal, boolean json, boolean records) {
    this.terminal = terminal;
    this.json = json;
    this.records = records;
  }

  boolean wantsRecords() {
    return records;
  }

  int damagedPlaces() {
    return damagedPlaces;
  }

  /** One thing found, filled in and then shown. */
  final class Line {
    private final String kind;
    private final int depth;
    private final Map<String, @Nullable Object> values = new LinkedHashMap<>();

    private Line(String kind, int depth) {
      this.kind = kind;
      this.depth = depth;
    }

    Line with(String name, @Nullable Object value) {
      values.put(name, value);
      return this;
    }

    /** A time in ms; -1 if there is none. */
    Line withTime(String name, long ms) {
      return with(
          name, ms < 0 || ms == Long.MAX_VALUE ? null : Instant.ofEpochMilli(ms).toString());
    }

    /** Bytes: in JSON as {@link RecordJson} has them, else text if they are that, or Base64. */
    Line withBytes(String name, @Nullable ByteBuffer bytes) {
      if (json) {
        RecordJson.put(values, name, copy(bytes));
        return this;
      }
      return with(name, text(bytes));
    }

    Line withHeaders(List<Header> headers) {
      if (!json) {
        return with(
            "headers",
            headers.stream()
                .map(header -> header.key() + ":" + text(header.value()))
                .collect(Collectors.joining(",")));
      }
      List<Object> documents = new ArrayList<>();
      for (Header header : headers) {
        Map<String, @Nullable Object> one = new LinkedHashMap<>();
        one.put("name", header.key());
        RecordJson.put(one, "value", copy(header.value()));
        documents.add(one);
      }
      return with("headers", documents);
    }

    void show() {
      if (json) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("kind", kind);
        document.putAll(values);
        terminal.say(Json.text(document));
        return;
      }
      StringBuilder line = new StringBuilder("  ".repeat(depth)).append(kind);
      values.forEach((name, value) ->
          line.append(' ').append(name).append('=').append(value == null ? "-" : value));
      terminal.say(line.toString());
    }
  }

  /** Text as it is if it is UTF-8 without control characters, Base64 otherwise. */
  private static @Nullable String text(@Nullable ByteBuffer bytes) {
    if (bytes == null) {
      return null;
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(bytes.duplicate()).toString();
      if (text.chars().noneMatch(Character::isISOControl)) {
        return text;
      }
    } catch (CharacterCodingException e) {
      // Shown as bytes.
    }
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    return "base64:" + Base64.getEncoder().encodeToString(copy);
  }

  private static byte @Nullable [] copy(@Nullable ByteBuffer bytes) {
    if (bytes == null) {
      return null;
    }
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    return copy;
  }

  /**
   * Begins a line.
   *
   * @param depth how deep the thing lies within others
   */
  Line line(int depth, String kind) {
    return new Line(kind, depth);
  }

  /** Names a damaged place. */
  void damaged(Path file, long position, String reason) {
    damagedPlaces++;
    if (json) {
      line(0, "damage")
          .with("file", file.toString())
          .with("position", position)
          .with("reason", reason)
          .show();
    } else {
      terminal.say("DAMAGED " + file + " at position " + position + ": " + reason);
    }
  }
}
