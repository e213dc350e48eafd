package io.millrace.wire.generator;

import java.util.List;

/**
 * One schema file.
 *
 * @param apiKey the API, or -1 when the message belongs to none
 * @param versions valid versions; empty when Kafka has dropped the message altogether
 * @param flexible versions with compact lengths and tag sections
 * @param latestVersionUnstable whether the highest version may still change; only requests say so
 * @param root the message's own fields
 * @param structs everything else in it, in order of appearance
 */
record MessageSchema(
    String name,
    Kind kind,
    int apiKey,
    Versions versions,
    Versions flexible,
    boolean latestVersionUnstable,
    StructSchema root,
    List<StructSchema> structs) {

  enum Kind {
    REQUEST,
    RESPONSE,
    HEADER,
    DATA
  }

  StructSchema struct(String structName) {
    return structs.stream()
        .filter(struct -> struct.name().equals(structName))
        .findFirst()
        .orElseThrow(() -> new SchemaException(name + " has no struct " + structName));
  }
}
