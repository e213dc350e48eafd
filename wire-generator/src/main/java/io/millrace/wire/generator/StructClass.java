package io.millrace.wire.generator;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The members of the class of a struct or message: fields, read, write, toString. */
final class StructClass {
  private final MessageSchema message;
  private final StructSchema struct;
  private final Set<String> comparedWithDefault;

  /**
   * @param comparedWithDefault names of the structs that need {@code isDefault}
   */
  StructClass(MessageSchema message, StructSchema struct, Set<String> comparedWithDefault) {
    this.message = message;
    this.struct = struct;
    this.comparedWithDefault = comparedWithDefault;
  }

  void write(JavaSource java) {
    for (FieldSchema field : struct.fields()) {
      java.javadoc(describe(field).toArray(String[]::new));
      String mark = field.isNullable() ? nullableType(field) : field.type().java();
      java.line("public " + mark + " " + field.name() + " = " + DefaultValue.initial(field) + ";");
      java.blank();
    }
    boolean root = struct.name().equals(message.name());
    if (root) {
      java.javadoc("Reads one; the reader stands behind it afterwards.");
    }
    java.block(
        (root ? "public" : "private")
            + " static "
            + struct.name()
            + " read(WireReader in, short version)",
        () -> {
          head(java, root);
          new ReadMethod(message, java).body(struct);
        });
    java.blank();
    if (root) {
      java.line("@Override");
    }
    java.block(
        (root ? "public" : "private") + " void write(WireWriter out, short version)",
        () -> {
          head(java, root);
          new WriteMethod(java).body(struct);
        });
    java.blank();
    if (comparedWithDefault.contains(struct.name())) {
      isDefault(java);
    }
    text(java);
  }

  private void head(JavaSource java, boolean root) {
    if (root) {
      java.line(
          "Message.requireVersion(\""
              + struct.name()
              + "\", version, LOWEST_VERSION, HIGHEST_VERSION);");
    }
    if (flexibleTest(struct).equals("flexible")) {
      java.line("boolean flexible = " + struct.flexible().test(struct.versions()) + ";");
    }
  }

  private void isDefault(JavaSource java) {
    java.block(
        "private boolean isDefault()",
        () -> {
          List<String> others = struct.fields().stream().map(DefaultValue::isOther).toList();
          java.line("return !(" + String.join(" || ", others) + ");");
        });
    java.blank();
  }

  private void text(JavaSource java) {
    java.line("@Override");
    java.block(
        "public String toString()",
        () -> {
          java.line("return new WireText(\"" + struct.name() + "\")");
          for (FieldSchema field : struct.fields()) {
            String verb = isSecret(field) ? "addSecret" : "add";
            String name = field.name();
            java.line("    ." + verb + "(\"" + name + "\", this." + name + ")");
          }
          java.line("    .toString();");
        });
  }

  /** The value of a setting may be a password, so a log shows its length only. */
  private static boolean isSecret(FieldSchema field) {
    return field.name().equals("value") && field.type() == FieldType.Sized.STRING;
  }

  private List<String> describe(FieldSchema field) {
    String about = JavaSource.prose(field.about());
    StringBuilder facts = new StringBuilder();
    if (!field.versions().covers(struct.versions())) {
      facts.append(field.versions().describe()).append(". ");
    }
    if (field.isTagged()) {
      facts.append("Tag ").append(field.tag()).append(". ");
    }
    if (field.type() == FieldType.Fixed.UINT16 || field.type() == FieldType.Fixed.UINT32) {
      facts
          .append("Unsigned, ")
          .append(8 * ((FieldType.Fixed) field.type()).bytes)
          .append(" bits. ");
    }
    if (field.isNullable()) {
      boolean always = field.nullable().equals(field.versions());
      String when = always ? "" : ": " + field.nullable().describe().toLowerCase(Locale.ROOT);
      facts.append("May be null").append(when).append(". ");
    }
    if (about.isEmpty()) {
      about = "Not described by the schema.";
    }
    return facts.length() == 0
        ? List.of(about)
        : List.of(about, "", "<p>" + facts.toString().strip());
  }

  private static String nullableType(FieldSchema field) {
    String type = field.type().java();
    return type.endsWith("[]")
        ? type.substring(0, type.length() - 2) + " @Nullable []"
        : "@Nullable " + type;
  }

  /** Whether a version of the struct is flexible: true, false, or the name of a local variable. */
  static String flexibleTest(StructSchema struct) {
    String test = struct.flexible().test(struct.versions());
    return test.equals("true") || test.equals("false") ? test : "flexible";
  }
}
