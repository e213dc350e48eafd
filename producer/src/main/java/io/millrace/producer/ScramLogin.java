package io.millrace.producer;

import java.util.Base64;

/**
 * Name and password, of which the password is proved and never sent; the broker proves that it
 * knows it too.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5802">RFC 5802, SCRAM</a>; <a
 *     href="https://www.rfc-editor.org/rfc/rfc7677">RFC 7677, with SHA-256</a>
 */
final class ScramLogin implements SaslLogin {

  private static final int NONCE_BYTES = 24;

  private final int bits;
  private final String user;
  private final String password;
  private final Chance chance;

  /**
   * @param bits of the hash: 256 or 512
   */
  ScramLogin(int bits, String user, String password, Chance chance) {
    this.bits = bits;
    this.user = user;
    this.password = password;
    this.chance = chance;
  }

  @Override
  public String mechanism() {
    return "SCRAM-SHA-" + bits;
  }

  @Override
  public SaslExchange begin() {
    byte[] nonce = chance.secret(NONCE_BYTES);
    return new ScramExchange(
        bits, user, password, Base64.getEncoder().withoutPadding().encodeToString(nonce));
  }
}
