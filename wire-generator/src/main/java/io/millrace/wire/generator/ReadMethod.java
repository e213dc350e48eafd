package io.millrace.wire.generator;

import java.util.List;

/** The {@code read} method of a struct: one statement a field, branches where versions differ. */
final class ReadMethod {
  private final MinimumSize minimumSize;
  private final JavaSource java;

  ReadMethod(MessageSchema message, JavaSource java) {
    this.minimumSize = new MinimumSize(message);
    this.java = java;
  }

  /** The statements, without the head of the method. */
  void body(StructSchema struct) {
    java.line(struct.name() + " m = new " + struct.name() + "();");
    for (List<FieldSchema> run : struct.runs()) {
      String known = run.get(0).versions().test(struct.versions());
      boolean alone = run.size() == 1 && !known.equals("true");
      java.when(known, () -> run.forEach(field -> value(field, alone)));
    }
    java.when(StructClass.flexibleTest(struct), () -> tags(struct));
    java.line("return m;");
  }

  private void tags(StructSchema struct) {
    List<FieldSchema> fields = struct.taggedFields();
    if (fields.isEmpty()) {
      java.line("in.skipTags();");
      return;
    }
    java.block(
        "for (int tags = in.readTagCount(), tag = -1; tags > 0; tags--)",
        () -> {
          java.line("tag = in.readTag(tag);");
          java.line("int end = in.readTagEnd();");
          String word = "if (";
          for (FieldSchema field : fields) {
            String known = field.versions().test(struct.flexible());
            java.line(word + JavaSource.and("tag == " + field.tag(), known) + ") {");
            java.indented(() -> tag(field));
            word = "} else if (";
          }
          java.line("} else {").indented(() -> java.line("in.skipTo(end);"));
          java.line("}");
        });
  }

  private void tag(FieldSchema field) {
    value(field, true);
    java.line("in.endTag(tag, end);");
  }

  /**
   * @param alone whether no other field shares its block, so that it may name variables freely
   */
  private void value(FieldSchema field, boolean alone) {
    FieldType type = field.type();
    if (type instanceof FieldType.Fixed fixed) {
      java.line("m." + field.name() + " = in.read" + fixed.verb + "();");
    } else if (type instanceof FieldType.Sized sized) {
      sized(field, sized.verb);
    } else if (type instanceof FieldType.StructOf struct) {
      struct(field, struct.name());
    } else {
      FieldType element = ((FieldType.ArrayOf) type).element();
      if (element instanceof FieldType.StructOf struct) {
        if (alone) {
          structs(field, struct);
        } else {
          java.block("", () -> structs(field, struct));
        }
      } else if (element instanceof FieldType.Fixed fixed) {
        sized(field, fixed.verb + (fixed.isArrayInJava() ? "Array" : "List"));
      } else {
        sized(field, "StringList");
      }
    }
  }

  /** A value that one call of the reader delivers. */
  private void sized(FieldSchema field, String verb) {
    String arguments = verb + "(\"" + field.name() + "\", " + field.compactTest() + ")";
    String call =
        JavaSource.either(
            field.nullable().test(field.versions()),
            "in.readNullable" + arguments,
            "in.read" + arguments);
    java.line("m." + field.name() + " = " + call + ";");
  }

  private void struct(FieldSchema field, String struct) {
    String read = struct + ".read(in, version)";
    String nullable = field.nullable().test(field.versions());
    if (!nullable.equals("false")) {
      String present = "in.readPresent(\"" + field.name() + "\")";
      String condition = nullable.equals("true") ? present : "!(" + nullable + ") || " + present;
      read = condition + " ? " + read + " : null";
    }
    java.line("m." + field.name() + " = " + read + ";");
  }

  private void structs(FieldSchema field, FieldType.StructOf element) {
    String arguments =
        "Count(\""
            + field.name()
            + "\", "
            + field.compactTest()
            + ", "
            + minimumSize.ofElement(field, element)
            + ")";
    String count =
        JavaSource.either(
            field.nullable().test(field.versions()),
            "in.readNullable" + arguments,
            "in.read" + arguments);
    java.line("int count = " + count + ";");
    Runnable none = () -> java.line("m." + field.name() + " = null;");
    Runnable some =
        () -> {
          String list = "List<" + element.name() + ">";
          java.line(list + " list = WireReader.list(count);");
          java.block(
              "for (int i = 0; i < count; i++)",
              () -> java.line("list.add(" + element.name() + ".read(in, version));"));
          java.line("m." + field.name() + " = list;");
        };
    java.choose(field.isNullable() ? "count < 0" : "false", none, some);
  }
}
