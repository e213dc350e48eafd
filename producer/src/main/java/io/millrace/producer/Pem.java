package io.millrace.producer;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * Certificates and keys as text.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7468">RFC 7468, textual encodings of PKIX</a>
 */
final class Pem {

  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);
  private static final String CONVERT = "convert it: openssl pkcs8 -topk8 -in KEY -out NEW";

  /** What stands before an RSA key of PKCS #1 in PKCS #8: version 0, rsaEncryption, no more. */
  private static final byte[] RSA = {
    0x02,
    0x01,
    0x00,
    0x30,
    0x0d,
    0x06,
    0x09,
    0x2a,
    (byte) 0x86,
    0x48,
    (byte) 0x86,
    (byte) 0xf7,
    0x0d,
    0x01,
    0x01,
    0x01,
    0x05,
    0x00
  };

  private Pem() {}

  private record Block(String label, String body) {
    byte[] bytes() throws GeneralSecurityException {
      try {
        return Base64.getMimeDecoder().decode(body);
      } catch (IllegalArgumentException e) {
        throw new GeneralSecurityException("its " + label + " is damaged", e);
      }
    }
  }

  private static List<Block> blocks(String text) {
    List<Block> all = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(text);
    while (matcher.find()) {
      all.add(new Block(matcher.group(1), matcher.group(2)));
    }
    return all;
  }

  /**
   * The certificates in a text, in their order; what else it has is overlooked.
   *
   * @throws GeneralSecurityException if there is none, or one cannot be read
   */
  static List<X509Certificate> certificates(String text) throws GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> all = new ArrayList<>();
    for (Block block : blocks(text)) {
      if (block.label.endsWith("CERTIFICATE")) {
        all.add(
            (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.bytes())));
      }
    }
    if (all.isEmpty()) {
      throw new GeneralSecurityException("there is no certificate in it (-----BEGIN CERTIFICATE)");
    }
    return all;
  }

  /**
   * The first private key in a text.
   *
   * @param password opens it; empty if it has none
   * @param algorithm that of its certificate
   * @throws GeneralSecurityException if there is none, or it cannot be read
   */
  static PrivateKey key(String text, String password, String algorithm)
      throws GeneralSecurityException {
    for (Block block : blocks(text)) {
      if (block.body.contains("Proc-Type")) {
        throw new GeneralSecurityException("its key is encrypted in an old way: " + CONVERT);
      }
      switch (block.label) {
        case "PRIVATE KEY" -> {
          return decoded(new PKCS8EncodedKeySpec(block.bytes()), algorithm);
        }
        case "ENCRYPTED PRIVATE KEY" -> {
          return decoded(decrypted(block.bytes(), password), algorithm);
        }
        case "RSA PRIVATE KEY" -> {
          return decoded(new PKCS8EncodedKeySpec(wrapped(block.bytes())), "RSA");
        }
        case "EC PRIVATE KEY", "DSA PRIVATE KEY" ->
            throw new GeneralSecurityException("its key is in an old form: " + CONVERT);
        default -> {}
      }
    }
    throw new GeneralSecurityException("there is no private key in it (-----BEGIN PRIVATE KEY)");
  }

  private static PrivateKey decoded(PKCS8EncodedKeySpec spec, String algorithm)
      throws GeneralSecurityException {
    return KeyFactory.getInstance(algorithm).generatePrivate(spec);
  }

  private static PKCS8EncodedKeySpec decrypted(byte[] bytes, String password)
      throws GeneralSecurityException {
    if (password.isEmpty()) {
      throw new GeneralSecurityException("its key is encrypted: give ssl.key.password");
    }
    try {
      EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(bytes);
      // The parameters of PBES2 know the whole name, the information only half of it.
      String name = info.getAlgName();
      String algorithm =
          name.equals("PBES2") || name.equals("1.2.840.113549.1.5.13")
              ? info.getAlgParameters().toString()
              : name;
      Cipher cipher = Cipher.getInstance(algorithm);
      PBEKeySpec spec = new PBEKeySpec(password.toCharArray());
      cipher.init(
          Cipher.DECRYPT_MODE,
          SecretKeyFactory.getInstance(algorithm).generateSecret(spec),
          info.getAlgParameters());
      return info.getKeySpec(cipher);
    } catch (IOException e) {
      throw new GeneralSecurityException("its key is damaged", e);
    } catch (GeneralSecurityException e) {
      throw new GeneralSecurityException("ssl.key.password does not open its key", e);
    }
  }

  private static byte[] wrapped(byte[] key) {
    ByteArrayOutputStream inner = new ByteArrayOutputStream();
    inner.writeBytes(RSA);
    inner.write(0x04);
    length(inner, key.length);
    inner.writeBytes(key);
    ByteArrayOutputStream outer = new ByteArrayOutputStream();
    outer.write(0x30);
    length(outer, inner.size());
    outer.writeBytes(inner.toByteArray());
    return outer.toByteArray();
  }

  /** A length in DER: itself if below 128, else the number of its bytes and these. */
  private static void length(ByteArrayOutputStream out, int length) {
    if (length < 128) {
      out.write(length);
      return;
    }
    int bytes = (39 - Integer.numberOfLeadingZeros(length)) / 8;
    out.write(0x80 | bytes);
    for (int i = bytes - 1; i >= 0; i--) {
      out.write(length >>> 8 * i);
    }
  }
}
