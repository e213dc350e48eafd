package io.millrace.cli;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Characters that are hard to type in a shell: {@code \n \t \r \0 \\} and {@code \xHH} for a byte.
 */
final class Escapes {

  private Escapes() {}

  /**
   * The bytes that a text stands for, in UTF-8.
   *
   * @param option what to name in a complaint
   * @throws CommandFailure if there is no such escape
   */
  static byte[] bytes(String option, String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int at = 0; at < text.length(); ) {
      if (text.charAt(at) == '\\') {
        at = escape(option, text, at + 1, bytes);
      } else {
        int point = text.codePointAt(at);
        bytes.writeBytes(Character.toString(point).getBytes(StandardCharsets.UTF_8));
        at += Character.charCount(point);
      }
    }
    return bytes.toByteArray();
  }

  /** Reads what stands behind a backslash; where the text goes on. */
  private static int escape(String option, String text, int at, ByteArrayOutputStream bytes) {
    char c = at < text.length() ? text.charAt(at) : ' ';
    switch (c) {
      case 'n' -> bytes.write('\n');
      case 't' -> bytes.write('\t');
      case 'r' -> bytes.write('\r');
      case '0' -> bytes.write(0);
      case '\\' -> bytes.write('\\');
      case 'x' -> {
        int value = -1;
        if (at + 2 < text.length()) {
          value = hex(text.charAt(at + 1)) * 16 + hex(text.charAt(at + 2));
        }
        if (value < 0) {
          throw CommandFailure.usage(option + " wants two hexadecimal digits behind \\x");
        }
        bytes.write(value);
        return at + 3;
      }
      default ->
          throw CommandFailure.usage(
              option + " knows the escapes \\n \\t \\r \\0 \\\\ and \\xHH, not \\" + c);
    }
    return at + 1;
  }

  private static int hex(char c) {
    int digit = Character.digit(c, 16);
    return digit < 0 ? -1000 : digit;
  }
}
