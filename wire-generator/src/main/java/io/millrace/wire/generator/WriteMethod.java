package io.millrace.wire.generator;

import java.util.List;

/**
 * The {@code write} method of a struct, in one pass: fields of the body, then the tag section,
 * whose sizes the writer fills in afterwards. A field that the version does not know is dropped
 * when the schema calls it ignorable, and refused when it is set otherwise.
 */
final class WriteMethod {
  private final JavaSource java;

  WriteMethod(JavaSource java) {
    this.java = java;
  }

  /** The statements, without the head of the method. */
  void body(StructSchema struct) {
    for (FieldSchema field : struct.fields()) {
      if (!field.ignorable()) {
        refuse(field, field.versions().testNot(struct.versions()));
      }
    }
    for (List<FieldSchema> run : struct.runs()) {
      java.when(run.get(0).versions().test(struct.versions()), () -> run.forEach(this::value));
    }
    java.when(StructClass.flexibleTest(struct), () -> tags(struct));
  }

  /** Refuses the field where it is set but unknown: silence would change what was asked. */
  private void refuse(FieldSchema field, String unknown) {
    if (!unknown.equals("false")) {
      String name = field.name();
      java.block(
          "if (" + JavaSource.and(unknown, DefaultValue.isOther(field)) + ")",
          () ->
              java.line(
                  "throw new UnsupportedFieldException(getClass(), \"" + name + "\", version);"));
    }
  }

  private void tags(StructSchema struct) {
    List<FieldSchema> fields = struct.taggedFields();
    if (fields.isEmpty()) {
      java.line("out.writeNoTags();");
      return;
    }
    if (fields.size() > 127) {
      throw new SchemaException(struct.name() + " has more tags than one byte counts");
    }
    java.line("int section = out.beginTags();");
    for (FieldSchema field : fields) {
      String wanted =
          JavaSource.and(field.versions().test(struct.flexible()), DefaultValue.isOther(field));
      java.block(
          "if (" + wanted + ")",
          () -> {
            java.line("int tag = out.beginTag(section, " + field.tag() + ");");
            value(field);
            java.line("out.endTag(tag);");
          });
    }
  }

  private void value(FieldSchema field) {
    String value = "this." + field.name();
    FieldType type = field.type();
    if (type instanceof FieldType.Fixed fixed) {
      java.line("out.write" + fixed.verb + "(" + value + ");");
    } else if (type instanceof FieldType.Sized sized) {
      java.line("out.write" + sized.verb + arguments(field) + ";");
    } else if (type instanceof FieldType.StructOf) {
      struct(field);
    } else {
      FieldType element = ((FieldType.ArrayOf) type).element();
      if (element instanceof FieldType.StructOf struct) {
        java.block(
            "if (out.writeCount" + arguments(field) + ")",
            () ->
                java.block(
                    "for (" + struct.name() + " each : " + value + ")",
                    () -> java.line("each.write(out, version);")));
      } else if (element instanceof FieldType.Fixed fixed) {
        String form = fixed.isArrayInJava() ? "Array" : "List";
        java.line("out.write" + fixed.verb + form + arguments(field) + ";");
      } else {
        java.line("out.writeStringList" + arguments(field) + ";");
      }
    }
  }

  private void struct(FieldSchema field) {
    String write = "this." + field.name() + ".write(out, version);";
    String nullable = field.nullable().test(field.versions());
    String required = "WireWriter.required(\"" + field.name() + "\", this." + field.name() + ")";
    java.choose(
        nullable,
        () ->
            java.block(
                "if (out.writePresent(this." + field.name() + " != null))", () -> java.line(write)),
        () -> java.line(required + ".write(out, version);"));
  }

  private static String arguments(FieldSchema field) {
    return "(\""
        + field.name()
        + "\", this."
        + field.name()
        + ", "
        + field.compactTest()
        + ", "
        + field.nullable().test(field.versions())
        + ")";
  }
}
