package io.millrace.producer;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Whom to trust and what to show in TLS, read from files and settings once. */
final class TlsSettings {

  private static final char[] OWN = "own".toCharArray();

  private final SSLContext context;
  private final boolean checksName;
  private final String[] protocols;
  private final String[] suites;

  private TlsSettings(SSLContext context, boolean checksName, String[] protocols, String[] suites) {
    this.context = context;
    this.checksName = checksName;
    this.protocols = protocols;
    this.suites = suites;
  }

  /**
   * Reads certificates and keys.
   *
   * @throws IllegalArgumentException if something cannot be read, or is not known; the message
   *     names the setting
   */
  static TlsSettings of(ProducerValues values) {
    boolean verifies = values.flag("enable.ssl.certificate.verification");
    SSLContext context =
        with(
            values.text("ssl.protocol"),
            keys(values),
            verifies ? trusted(trust(values)) : new TrustManager[] {new Anybody()},
            values.asGiven("ssl.protocol"));
    SSLParameters possible = context.getSupportedSSLParameters();
    return new TlsSettings(
        context,
        verifies && values.text("ssl.endpoint.identification.algorithm").equals("https"),
        chosen(values, "ssl.enabled.protocols", possible.getProtocols()),
        chosen(values, "ssl.cipher.suites", possible.getCipherSuites()));
  }

  /** For a token's endpoint: trusts what is given, or whom the JDK trusts. */
  static SSLContext trusting(String location, String pem, String setting) {
    KeyStore trust = null;
    if (!location.isEmpty()) {
      trust = read(setting, () -> ofCertificates(certificatesAt(Path.of(location))));
    } else if (!pem.isEmpty()) {
      trust = read(setting, () -> ofCertificates(Pem.certificates(pem)));
    }
    return with("TLS", null, trusted(trust), setting);
  }

  private static SSLContext with(
      String protocol, KeyManager @Nullable [] keys, TrustManager[] trust, String setting) {
    return read(
        setting,
        () -> {
          SSLContext made = SSLContext.getInstance(protocol);
          made.init(keys, trust, null);
          return made;
        });
  }

  /** Makes the client's side of a connection. */
  SSLEngine engine(String host, int port) {
    SSLEngine engine = context.createSSLEngine(host, port);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    if (checksName) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    if (protocols.length > 0) {
      parameters.setProtocols(protocols);
    }
    if (suites.length > 0) {
      parameters.setCipherSuites(suites);
    }
    engine.setSSLParameters(parameters);
    return engine;
  }

  private static String[] chosen(ProducerValues values, String name, String[] possible) {
    if (values.text(name).isEmpty()) {
      return new String[0];
    }
    String[] chosen = values.text(name).trim().split("\\s*[,:]\\s*", -1);
    for (String one : chosen) {
      if (!Arrays.asList(possible).contains(one)) {
        throw new IllegalArgumentException(
            values.asGiven(name)
                + " names \""
                + one
                + "\", which this JDK does not know: it knows "
                + String.join(", ", possible));
      }
    }
    return chosen;
  }

  // --- whom to trust ---

  private static @Nullable KeyStore trust(ProducerValues values) {
    String location = values.text("ssl.ca.location");
    if (!location.isEmpty()) {
      return read(
          values.asGiven("ssl.ca.location"),
          () -> ofCertificates(certificatesAt(Path.of(location))));
    }
    String pem = values.text("ssl.ca.pem");
    if (!pem.isEmpty()) {
      return read("ssl.ca.pem", () -> ofCertificates(Pem.certificates(pem)));
    }
    String store = values.text("ssl.truststore.location");
    if (store.isEmpty()) {
      return null;
    }
    String type = values.text("ssl.truststore.type");
    return read(
        values.asGiven("ssl.truststore.location"),
        () ->
            type.equalsIgnoreCase("PEM")
                ? ofCertificates(certificatesAt(Path.of(store)))
                : stored(type, store, values.text("ssl.truststore.password")));
  }

  private static TrustManager[] trusted(@Nullable KeyStore trust) {
    return read(
        "the certificates to trust",
        () -> {
          TrustManagerFactory factory =
              TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
          factory.init(trust);
          return factory.getTrustManagers();
        });
  }

  private static List<X509Certificate> certificatesAt(Path path)
      throws IOException, GeneralSecurityException {
    if (!Files.isDirectory(path)) {
      return Pem.certificates(text(path));
    }
    List<X509Certificate> all = new ArrayList<>();
    try (Stream<Path> files = Files.list(path)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        if (text.contains("-----BEGIN CERTIFICATE")) {
          all.addAll(Pem.certificates(text));
        }
      }
    }
    if (all.isEmpty()) {
      throw new GeneralSecurityException("no file in it has a certificate as PEM");
    }
    return all;
  }

  private static KeyStore ofCertificates(List<X509Certificate> certificates)
      throws IOException, GeneralSecurityException {
    KeyStore store = empty();
    for (int i = 0; i < certificates.size(); i++) {
      store.setCertificateEntry("ca" + i, certificates.get(i));
    }
    return store;
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  // --- what to show ---

  private static KeyManager @Nullable [] keys(ProducerValues values) {
    String location = values.text("ssl.keystore.location");
    String keyPassword = values.text("ssl.key.password");
    if (!location.isEmpty()) {
      String type = values.text("ssl.keystore.type");
      String password = values.text("ssl.keystore.password");
      String setting = values.asGiven("ssl.keystore.location");
      if (type.equalsIgnoreCase("PEM")) {
        return read(
            setting,
            () -> {
              String text = text(Path.of(location));
              return shown(text, text, keyPassword);
            });
      }
      return read(
          setting,
          () ->
              managers(
                  stored(type, location, password),
                  (keyPassword.isEmpty() ? password : keyPassword).toCharArray()));
    }
    String certificate = values.text("ssl.certificate.location");
    String certificatePem = values.text("ssl.certificate.pem");
    String key = values.text("ssl.key.location");
    if (certificate.isEmpty() && certificatePem.isEmpty()) {
      return null;
    }
    String shownCertificate =
        certificate.isEmpty()
            ? certificatePem
            : read(values.asGiven("ssl.certificate.location"), () -> text(Path.of(certificate)));
    String setting = key.isEmpty() ? "ssl.key.pem" : values.asGiven("ssl.key.location");
    String shownKey =
        key.isEmpty() ? values.text("ssl.key.pem") : read(setting, () -> text(Path.of(key)));
    return read(setting, () -> shown(shownCertificate, shownKey, keyPassword));
  }

  private static KeyManager[] shown(String certificates, String key, String password)
      throws IOException, GeneralSecurityException {
    List<X509Certificate> chain = Pem.certificates(certificates);
    PrivateKey own = Pem.key(key, password, chain.get(0).getPublicKey().getAlgorithm());
    KeyStore store = empty();
    store.setKeyEntry("own", own, OWN, chain.toArray(new Certificate[0]));
    return managers(store, OWN);
  }

  private static KeyManager[] managers(KeyStore store, char[] password)
      throws GeneralSecurityException {
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, password);
    return factory.getKeyManagers();
  }

  private static KeyStore stored(String type, String location, String password)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(type);
    try (InputStream in = Files.newInputStream(Path.of(location))) {
      store.load(in, password.isEmpty() ? null : password.toCharArray());
    }
    return store;
  }

  private static String text(Path path) throws IOException {
    return Files.readString(path, StandardCharsets.ISO_8859_1);
  }

  // --- reading ---

  private interface Reading<T> {
    T read() throws IOException, GeneralSecurityException;
  }

  private static <T> T read(String setting, Reading<T> reading) {
    try {
      return reading.read();
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      String why =
          e instanceof java.nio.file.NoSuchFileException
              ? "there is no such file"
              : e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw new IllegalArgumentException(setting + " cannot be used: " + why, e);
    }
  }

  /** Trusts anybody: {@code enable.ssl.certificate.verification=false}. */
  private static final class Anybody extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
