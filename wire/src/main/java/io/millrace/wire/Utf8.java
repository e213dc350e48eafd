package io.millrace.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/** Strings to bytes and back, refusing what has no exact counterpart. */
final class Utf8 {
  private Utf8() {}

  /**
   * The string in {@code length} bytes of {@code in}; the position is not moved.
   *
   * @throws CharacterCodingException if the bytes are not UTF-8
   */
  static String decode(ByteBuffer in, int start, int length) throws CharacterCodingException {
    String text;
    if (in.hasArray()) {
      text = new String(in.array(), in.arrayOffset() + start, length, UTF_8);
    } else {
      byte[] bytes = new byte[length];
      in.get(start, bytes);
      text = new String(bytes, UTF_8);
    }
    // Bad bytes become U+FFFD; only then is it worth asking whether it was sent or put in.
    if (text.indexOf('\uFFFD') >= 0) {
      return UTF_8.newDecoder().decode(in.slice(start, length)).toString();
    }
    return text;
  }

  /** How many bytes the string takes, or -1 if it has half a surrogate pair. */
  static int length(String text) {
    int chars = text.length();
    int bytes = chars;
    for (int i = 0; i < chars; i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        bytes += c < 0x800 ? 1 : 2;
        if (Character.isSurrogate(c)) {
          if (Character.isLowSurrogate(c)
              || i + 1 == chars
              || !Character.isLowSurrogate(text.charAt(i + 1))) {
            return -1;
          }
          // Four bytes for two chars: two are counted as chars, two by the line above.
          i++;
        }
      }
    }
    return bytes;
  }

  /** Puts a string of which {@link #length} is known and not -1. */
  static void encode(String text, int bytes, ByteBuffer out) {
    int chars = text.length();
    if (bytes != chars) {
      out.put(text.getBytes(UTF_8));
      return;
    }
    int start = out.position();
    for (int i = 0; i < chars; i++) {
      out.put(start + i, (byte) text.charAt(i));
    }
    out.position(start + chars);
  }
}
