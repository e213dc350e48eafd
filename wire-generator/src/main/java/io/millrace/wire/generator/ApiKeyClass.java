package io.millrace.wire.generator;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The enum of all API keys, with a reader of requests and one of responses. */
final class ApiKeyClass {
  static final String PACKAGE = "io.millrace.wire";
  static final String NAME = "ApiKey";

  private static final int API_VERSIONS = 18;

  private final Map<Integer, MessageSchema> requests = new TreeMap<>();
  private final Map<Integer, MessageSchema> responses = new TreeMap<>();

  ApiKeyClass(List<MessageSchema> messages) {
    for (MessageSchema message : messages) {
      switch (message.kind()) {
        case REQUEST -> requests.put(message.apiKey(), message);
        case RESPONSE -> responses.put(message.apiKey(), message);
        default -> {}
      }
    }
    if (!requests.keySet().equals(responses.keySet())) {
      throw new SchemaException("requests without responses, or the reverse");
    }
    requests.forEach((id, request) -> {
      MessageSchema response = responses.get(id);
      if (response == null
          || !request.versions().equals(response.versions())
          || !request.flexible().equals(response.flexible())) {
        throw new SchemaException(request.name() + " and its response differ in versions");
      }
    });
  }

  String source() {
    JavaSource java = new JavaSource();
    java.line("// Generated from the message schemas of Apache Kafka, which are under the");
    java.line("// Apache License, Version 2.0: https://www.apache.org/licenses/LICENSE-2.0");
    java.line("package " + PACKAGE + ";");
    java.blank();
    java.line("import io.millrace.wire.message.*;");
    java.line("import org.jspecify.annotations.Nullable;");
    java.blank();
    java.javadoc(
        "Every request of the Kafka protocol, under the name and number that Kafka gives it.",
        "",
        "<p>An API without valid versions is one that Kafka has dropped: its number is taken, but",
        "nothing can be read or written.",
        "",
        "@see <a href=\"https://kafka.apache.org/protocol#protocol_api_keys\">Kafka protocol guide,",
        "    Api Keys</a>");
    java.block("public enum " + NAME, () -> members(java));
    return java.toString();
  }

  private void members(JavaSource java) {
    for (MessageSchema request : requests.values()) {
      Versions versions = request.versions();
      String about =
          versions.isEmpty() ? "Dropped by Kafka; no versions." : versions.describe() + ".";
      java.javadoc(about);
      int flexible = request.flexible().isEmpty() ? Versions.OPEN : request.flexible().lowest();
      java.line(
          "%s(%d, %d, %d, %d, %b),"
              .formatted(
                  constant(request),
                  request.apiKey(),
                  versions.lowest(),
                  versions.highest(),
                  flexible,
                  request.latestVersionUnstable()));
    }
    java.line(";");
    java.blank();
    for (String line : STATE.split("\n", -1)) {
      java.line(line);
    }
    switchOver(java, "readRequest", "request", requests);
    java.blank();
    switchOver(java, "readResponse", "response", responses);
  }

  private static void switchOver(
      JavaSource java, String method, String what, Map<Integer, MessageSchema> messages) {
    java.javadoc(
        "Reads the body of a " + what + ", without its header.",
        "",
        "@throws WireException if the bytes are no such " + what + ", or the version is not valid");
    java.block(
        "public Message " + method + "(WireReader in, short version)",
        () -> {
          java.line("return switch (id) {");
          messages.forEach((id, message) -> {
            if (!message.versions().isEmpty()) {
              java.line("  case " + id + " -> " + message.name() + ".read(in, version);");
            }
          });
          java.line("  default -> throw new WireException(name() + \" has no valid versions\");");
          java.line("};");
        });
  }

  /** {@code ListOffsetsRequest} is LIST_OFFSETS. */
  static String constant(MessageSchema request) {
    String name = request.name();
    if (!name.endsWith("Request")) {
      throw new SchemaException("a request by another name: " + name);
    }
    return name.substring(0, name.length() - "Request".length())
        .replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_")
        .toUpperCase(Locale.ROOT);
  }

  private static final String STATE =
      """
      private static final ApiKey[] BY_ID = byId();

      private final short id;
      private final short lowestVersion;
      private final short highestVersion;
      private final short flexibleFrom;
      private final boolean latestVersionUnstable;

      ApiKey(int id, int lowest, int highest, int flexibleFrom, boolean latestVersionUnstable) {
        this.id = (short) id;
        this.lowestVersion = (short) lowest;
        this.highestVersion = (short) highest;
        this.flexibleFrom = (short) flexibleFrom;
        this.latestVersionUnstable = latestVersionUnstable;
      }

      private static ApiKey[] byId() {
        ApiKey[] keys = new ApiKey[values()[values().length - 1].id + 1];
        for (ApiKey key : values()) {
          keys[key.id] = key;
        }
        return keys;
      }

      /** The API of that number, or null when there is none. */
      public static @Nullable ApiKey forId(int id) {
        return id >= 0 && id < BY_ID.length ? BY_ID[id] : null;
      }

      /** The number on the wire. */
      public short id() {
        return id;
      }

      /** The lowest valid version, inclusive. */
      public short lowestVersion() {
        return lowestVersion;
      }

      /** The highest valid version, inclusive, be it unstable; -1 when there is none. */
      public short highestVersion() {
        return highestVersion;
      }

      /** Whether any version is valid; false for what Kafka has dropped. */
      public boolean hasVersions() {
        return highestVersion >= lowestVersion;
      }

      /** Whether a version is valid. */
      public boolean isValid(short version) {
        return version >= lowestVersion && version <= highestVersion;
      }

      /** Whether the highest version may still change, and should not be offered to clients. */
      public boolean latestVersionUnstable() {
        return latestVersionUnstable;
      }

      /**
       * The version of the header in front of a request. It is defined for versions that are not
       * valid too, so that the header of a request from a newer client can be read and refused.
       */
      public short requestHeaderVersion(short version) {
        return (short) (version >= flexibleFrom ? 2 : 1);
      }

      /**
       * The version of the header in front of a response. For ApiVersions it is always 0: its
       * client does not know yet what the server can write (KIP-511).
       */
      public short responseHeaderVersion(short version) {
        return (short) (id != %d && version >= flexibleFrom ? 1 : 0);
      }
      """
          .formatted(API_VERSIONS);
}
