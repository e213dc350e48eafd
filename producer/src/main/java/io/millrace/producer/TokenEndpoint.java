package io.millrace.producer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Asks an OpenID provider for tokens, by client id and secret.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6749#section-4.4">RFC 6749, 4.4, client
 *     credentials</a>
 */
final class TokenEndpoint implements OauthTokenSource {

  private static final int ANSWER_BYTES_MAX = 1 << 20;
  private static final int SHOWN_MAX = 200;

  private final URI endpoint;
  private final String authorization;
  private final String form;
  private final int waitMs;
  private final @Nullable SSLContext tls;
  private final Clock clock;

  /**
   * @param scope what the token is asked for; empty for what the provider gives by itself
   * @param waitMs how long to wait for a connection, and then for an answer
   * @param tls for a provider behind https
   */
  TokenEndpoint(
      URI endpoint,
      String clientId,
      String clientSecret,
      String scope,
      int waitMs,
      @Nullable SSLContext tls,
      Clock clock) {
    this.endpoint = endpoint;
    byte[] both = (clientId + ":" + clientSecret).getBytes(StandardCharsets.UTF_8);
    this.authorization = "Basic " + Base64.getEncoder().encodeToString(both);
    this.form =
        "grant_type=client_credentials"
            + (scope.isEmpty() ? "" : "&scope=" + URLEncoder.encode(scope, StandardCharsets.UTF_8));
    this.waitMs = waitMs;
    this.tls = tls;
    this.clock = clock;
  }

  @Override
  public OauthToken token() throws SaslFailure {
    String answer;
    try {
      answer = ask();
    } catch (IOException e) {
      throw new SaslFailure("no token from " + endpoint + ": " + e, e);
    }
    try {
      return read(answer);
    } catch (IllegalArgumentException e) {
      throw new SaslFailure("the answer of " + endpoint + " is no token's: " + e.getMessage(), e);
    }
  }

  private String ask() throws IOException, SaslFailure {
    HttpURLConnection connection = (HttpURLConnection) endpoint.toURL().openConnection();
    if (connection instanceof HttpsURLConnection secured && tls != null) {
      secured.setSSLSocketFactory(tls.getSocketFactory());
    }
    connection.setConnectTimeout(waitMs);
    connection.setReadTimeout(waitMs);
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    connection.setRequestMethod("POST");
    connection.setDoOutput(true);
    connection.setRequestProperty("Accept", "application/json");
    connection.setRequestProperty("Authorization", authorization);
    connection.setRequestProperty("Content-Type", "application/x-www-form-urlencoded");
    try (OutputStream out = connection.getOutputStream()) {
      out.write(form.getBytes(StandardCharsets.UTF_8));
    }
    int status = connection.getResponseCode();
    if (status != HttpURLConnection.HTTP_OK) {
      throw new SaslFailure(
          "no token from "
              + endpoint
              + ": it answers "
              + status
              + refusal(connection)
              + (status == 400 || status == 401 || status == 403
                  ? ": check sasl.oauthbearer.client.id, .client.secret and .scope"
                  : ""));
    }
    try (InputStream in = connection.getInputStream()) {
      return text(in);
    }
  }

  private static String refusal(HttpURLConnection connection) throws IOException {
    try (InputStream in = connection.getErrorStream()) {
      String text = in == null ? "" : text(in).strip();
      return text.isEmpty() ? "" : " " + text.substring(0, Math.min(SHOWN_MAX, text.length()));
    }
  }

  private static String text(InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(ANSWER_BYTES_MAX + 1);
    if (bytes.length > ANSWER_BYTES_MAX) {
      throw new IOException("the answer is larger than " + ANSWER_BYTES_MAX + " bytes");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private OauthToken read(String answer) {
    Map<?, ?> fields = Json.object(answer);
    if (!(fields.get("access_token") instanceof String token)) {
      throw new IllegalArgumentException("it has no access_token");
    }
    Instant expires = end(token);
    if (expires == null && fields.get("expires_in") instanceof Double seconds) {
      expires = Instant.ofEpochMilli(clock.millis() + (long) (seconds * 1000));
    }
    return new OauthToken(token, expires);
  }

  /** When a token ends, if it is a JWT and says so. */
  private static @Nullable Instant end(String token) {
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3) {
      return null;
    }
    try {
      String claims = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
      return Json.object(claims).get("exp") instanceof Double seconds
          ? Instant.ofEpochSecond(seconds.longValue())
          : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
