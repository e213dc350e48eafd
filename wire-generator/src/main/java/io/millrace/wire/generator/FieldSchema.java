package io.millrace.wire.generator;

import org.jspecify.annotations.Nullable;

/**
 * One field of a struct, its ranges already cut to the versions in which its struct is used.
 *
 * @param name in Java: the schema's name with a small first letter
 * @param versions in which it is on the wire; not empty
 * @param nullable in which it may be null, inside {@code versions}
 * @param tag its number in the tag section, or -1 when it stands in the body
 * @param flexible in which its lengths are varints
 * @param defaultText the default as the schema writes it, or null when it names none
 * @param ignorable whether a version without it may be written when it is set
 * @param about what the schema says it is
 */
record FieldSchema(
    String name,
    FieldType type,
    Versions versions,
    Versions nullable,
    int tag,
    Versions flexible,
    @Nullable String defaultText,
    boolean ignorable,
    String about) {

  boolean isTagged() {
    return tag >= 0;
  }

  boolean isNullable() {
    return !nullable.isEmpty();
  }

  boolean isNullByDefault() {
    return "null".equals(defaultText)
        && !(type instanceof FieldType.Fixed)
        && versions.equals(nullable);
  }

  /** Whether its lengths are varints, as a Java expression; the method knows {@code flexible}. */
  String compactTest() {
    String test = flexible.test(versions);
    return test.equals("true") || test.equals("false") ? test : "flexible";
  }
}
