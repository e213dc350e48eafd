package io.millrace.producer;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManagerFactory;

/** Keys with certificates that sign themselves, made by the JDK's keytool. */
final class Certificates {

  static final String PASSWORD = "opens-it";
  private static final char[] OPENS = PASSWORD.toCharArray();

  private final Path directory;

  Certificates(Path directory) {
    this.directory = directory;
  }

  /** Makes a key and its certificate. */
  Certificates make(String name, String algorithm, String names) throws Exception {
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                algorithm,
                "-storetype",
                "PKCS12",
                "-keystore",
                store(name).toString(),
                "-storepass",
                PASSWORD,
                "-dname",
                "CN=" + name,
                "-ext",
                "san=" + names,
                "-validity",
                "2")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("keytool.log").toFile())
            .start();
    if (!keytool.waitFor(60, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
      throw new IOException(Files.readString(directory.resolve("keytool.log")));
    }
    return this;
  }

  Path store(String name) {
    return directory.resolve(name + ".p12");
  }

  private KeyStore opened(String name) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store(name))) {
      store.load(in, OPENS);
    }
    return store;
  }

  String certificate(String name) throws Exception {
    return pem("CERTIFICATE", opened(name).getCertificate(name).getEncoded());
  }

  /** A file with the certificate, and some words before it, as some tools write. */
  Path certificateFile(String name) throws Exception {
    return write(name + ".crt", "Certificate:\n  Data\n" + certificate(name));
  }

  private byte[] keyBytes(String name) throws Exception {
    return ((PrivateKey) opened(name).getKey(name, OPENS)).getEncoded();
  }

  String key(String name) throws Exception {
    return pem("PRIVATE KEY", keyBytes(name));
  }

  Path keyFile(String name) throws Exception {
    return write(name + ".key", key(name));
  }

  /** The key of an RSA pair in the old form: what stands in PKCS #8 behind its head. */
  String oldKey(String name) throws Exception {
    byte[] all = keyBytes(name);
    return pem("RSA PRIVATE KEY", Arrays.copyOfRange(all, 26, all.length));
  }

  String encryptedKey(String name) throws Exception {
    String algorithm = "PBEWithHmacSHA256AndAES_256";
    byte[] salt = new byte[16];
    Cipher cipher = Cipher.getInstance(algorithm);
    cipher.init(
        Cipher.ENCRYPT_MODE,
        SecretKeyFactory.getInstance(algorithm).generateSecret(new PBEKeySpec(OPENS)),
        new PBEParameterSpec(salt, 2000, new IvParameterSpec(salt)));
    byte[] hidden = cipher.doFinal(keyBytes(name));
    AlgorithmParameters named = AlgorithmParameters.getInstance("PBES2");
    named.init(cipher.getParameters().getEncoded());
    return pem("ENCRYPTED PRIVATE KEY", new EncryptedPrivateKeyInfo(named, hidden).getEncoded());
  }

  Path write(String file, String text) throws IOException {
    Path path = directory.resolve(file);
    Files.writeString(path, text, StandardCharsets.ISO_8859_1);
    return path;
  }

  private static String pem(String label, byte[] bytes) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
  }

  /**
   * Sockets of a server with a key.
   *
   * @param asks whose certificate clients must show; null if none
   */
  ServerSocketFactory sockets(String name, String asks) throws Exception {
    return new Sockets(context(name, asks).getServerSocketFactory(), asks != null);
  }

  SSLContext context(String name, String asks) throws Exception {
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(opened(name), OPENS);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    if (asks != null) {
      trusted.setCertificateEntry(asks, opened(asks).getCertificate(asks));
      trust.init(trusted);
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), asks == null ? null : trust.getTrustManagers(), null);
    return context;
  }

  private static final class Sockets extends ServerSocketFactory {
    private final ServerSocketFactory by;
    private final boolean asks;

    Sockets(ServerSocketFactory by, boolean asks) {
      this.by = by;
      this.asks = asks;
    }

    private ServerSocket asking(ServerSocket socket) {
      ((SSLServerSocket) socket).setNeedClientAuth(asks);
      return socket;
    }

    @Override
    public ServerSocket createServerSocket() throws IOException {
      return asking(by.createServerSocket());
    }

    @Override
    public ServerSocket createServerSocket(int port) throws IOException {
      return asking(by.createServerSocket(port));
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog) throws IOException {
      return asking(by.createServerSocket(port, backlog));
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog, InetAddress address)
        throws IOException {
      return asking(by.createServerSocket(port, backlog, address));
    }
  }
}
