package io.millrace.producer;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Name and password as they are: only TLS keeps others from reading them.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4616">RFC 4616, the PLAIN mechanism</a>
 */
final class PlainLogin implements SaslLogin {

  private final String user;
  private final String password;

  PlainLogin(String user, String password) {
    this.user = user;
    this.password = password;
  }

  @Override
  public String mechanism() {
    return "PLAIN";
  }

  @Override
  public SaslExchange begin() {
    return new SaslExchange() {
      @Override
      public byte[] first() {
        return ("\0" + user + "\0" + password).getBytes(StandardCharsets.UTF_8);
      }

      @Override
      public Optional<byte[]> next(byte[] heard) {
        return Optional.empty();
      }
    };
  }
}
