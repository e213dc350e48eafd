package io.millrace.producer;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * {@code sasl.jaas.config} as Kafka's Java clients write it: {@code MODULE required name="value"
 * ...;}
 *
 * @param module the last part of the class's name, such as {@code PlainLoginModule}
 */
record JaasConfig(String module, Map<String, String> options) {

  private static final String SETTING = "sasl.jaas.config cannot be used: ";

  /**
   * @throws IllegalArgumentException if it is not that; the message is for the user, and without
   *     what stands in it
   */
  static JaasConfig of(String text) {
    Words words = new Words(text);
    String name = words.next();
    String flag = words.next();
    if (!flag.equalsIgnoreCase("required") && !flag.equalsIgnoreCase("requisite")) {
      throw new IllegalArgumentException(SETTING + "\"required\" must follow the module's name");
    }
    Map<String, String> options = new LinkedHashMap<>();
    for (String option; !(option = words.next()).equals(";"); ) {
      if (!words.next().equals("=")) {
        throw new IllegalArgumentException(SETTING + "an option wants NAME=\"VALUE\"");
      }
      options.put(option, words.next());
    }
    if (!words.atEnd()) {
      throw new IllegalArgumentException(SETTING + "only one module can be named");
    }
    return new JaasConfig(name.substring(name.lastIndexOf('.') + 1), options);
  }

  /** Without what stands in it. */
  @Override
  public String toString() {
    return module + options.keySet();
  }

  private static final class Words {
    private final String text;
    private int at;

    Words(String text) {
      this.text = text;
    }

    boolean atEnd() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      return at == text.length();
    }

    String next() {
      if (atEnd()) {
        throw new IllegalArgumentException(SETTING + "it wants a semicolon at its end");
      }
      char first = text.charAt(at);
      if (first == '"' || first == '\'') {
        at++;
        return quoted(first);
      }
      if (first == '=' || first == ';') {
        at++;
        return String.valueOf(first);
      }
      int from = at;
      while (at < text.length() && !isEnd(text.charAt(at))) {
        at++;
      }
      return text.substring(from, at);
    }

    private static boolean isEnd(char c) {
      return Character.isWhitespace(c) || c == '=' || c == ';';
    }

    private String quoted(char quote) {
      StringBuilder word = new StringBuilder();
      while (at < text.length()) {
        char c = text.charAt(at++);
        if (c == quote) {
          return word.toString();
        }
        if (c == '\\' && at < text.length()) {
          word.append(text.charAt(at++));
        } else {
          word.append(c);
        }
      }
      throw new IllegalArgumentException(SETTING + "a quotation mark is left open");
    }
  }
}
