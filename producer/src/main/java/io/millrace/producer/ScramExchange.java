package io.millrace.producer;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The client's side of one SCRAM exchange, without channel binding. */
final class ScramExchange implements SaslExchange {

  /** What the mechanisms' documents ask for at least. */
  private static final int ITERATIONS_MIN = 4096;

  /** A broker that asks for more would keep this machine busy for long. */
  private static final int ITERATIONS_MAX = 5_000_000;

  /** No channel binding, and no other name to act for: {@code n,,}. */
  private static final String HEAD = "n,,";

  private final int bits;
  private final String password;
  private final String nonce;
  private final String firstBare;
  private byte[] serverSignature = {};

  ScramExchange(int bits, String user, String password, String nonce) {
    this.bits = bits;
    this.password = password;
    this.nonce = nonce;
    this.firstBare = "n=" + user.replace("=", "=3D").replace(",", "=2C") + ",r=" + nonce;
  }

  @Override
  public byte[] first() {
    return utf8(HEAD + firstBare);
  }

  @Override
  public Optional<byte[]> next(byte[] heard) throws SaslFailure {
    String text = new String(heard, StandardCharsets.UTF_8);
    Map<Character, String> said = attributes(text);
    String refusal = said.get('e');
    if (refusal != null) {
      throw new SaslFailure("the broker says " + refusal);
    }
    if (serverSignature.length > 0) {
      byte[] signature = base64(said.getOrDefault('v', ""));
      if (!MessageDigest.isEqual(signature, serverSignature)) {
        throw new SaslFailure(
            "the broker does not prove that it knows the password: it may be another than it says");
      }
      return Optional.empty();
    }
    try {
      return Optional.of(proof(text, said));
    } catch (GeneralSecurityException e) {
      throw new SaslFailure("this JDK lacks what SCRAM needs: " + e.getMessage(), e);
    }
  }

  private byte[] proof(String heard, Map<Character, String> said)
      throws SaslFailure, GeneralSecurityException {
    String both = said.getOrDefault('r', "");
    if (!both.startsWith(nonce) || both.length() == nonce.length()) {
      throw new SaslFailure("the broker's nonce is none: what it says does not follow SCRAM");
    }
    byte[] salt = base64(said.getOrDefault('s', ""));
    byte[] salted = salted(salt, iterations(said.getOrDefault('i', "")));
    byte[] clientKey = hmac(salted, utf8("Client Key"));
    byte[] storedKey = MessageDigest.getInstance("SHA-" + bits).digest(clientKey);
    String ending = "c=" + Base64.getEncoder().encodeToString(utf8(HEAD)) + ",r=" + both;
    byte[] all = utf8(firstBare + "," + heard + "," + ending);
    byte[] proof = hmac(storedKey, all);
    for (int i = 0; i < proof.length; i++) {
      proof[i] ^= clientKey[i];
    }
    serverSignature = hmac(hmac(salted, utf8("Server Key")), all);
    return utf8(ending + ",p=" + Base64.getEncoder().encodeToString(proof));
  }

  private static int iterations(String text) throws SaslFailure {
    int iterations;
    try {
      iterations = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new SaslFailure("the broker's number of iterations is none", e);
    }
    if (iterations < ITERATIONS_MIN || iterations > ITERATIONS_MAX) {
      throw new SaslFailure(
          "the broker asks for "
              + iterations
              + " iterations, and only "
              + ITERATIONS_MIN
              + " to "
              + ITERATIONS_MAX
              + " are done: make the user's credentials anew on the brokers");
    }
    return iterations;
  }

  /** Hi of RFC 5802: PBKDF2 with a single block. */
  private byte[] salted(byte[] salt, int iterations) throws GeneralSecurityException {
    Mac mac = mac(utf8(password));
    byte[] begin = Arrays.copyOf(salt, salt.length + 4);
    begin[salt.length + 3] = 1;
    byte[] step = mac.doFinal(begin);
    byte[] result = step.clone();
    for (int i = 1; i < iterations; i++) {
      step = mac.doFinal(step);
      for (int j = 0; j < result.length; j++) {
        result[j] ^= step[j];
      }
    }
    return result;
  }

  private byte[] hmac(byte[] key, byte[] what) throws GeneralSecurityException {
    return mac(key).doFinal(what);
  }

  private Mac mac(byte[] key) throws GeneralSecurityException {
    String algorithm = "HmacSHA" + bits;
    Mac mac = Mac.getInstance(algorithm);
    mac.init(new SecretKeySpec(key, algorithm));
    return mac;
  }

  private static Map<Character, String> attributes(String text) {
    Map<Character, String> all = new HashMap<>();
    for (String one : text.split(",", -1)) {
      if (one.length() >= 2 && one.charAt(1) == '=') {
        all.put(one.charAt(0), one.substring(2));
      }
    }
    return all;
  }

  private static byte[] base64(String text) throws SaslFailure {
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new SaslFailure("what the broker says does not follow SCRAM", e);
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
