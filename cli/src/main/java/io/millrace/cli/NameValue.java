package io.millrace.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What users write as {@code name=value}. */
record NameValue(String name, String value) {

  /**
   * @throws CommandFailure if it is not name=value
   */
  static NameValue parse(String option, String text) {
    int equals = text.indexOf('=');
    if (equals < 1) {
      throw CommandFailure.usage(option + " wants NAME=VALUE, not \"" + text + "\"");
    }
    return new NameValue(text.substring(0, equals), text.substring(equals + 1));
  }

  /** Several, each name once. */
  static Map<String, String> parseAll(String option, List<String> texts) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String text : texts) {
      NameValue pair = parse(option, text);
      if (values.put(pair.name, pair.value) != null) {
        throw CommandFailure.usage(option + " sets " + pair.name + " twice");
      }
    }
    return values;
  }
}
