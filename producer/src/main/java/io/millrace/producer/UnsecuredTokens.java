package io.millrace.producer;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Tokens that anybody can make, without a signature: for tests. Said in the words of librdkafka's
 * {@code sasl.oauthbearer.config}.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7515#appendix-A.5">RFC 7515, A.5, unsecured
 *     JWS</a>
 */
final class UnsecuredTokens implements OauthTokenSource {

  private final Clock clock;
  private final Map<String, String> extensions = new LinkedHashMap<>();
  private String principalClaim = "sub";
  private String principal = "";
  private String scopeClaim = "scope";
  private String scope = "";
  private int lifeSeconds = 3600;

  private UnsecuredTokens(Clock clock) {
    this.clock = clock;
  }

  /**
   * Reads {@code principal=NAME scope=A,B lifeSeconds=N principalClaimName=C scopeClaimName=C
   * extension_NAME=TEXT}, in any order; only {@code principal} must be there.
   *
   * @throws IllegalArgumentException if it is not that; the message is for the user
   */
  static UnsecuredTokens of(String config, Clock clock) {
    UnsecuredTokens tokens = new UnsecuredTokens(clock);
    for (String word : config.trim().split("\\s+", -1)) {
      int equals = word.indexOf('=');
      String name = equals < 0 ? word : word.substring(0, equals);
      String value = equals < 0 ? "" : word.substring(equals + 1);
      if (value.isEmpty()) {
        throw wrong("\"" + name + "\" has no value");
      }
      tokens.set(name, value);
    }
    if (tokens.principal.isEmpty()) {
      throw wrong("it wants principal=NAME");
    }
    return tokens;
  }

  private void set(String name, String value) {
    switch (name) {
      case "principalClaimName" -> principalClaim = value;
      case "principal" -> principal = value;
      case "scopeClaimName" -> scopeClaim = value;
      case "scope" -> scope = value;
      case "lifeSeconds" -> {
        try {
          lifeSeconds = Integer.parseInt(value);
        } catch (NumberFormatException e) {
          lifeSeconds = 0;
        }
        if (lifeSeconds < 1) {
          throw wrong("lifeSeconds wants a whole number from 1 on");
        }
      }
      default -> {
        if (!name.startsWith("extension_")) {
          throw wrong("it has no word \"" + name + "\"");
        }
        String extension = name.substring("extension_".length());
        OauthToken.requireSendable(extension, value);
        extensions.put(extension, value);
      }
    }
  }

  private static IllegalArgumentException wrong(String why) {
    return new IllegalArgumentException("sasl.oauthbearer.config cannot be used: " + why);
  }

  @Override
  public OauthToken token() {
    long now = clock.millis() / 1000;
    long end = now + lifeSeconds;
    String claims =
        "{"
            + Json.quoted(principalClaim)
            + ":"
            + Json.quoted(principal)
            + ",\"iat\":"
            + now
            + ",\"exp\":"
            + end
            + (scope.isEmpty() ? "" : "," + Json.quoted(scopeClaim) + ":" + scopes())
            + "}";
    return new OauthToken(
        base64("{\"alg\":\"none\"}") + "." + base64(claims) + ".",
        Instant.ofEpochSecond(end),
        extensions);
  }

  private String scopes() {
    return Stream.of(scope.split(",", -1))
        .map(Json::quoted)
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
