package io.millrace.producer;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A token that proves to brokers who the producer is.
 *
 * @param value as it is sent
 * @param expires when it ends; a new one is asked for after four fifths of the time until then.
 *     Null if that is not known: then one is asked for with each connection
 * @param extensions further words for the broker (KIP-342); mostly none
 */
public record OauthToken(String value, @Nullable Instant expires, Map<String, String> extensions) {

  /**
   * @throws IllegalArgumentException if the token is empty, or an extension cannot be sent
   */
  public OauthToken {
    if (value.isEmpty() || !value.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
      throw new IllegalArgumentException("the token is empty, or no token");
    }
    extensions = Map.copyOf(extensions);
    extensions.forEach(OauthToken::requireSendable);
  }

  public OauthToken(String value, @Nullable Instant expires) {
    this(value, expires, Map.of());
  }

  static void requireSendable(String name, String value) {
    if (!name.matches("[A-Za-z]+") || name.equals("auth")) {
      throw new IllegalArgumentException(
          "an extension cannot be called \"" + name + "\": letters only, and not auth");
    }
    if (!value.matches("[\\x21-\\x7e \\t\\r\\n]*")) {
      throw new IllegalArgumentException("the extension " + name + " is not plain text");
    }
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "OauthToken[expires=" + expires + ", extensions=" + extensions.keySet() + "]";
  }
}
