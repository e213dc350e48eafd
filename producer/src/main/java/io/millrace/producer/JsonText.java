package io.millrace.producer;

/** Writes one JSON document, member after member. Not thread safe. */
final class JsonText {

  private final StringBuilder text = new StringBuilder(4096);
  private boolean first = true;

  JsonText open() {
    text.append('{');
    first = true;
    return this;
  }

  JsonText open(String name) {
    name(name);
    return open();
  }

  JsonText close() {
    text.append('}');
    first = false;
    return this;
  }

  JsonText put(String name, long value) {
    name(name);
    text.append(value);
    return this;
  }

  JsonText put(String name, boolean value) {
    name(name);
    text.append(value);
    return this;
  }

  JsonText put(String name, String value) {
    name(name);
    quote(value);
    return this;
  }

  private void name(String name) {
    if (!first) {
      text.append(',');
    }
    first = false;
    quote(name);
    text.append(':');
  }

  private void quote(String value) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\').append(c);
      } else if (c < ' ') {
        text.append(String.format("\\u%04x", (int) c));
      } else {
        text.append(c);
      }
    }
    text.append('"');
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
