package io.millrace.wire.generator;

/** Java text under construction: lines, blocks, and the branches that versions need. */
final class JavaSource {
  private static final int COLUMNS = 100;

  private final StringBuilder text = new StringBuilder();
  private int depth;

  JavaSource line(String line) {
    if (!line.isEmpty()) {
      text.append("  ".repeat(depth)).append(line);
    }
    text.append('\n');
    return this;
  }

  JavaSource blank() {
    return line("");
  }

  /** A comment; long lines are broken, and what came from a schema has been through prose. */
  JavaSource javadoc(String... lines) {
    if (lines.length == 1 && lines[0].length() + 2 * depth <= COLUMNS - 7) {
      return line("/** " + lines[0] + " */");
    }
    line("/**");
    for (String each : lines) {
      wrapped(each);
    }
    return line(" */");
  }

  private void wrapped(String line) {
    int width = COLUMNS - 3 - 2 * depth;
    String rest = line;
    while (rest.length() > width && rest.indexOf(' ') >= 0) {
      int space = rest.lastIndexOf(' ', width);
      int end = space < 0 ? rest.indexOf(' ') : space;
      line(" * " + rest.substring(0, end));
      rest = rest.substring(end + 1);
    }
    line(rest.isEmpty() ? " *" : " * " + rest);
  }

  JavaSource block(String head, Runnable body) {
    line(head.isEmpty() ? "{" : head + " {");
    indented(body);
    return line("}");
  }

  /** {@code body} under a condition, which may be the word true or false. */
  JavaSource when(String condition, Runnable body) {
    if (condition.equals("true")) {
      body.run();
    } else if (!condition.equals("false")) {
      block("if (" + condition + ")", body);
    }
    return this;
  }

  /** One of two bodies, by a condition that may be the word true or false. */
  JavaSource choose(String condition, Runnable then, Runnable otherwise) {
    if (condition.equals("true")) {
      then.run();
    } else if (condition.equals("false")) {
      otherwise.run();
    } else {
      line("if (" + condition + ") {").indented(then);
      line("} else {").indented(otherwise);
      line("}");
    }
    return this;
  }

  void indented(Runnable body) {
    depth++;
    body.run();
    depth--;
  }

  /** A choice between two expressions, by a condition that may be the word true or false. */
  static String either(String condition, String then, String otherwise) {
    return switch (condition) {
      case "true" -> then;
      case "false" -> otherwise;
      default -> condition + " ? " + then + " : " + otherwise;
    };
  }

  static String and(String one, String other) {
    if (one.equals("true")) {
      return other;
    }
    return other.equals("true") ? one : one + " && " + other;
  }

  /** Text of a schema, made safe for a comment. */
  static String prose(String text) {
    return text.strip()
        .replaceAll("\\s+", " ")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("@", "&#64;")
        .replace("*/", "*&#47;")
        .replace("\\", "&#92;");
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
