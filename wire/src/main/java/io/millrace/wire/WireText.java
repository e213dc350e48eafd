package io.millrace.wire;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message as one line for a log: bounded, without control characters and without payload bytes.
 *
 * <p>Of a list or array the first {@value #ELEMENTS_MAX} elements are shown, of a string the first
 * {@value #STRING_CHARS_MAX} characters, and after some {@value #CHARS_MAX} characters the rest of
 * the fields are left out. Bytes and records are shown by their size.
 */
public final class WireText {
  static final int ELEMENTS_MAX = 8;
  static final int STRING_CHARS_MAX = 128;
  static final int CHARS_MAX = 2048;

  private final StringBuilder text;
  private final int startOfFields;
  private boolean cut;

  /**
   * @param name of the message or struct
   */
  public WireText(String name) {
    text = new StringBuilder(128).append(name).append('{');
    startOfFields = text.length();
  }

  public WireText add(String field, long value) {
    if (start(field)) {
      text.append(value);
    }
    return this;
  }

  public WireText add(String field, boolean value) {
    if (start(field)) {
      text.append(value);
    }
    return this;
  }

  public WireText add(String field, double value) {
    if (start(field)) {
      text.append(value);
    }
    return this;
  }

  public WireText add(String field, @Nullable Object value) {
    if (start(field)) {
      append(value);
    }
    return this;
  }

  /** A string that may be a password: only its length is shown. */
  public WireText addSecret(String field, @Nullable String value) {
    if (start(field)) {
      text.append(value == null ? "null" : "<" + value.length() + " chars>");
    }
    return this;
  }

  private boolean start(String field) {
    if (text.length() >= CHARS_MAX) {
      cut = true;
      return false;
    }
    if (text.length() > startOfFields) {
      text.append(", ");
    }
    text.append(field).append('=');
    return true;
  }

  private void append(@Nullable Object value) {
    if (value instanceof String string) {
      quote(string);
    } else if (value instanceof ByteBuffer bytes) {
      text.append('<').append(bytes.remaining()).append(" bytes>");
    } else if (value instanceof Payload payload) {
      text.append('<').append(payload.size()).append(" bytes>");
    } else if (value instanceof List<?> list) {
      elements(list.iterator(), list.size());
    } else if (value != null && value.getClass().isArray()) {
      array(value);
    } else {
      text.append(value);
    }
  }

  private void elements(Iterator<?> values, int count) {
    text.append('[');
    int shown = 0;
    while (values.hasNext() && shown < ELEMENTS_MAX && text.length() < CHARS_MAX) {
      text.append(shown == 0 ? "" : ", ");
      append(values.next());
      shown++;
    }
    endElements(count - shown);
  }

  private void array(Object array) {
    text.append('[');
    int length = Array.getLength(array);
    int shown = Math.min(length, ELEMENTS_MAX);
    for (int i = 0; i < shown; i++) {
      text.append(i == 0 ? "" : ", ").append(Array.get(array, i));
    }
    endElements(length - shown);
  }

  private void endElements(int more) {
    text.append(more == 0 ? "]" : ", and " + more + " more]");
  }

  private void quote(String string) {
    text.append('"');
    int shown = Math.min(string.length(), STRING_CHARS_MAX);
    for (int i = 0; i < shown; i++) {
      char c = string.charAt(i);
      text.append(Character.isISOControl(c) || c == '\u2028' || c == '\u2029' ? '\uFFFD' : c);
    }
    text.append('"');
    if (shown < string.length()) {
      text.append("<of ").append(string.length()).append(" chars>");
    }
  }

  @Override
  public String toString() {
    return text + (cut ? ", ...}" : "}");
  }
}
