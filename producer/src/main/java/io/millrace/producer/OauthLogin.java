package io.millrace.producer;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * A token that somebody else has given.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7628">RFC 7628, OAUTHBEARER</a>; KIP-342,
 *     extensions
 */
final class OauthLogin implements SaslLogin {

  private static final String SEPARATOR = "\u0001";

  private final KnownToken known;
  private final Map<String, String> extensions;

  /**
   * @param extensions for the broker, beside those of the token
   */
  OauthLogin(KnownToken known, Map<String, String> extensions) {
    this.known = known;
    this.extensions = extensions;
  }

  @Override
  public String mechanism() {
    return "OAUTHBEARER";
  }

  @Override
  public void refused() {
    known.forget();
  }

  @Override
  public SaslExchange begin() throws SaslFailure {
    OauthToken token = known.token();
    StringBuilder text = new StringBuilder("n,,").append(SEPARATOR);
    text.append("auth=Bearer ").append(token.value()).append(SEPARATOR);
    extensions.forEach((name, value) -> extension(text, name, value));
    token.extensions().forEach((name, value) -> extension(text, name, value));
    byte[] first = text.append(SEPARATOR).toString().getBytes(StandardCharsets.UTF_8);
    return new SaslExchange() {
      private boolean refused;

      @Override
      public byte[] first() {
        return first;
      }

      @Override
      public Optional<byte[]> next(byte[] heard) throws SaslFailure {
        if (heard.length == 0 && !refused) {
          return Optional.empty();
        }
        if (refused) {
          throw new SaslFailure("the broker refuses the token");
        }
        // The broker has said why not, and says so again in its error once it has this.
        refused = true;
        return Optional.of(SEPARATOR.getBytes(StandardCharsets.UTF_8));
      }
    };
  }

  private static void extension(StringBuilder text, String name, String value) {
    text.append(name).append('=').append(value).append(SEPARATOR);
  }
}
