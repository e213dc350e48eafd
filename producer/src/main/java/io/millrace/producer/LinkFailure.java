package io.millrace.producer;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What to tell of a connection that failed: which code, what happened, and what to do. */
final class LinkFailure {

  /** What {@link io.millrace.wire.Frame} says where an answer begins so. */
  private static final String HTTP = "\"HTTP\"";

  private static final String WEB_SERVER = "; a web server answers there, not a broker";

  private LinkFailure() {}

  /**
   * @param state where the connection was
   * @param tls whether it was to be one with TLS
   * @param unheard whether the broker was not told who it is, and has answered nothing since
   */
  static ProducerError of(
      String link, BrokerLink.State state, boolean tls, boolean unheard, Exception e) {
    if (e instanceof SSLException) {
      return ProducerError.of(LocalError.SSL, link + ": TLS failed: " + text(e) + advice(e));
    }
    if (state == BrokerLink.State.SECURING) {
      return ProducerError.of(
          LocalError.SSL,
          link
              + ": TLS failed: "
              + text(e)
              + "; does this port of the broker speak TLS (security.protocol)?");
    }
    return ProducerError.of(
        LocalError.TRANSPORT,
        link + ": " + text(e) + (text(e).contains(HTTP) ? WEB_SERVER : hint(state, tls, unheard)));
  }

  private static String hint(BrokerLink.State state, boolean tls, boolean unheard) {
    if (unheard) {
      return "; does this port of the broker ask who it is (security.protocol with SASL)?";
    }
    return state == BrokerLink.State.GREETING && !tls
        ? "; does this port of the broker speak TLS (security.protocol)?"
        : "";
  }

  private static String text(Throwable e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private static String advice(Throwable e) {
    if (caused(e, CertPathBuilderException.class) != null) {
      return "; nobody who is trusted here has signed the broker's certificate: give who has as"
          + " ssl.ca.location (PEM) or ssl.truststore.location";
    }
    if (caused(e, CertificateExpiredException.class) != null
        || caused(e, CertificateNotYetValidException.class) != null) {
      return "; the broker's certificate is out of date, or this machine's clock is wrong";
    }
    CertificateException refused = caused(e, CertificateException.class);
    if (refused != null && text(refused).contains("No ")) {
      return "; the broker's certificate is for another name: connect by the name in it, have it"
          + " made for this one, or set ssl.endpoint.identification.algorithm=none";
    }
    String said = text(e).toLowerCase(Locale.ROOT);
    if (said.contains("certificate_required")
        || said.contains("bad_certificate")
        || said.contains("certificate_unknown")
        || said.contains("unknown_ca")) {
      return "; the broker does not take this client's certificate, or misses one: give"
          + " ssl.keystore.location, or ssl.certificate.location and ssl.key.location";
    }
    if (said.contains("unrecognized") || said.contains("plaintext")) {
      return "; does this port of the broker speak TLS (security.protocol)?";
    }
    if (said.contains("handshake_failure") || said.contains("protocol_version")) {
      return "; the two have no version of TLS or cipher in common (ssl.enabled.protocols,"
          + " ssl.cipher.suites), or the broker wants a certificate";
    }
    return "";
  }

  private static <T extends Throwable> @Nullable T caused(Throwable e, Class<T> by) {
    Throwable one = e;
    for (int i = 0; i < 16 && one != null; i++) {
      if (by.isInstance(one)) {
        return by.cast(one);
      }
      one = one.getCause();
    }
    return null;
  }
}
