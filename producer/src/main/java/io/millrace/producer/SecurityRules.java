package io.millrace.producer;

import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** From the settings of TLS and SASL to what connections are made with; what contradicts there. */
final class SecurityRules {

  private static final String PROTOCOL = "security.protocol";
  private static final String MECHANISM = "sasl.mechanism";
  private static final String METHOD = "sasl.oauthbearer.method";
  private static final String UNSECURED = "enable.sasl.oauthbearer.unsecure.jwt";
  private static final String TOKENS = "oauthbearer_token_refresh_cb";
  private static final String JAAS = "sasl.jaas.config";
  private static final String SERVED = "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and OAUTHBEARER";

  private SecurityRules() {}

  /**
   * Reads certificates, keys and logins.
   *
   * @throws IllegalArgumentException if settings contradict one another, something is missing, or a
   *     file cannot be read
   */
  static Security read(ProducerValues values, Clock clock) {
    String protocol = values.text(PROTOCOL);
    boolean tls = protocol.endsWith("SSL");
    boolean sasl = protocol.startsWith("SASL");
    if (!values.isSet(PROTOCOL)) {
      requireNone(values);
    }
    return tls || sasl
        ? new Security(tls ? tls(values) : null, sasl ? login(values, clock) : null)
        : Security.NONE;
  }

  /** Who sets these and forgets the protocol would speak in the clear, and not know. */
  private static void requireNone(ProducerValues values) {
    for (String name :
        List.of(
            MECHANISM,
            "sasl.username",
            JAAS,
            "ssl.ca.location",
            "ssl.ca.pem",
            "ssl.truststore.location",
            "ssl.certificate.location",
            "ssl.certificate.pem",
            "ssl.keystore.location")) {
      if (values.isSet(name) && !values.text(name).isEmpty()) {
        String wanted = name.startsWith("ssl") ? "SSL or SASL_SSL" : "SASL_SSL or SASL_PLAINTEXT";
        throw SettingRules.contradiction(
            values.asGiven(name),
            values.asGiven(PROTOCOL),
            "give " + PROTOCOL + " too: " + wanted + ", or PLAINTEXT to leave it unused");
      }
    }
  }

  private static boolean has(ProducerValues values, String name) {
    return !values.text(name).isEmpty();
  }

  // --- TLS ---

  private static TlsSettings tls(ProducerValues values) {
    String verification = "enable.ssl.certificate.verification";
    String identification = "ssl.endpoint.identification.algorithm";
    if (!values.flag(verification)
        && values.isSet(identification)
        && values.text(identification).equals("https")) {
      throw SettingRules.contradiction(
          values.asGiven(identification),
          values.asGiven(verification),
          "a certificate that is not checked says nothing of the broker's name");
    }
    onlyOne(values, "ssl.ca.location", "ssl.ca.pem", "ssl.truststore.location");
    onlyOne(values, "ssl.keystore.location", "ssl.certificate.location", "ssl.certificate.pem");
    onlyOne(values, "ssl.keystore.location", "ssl.key.location", "ssl.key.pem");
    boolean certificate =
        has(values, "ssl.certificate.location") || has(values, "ssl.certificate.pem");
    boolean key = has(values, "ssl.key.location") || has(values, "ssl.key.pem");
    if (certificate != key) {
      throw new IllegalArgumentException(
          certificate
              ? "a certificate is given and no key to it: give ssl.key.location or ssl.key.pem"
              : "a key is given and no certificate to it: give ssl.certificate.location or"
                  + " ssl.certificate.pem");
    }
    return TlsSettings.of(values);
  }

  private static void onlyOne(ProducerValues values, String... names) {
    String first = null;
    for (String name : names) {
      if (!has(values, name)) {
        continue;
      }
      if (first != null) {
        throw SettingRules.contradiction(
            values.asGiven(first), values.asGiven(name), "give one of them");
      }
      first = name;
    }
  }

  // --- SASL ---

  private static SaslLogin login(ProducerValues values, Clock clock) {
    String mechanism = values.text(MECHANISM);
    JaasConfig jaas = has(values, JAAS) ? JaasConfig.of(values.text(JAAS)) : null;
    return switch (mechanism) {
      case "PLAIN" -> {
        Map<String, String> who = nameAndPassword(values, jaas, "PlainLoginModule");
        yield new PlainLogin(given(who, "username"), given(who, "password"));
      }
      case "SCRAM-SHA-256", "SCRAM-SHA-512" -> {
        Map<String, String> who = nameAndPassword(values, jaas, "ScramLoginModule");
        int bits = mechanism.endsWith("256") ? 256 : 512;
        yield new ScramLogin(bits, given(who, "username"), given(who, "password"), Chance.SYSTEM);
      }
      case "OAUTHBEARER" ->
          new OauthLogin(
              new KnownToken(tokens(values, jaas, clock), clock), extensions(values, jaas));
      default ->
          throw new IllegalArgumentException(
              values.asGiven(MECHANISM) + " is not served: " + SERVED + " are");
    };
  }

  private static String given(Map<String, String> options, String name) {
    return options.getOrDefault(name, "");
  }

  private static Map<String, String> options(
      @Nullable JaasConfig jaas, String module, List<String> known) {
    if (jaas == null) {
      return Map.of();
    }
    if (!jaas.module().equals(module)) {
      throw new IllegalArgumentException(
          JAAS + " names " + jaas.module() + ", and " + MECHANISM + " wants " + module);
    }
    for (String name : jaas.options().keySet()) {
      if (!known.contains(name) && !name.startsWith("extension_")) {
        throw new IllegalArgumentException(
            JAAS + " has the option \"" + name + "\", which is not served here");
      }
    }
    return jaas.options();
  }

  private static Map<String, String> nameAndPassword(
      ProducerValues values, @Nullable JaasConfig jaas, String module) {
    Map<String, String> all =
        new LinkedHashMap<>(options(jaas, module, List.of("username", "password")));
    for (String name : List.of("username", "password")) {
      String setting = "sasl." + name;
      String other = all.get(name);
      if (has(values, setting)) {
        all.put(name, values.text(setting));
      }
      if (other != null && !other.equals(all.get(name))) {
        throw SettingRules.contradiction(setting, JAAS, "they name two; give one of them");
      }
      if (given(all, name).isEmpty()) {
        throw new IllegalArgumentException(
            values.asGiven(MECHANISM) + " wants " + setting + ", or " + JAAS + " with a " + name);
      }
    }
    return all;
  }

  // --- OAUTHBEARER ---

  private static OauthTokenSource tokens(
      ProducerValues values, @Nullable JaasConfig jaas, Clock clock) {
    Map<String, String> options =
        options(
            jaas,
            "OAuthBearerLoginModule",
            List.of("clientId", "clientSecret", "scope", "unsecuredLoginStringClaim_sub"));
    OauthTokenSource own = values.tokenSource();
    if (own == null && has(values, TOKENS)) {
      throw new IllegalArgumentException(TOKENS + " wants an object that is an OauthTokenSource");
    }
    boolean oidc = values.text(METHOD).equals("oidc");
    boolean unsecured = values.flag(UNSECURED);
    List<String> sources = new ArrayList<>();
    if (own != null) {
      sources.add(TOKENS);
    }
    if (oidc) {
      sources.add(values.asGiven(METHOD));
    }
    if (unsecured) {
      sources.add(values.asGiven(UNSECURED));
    }
    if (sources.size() > 1) {
      throw SettingRules.contradiction(
          sources.get(0), sources.get(1), "a token can come from one place only");
    }
    if (own != null) {
      return own;
    }
    if (oidc || has(values, "sasl.oauthbearer.token.endpoint.url") && !unsecured) {
      return endpoint(values, options, clock);
    }
    String subject = options.get("unsecuredLoginStringClaim_sub");
    if (unsecured || subject != null) {
      String config = values.text("sasl.oauthbearer.config");
      return UnsecuredTokens.of(
          config.isEmpty() && subject != null ? "principal=" + subject : config, clock);
    }
    throw new IllegalArgumentException(
        values.asGiven(MECHANISM)
            + " wants to know where tokens come from: "
            + METHOD
            + "=oidc with sasl.oauthbearer.token.endpoint.url, or an OauthTokenSource as "
            + TOKENS
            + ", or for tests "
            + UNSECURED
            + "=true with sasl.oauthbearer.config");
  }

  private static TokenEndpoint endpoint(
      ProducerValues values, Map<String, String> options, Clock clock) {
    String url = values.text("sasl.oauthbearer.token.endpoint.url");
    String id = or(values, "sasl.oauthbearer.client.id", given(options, "clientId"));
    String secret = or(values, "sasl.oauthbearer.client.secret", given(options, "clientSecret"));
    if (url.isEmpty() || id.isEmpty() || secret.isEmpty()) {
      throw new IllegalArgumentException(
          values.asGiven(METHOD)
              + " wants sasl.oauthbearer.token.endpoint.url, sasl.oauthbearer.client.id and"
              + " sasl.oauthbearer.client.secret");
    }
    URI endpoint;
    try {
      endpoint = new URI(url);
    } catch (java.net.URISyntaxException e) {
      throw new IllegalArgumentException(notAnUrl(url), e);
    }
    String scheme = String.valueOf(endpoint.getScheme());
    if (!scheme.equals("http") && !scheme.equals("https") || endpoint.getHost() == null) {
      throw new IllegalArgumentException(notAnUrl(url));
    }
    onlyOne(values, "https.ca.location", "https.ca.pem");
    SSLContext tls =
        scheme.equals("https")
            ? TlsSettings.trusting(
                values.text("https.ca.location"),
                values.text("https.ca.pem"),
                values.asGiven("https.ca.location"))
            : null;
    return new TokenEndpoint(
        endpoint,
        id,
        secret,
        or(values, "sasl.oauthbearer.scope", given(options, "scope")),
        values.int32("socket.connection.setup.timeout.ms"),
        tls,
        clock);
  }

  private static String notAnUrl(String url) {
    return "sasl.oauthbearer.token.endpoint.url="
        + url
        + " is no address: it wants https://HOST/...";
  }

  private static String or(ProducerValues values, String name, String other) {
    return has(values, name) ? values.text(name) : other;
  }

  private static Map<String, String> extensions(ProducerValues values, @Nullable JaasConfig jaas) {
    Map<String, String> all = new LinkedHashMap<>();
    if (jaas != null) {
      jaas.options()
          .forEach((name, value) -> {
            if (name.startsWith("extension_")) {
              all.put(name.substring("extension_".length()), value);
            }
          });
    }
    String text = values.text("sasl.oauthbearer.extensions");
    if (!text.isEmpty()) {
      for (String one : text.split(",", -1)) {
        int equals = one.indexOf('=');
        if (equals < 1) {
          throw new IllegalArgumentException(
              "sasl.oauthbearer.extensions wants NAME=TEXT, several with commas between them");
        }
        all.put(one.substring(0, equals).trim(), one.substring(equals + 1).trim());
      }
    }
    all.forEach(OauthToken::requireSendable);
    return all;
  }
}
