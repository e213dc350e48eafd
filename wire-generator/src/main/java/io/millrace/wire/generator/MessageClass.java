package io.millrace.wire.generator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/** One Java class for one schema: every version in it, its structs nested. */
final class MessageClass {
  static final String PACKAGE = "io.millrace.wire.message";

  private final MessageSchema message;
  private final Set<String> comparedWithDefault;

  MessageClass(MessageSchema message) {
    this.message = message;
    this.comparedWithDefault = comparedWithDefault(message);
  }

  String source() {
    JavaSource java = new JavaSource();
    java.line("// Generated from " + message.name() + ".json of Apache Kafka, which is under the");
    java.line("// Apache License, Version 2.0: https://www.apache.org/licenses/LICENSE-2.0");
    java.line("package " + PACKAGE + ";");
    java.blank();
    java.line("import io.millrace.wire.Defaults;");
    java.line("import io.millrace.wire.Message;");
    java.line("import io.millrace.wire.Payload;");
    java.line("import io.millrace.wire.UnsupportedFieldException;");
    java.line("import io.millrace.wire.WireReader;");
    java.line("import io.millrace.wire.WireText;");
    java.line("import io.millrace.wire.WireWriter;");
    java.line("import java.nio.ByteBuffer;");
    java.line("import java.util.ArrayList;");
    java.line("import java.util.List;");
    java.line("import java.util.UUID;");
    java.line("import org.jspecify.annotations.Nullable;");
    java.blank();
    java.javadoc(describe());
    java.block("public final class " + message.name() + " implements Message", () -> members(java));
    return java.toString();
  }

  private void members(JavaSource java) {
    Versions versions = message.versions();
    java.javadoc("The lowest version there is.");
    java.line("public static final short LOWEST_VERSION = " + versions.lowest() + ";");
    java.blank();
    java.javadoc("The highest version there is.");
    java.line("public static final short HIGHEST_VERSION = " + versions.highest() + ";");
    java.blank();
    new StructClass(message, message.root(), comparedWithDefault).write(java);
    getter(java, "apiKey", Integer.toString(message.apiKey()));
    getter(java, "lowestSupportedVersion", "LOWEST_VERSION");
    getter(java, "highestSupportedVersion", "HIGHEST_VERSION");
    for (StructSchema struct : message.structs()) {
      java.blank();
      String used = struct.versions().describe().toLowerCase(Locale.ROOT);
      java.javadoc("Part of {@link " + message.name() + "}, " + used + ".");
      java.block(
          "public static final class " + struct.name(),
          () -> new StructClass(message, struct, comparedWithDefault).write(java));
    }
  }

  private static void getter(JavaSource java, String name, String value) {
    java.blank();
    java.line("@Override");
    java.block("public short " + name + "()", () -> java.line("return " + value + ";"));
  }

  private String describe() {
    String flexible =
        message.flexible().isEmpty()
            ? "never flexible"
            : "flexible from " + message.flexible().lowest();
    String key = message.apiKey() < 0 ? "" : "API key " + message.apiKey() + ", ";
    String versions = message.versions().describe().toLowerCase(Locale.ROOT);
    return message.name() + ": " + key + versions + ", " + flexible + ".";
  }

  /** Structs that some write compares with their default, and the structs inside those. */
  private static Set<String> comparedWithDefault(MessageSchema message) {
    Deque<String> found = new ArrayDeque<>();
    compared(message.root(), false, found);
    message.structs().forEach(struct -> compared(struct, false, found));
    Set<String> all = new LinkedHashSet<>();
    while (!found.isEmpty()) {
      String name = found.remove();
      if (all.add(name)) {
        compared(message.struct(name), true, found);
      }
    }
    return all;
  }

  private static void compared(StructSchema struct, boolean whole, Deque<String> found) {
    for (FieldSchema field : struct.fields()) {
      boolean refusable = !field.ignorable() && !field.versions().covers(struct.versions());
      if (field.type() instanceof FieldType.StructOf of
          && !field.isNullByDefault()
          && (whole || refusable || field.isTagged())) {
        found.add(of.name());
      }
    }
  }
}
