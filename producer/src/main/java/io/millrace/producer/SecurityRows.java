package io.millrace.producer;

import static io.millrace.producer.ProducerSetting.choice;
import static io.millrace.producer.ProducerSetting.flag;
import static io.millrace.producer.ProducerSetting.secret;
import static io.millrace.producer.ProducerSetting.text;
import static io.millrace.producer.ProducerSetting.whole;

import java.util.ArrayList;
import java.util.List;

/** Settings of TLS and SASL, under librdkafka's and Kafka's names. */
final class SecurityRows {

  /** Of other ways to a token. */
  private static final List<String> OAUTH_NOT_YET =
      List.of(
          "assertion.private.key.file",
          "assertion.file",
          "assertion.claim.aud",
          "assertion.claim.iss",
          "assertion.claim.sub",
          "assertion.jwt.template.file",
          "assertion.template.file",
          "jwt.retriever.class");

  /** Of brokers, which check tokens, and of ways that are not served. */
  private static final List<String> OAUTH_OTHERS =
      List.of(
          "assertion.algorithm",
          "assertion.claim.exp.seconds",
          "assertion.claim.jti.include",
          "assertion.claim.nbf.seconds",
          "jwt.validator.class",
          "scope.claim.name",
          "sub.claim.name",
          "jwks.endpoint.url",
          "jwks.endpoint.refresh.ms",
          "jwks.endpoint.retry.backoff.max.ms",
          "jwks.endpoint.retry.backoff.ms",
          "allow.unverified.audience",
          "expected.audience",
          "allow.unverified.issuer",
          "expected.issuer",
          "header.urlencode");

  static final List<ProducerSetting> ROWS = rows();

  private SecurityRows() {}

  private static List<ProducerSetting> rows() {
    List<ProducerSetting> rows = new ArrayList<>();
    rows.add(
        choice(
            "security.protocol",
            "PLAINTEXT",
            "How to speak to brokers: as it is or with TLS, and with SASL if they ask who it is."
                + " Where it is not set, none of the settings that want one may be.",
            "PLAINTEXT",
            "SSL",
            "SASL_PLAINTEXT",
            "SASL_SSL"));
    tls(rows);
    certificates(rows);
    sasl(rows);
    oauth(rows);
    return List.copyOf(rows);
  }

  private static void tls(List<ProducerSetting> rows) {
    rows.add(
        choice(
                "ssl.endpoint.identification.algorithm",
                "https",
                "Whether the name that is connected to must be in the broker's certificate: https,"
                    + " or none.",
                "https",
                "none")
            .synonym("", "none"));
    rows.add(
        flag(
            "enable.ssl.certificate.verification",
            true,
            "Whether the broker's certificate is checked at all. Without that anybody can be the"
                + " broker."));
    rows.add(
        text(
            "ssl.cipher.suites",
            "",
            "Cipher suites that may be used, by Java's names, with commas between them; those of"
                + " the JDK if empty."));
    rows.add(
        text(
            "ssl.enabled.protocols",
            "",
            "Versions of TLS that may be used, such as TLSv1.3,TLSv1.2; those of the JDK if"
                + " empty."));
    rows.add(
        text("ssl.protocol", "TLSv1.3", "What the JDK is asked for; it serves older ones too."));
    for (String name : List.of("ssl.crl.location", "ssl.curves.list", "ssl.sigalgs.list")) {
      rows.add(text(name, "", "Revoked certificates, curves and signatures.").notYet());
    }
    for (String name :
        List.of(
            "ssl.provider",
            "ssl.providers",
            "ssl.engine.location",
            "ssl.engine.id",
            "ssl.engine.factory.class",
            "ssl.keymanager.algorithm",
            "ssl.trustmanager.algorithm",
            "ssl.secure.random.implementation",
            "ssl.ca.certificate.stores",
            "security.providers")) {
      rows.add(text(name, "", "A matter of the other clients' TLS libraries.").withoutMeaning());
    }
  }

  private static void certificates(List<ProducerSetting> rows) {
    rows.add(
        text(
            "ssl.ca.location",
            "",
            "File with the certificates to trust, PEM, or a directory of such files. Those that"
                + " the JDK trusts if nothing is given."));
    rows.add(
        text("ssl.ca.pem", "", "The certificates to trust themselves, PEM.")
            .alias("ssl.truststore.certificates"));
    rows.add(
        text("ssl.truststore.location", "", "File with the certificates to trust, of Java's."));
    rows.add(secret("ssl.truststore.password", "Opens that file."));
    rows.add(text("ssl.truststore.type", "JKS", "Its format: JKS, PKCS12 or PEM."));
    rows.add(
        text(
            "ssl.certificate.location",
            "",
            "File with the client's certificate, PEM, and those that lead from it to whom brokers"
                + " trust."));
    rows.add(
        text("ssl.certificate.pem", "", "That certificate itself, PEM.")
            .alias("ssl.keystore.certificate.chain"));
    rows.add(text("ssl.key.location", "", "File with the client's private key, PEM."));
    rows.add(secret("ssl.key.pem", "That key itself, PEM.").alias("ssl.keystore.key"));
    rows.add(secret("ssl.key.password", "Opens the private key, wherever it is."));
    rows.add(
        text(
            "ssl.keystore.location",
            "",
            "File with the client's certificate and key, of Java's or PKCS#12."));
    rows.add(secret("ssl.keystore.password", "Opens that file."));
    rows.add(text("ssl.keystore.type", "JKS", "Its format: JKS, PKCS12 or PEM. JKS reads both."));
  }

  private static void sasl(List<ProducerSetting> rows) {
    rows.add(
        text(
                "sasl.mechanism",
                "GSSAPI",
                "How it is proved who the client is: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or"
                    + " OAUTHBEARER. The default is the other clients', and not served.")
            .alias("sasl.mechanisms"));
    rows.add(text("sasl.username", "", "Name, for PLAIN and SCRAM."));
    rows.add(secret("sasl.password", "Password, for PLAIN and SCRAM."));
    rows.add(
        secret(
            "sasl.jaas.config",
            "The same as Kafka's Java clients write it, with PlainLoginModule, ScramLoginModule or"
                + " OAuthBearerLoginModule."));
    rows.add(text("sasl.kerberos.service.name", "kafka", "A matter of Kerberos.").withoutMeaning());
    for (String name :
        List.of(
            "sasl.kerberos.principal",
            "sasl.kerberos.kinit.cmd",
            "sasl.kerberos.keytab",
            "sasl.kerberos.min.time.before.relogin",
            "sasl.kerberos.ticket.renew.jitter",
            "sasl.kerberos.ticket.renew.window.factor")) {
      rows.add(text(name, "", "A matter of Kerberos.").withoutMeaning());
    }
    for (String name :
        List.of(
            "sasl.client.callback.handler.class",
            "sasl.login.callback.handler.class",
            "sasl.login.class")) {
      rows.add(text(name, "", "A class of kafka-clients.").withoutMeaning());
    }
    for (String name :
        List.of(
            "sasl.login.connect.timeout.ms",
            "sasl.login.read.timeout.ms",
            "sasl.login.retry.backoff.ms",
            "sasl.login.retry.backoff.max.ms",
            "sasl.login.refresh.buffer.seconds",
            "sasl.login.refresh.min.period.seconds",
            "sasl.login.refresh.window.factor",
            "sasl.login.refresh.window.jitter")) {
      rows.add(
          text(
                  name,
                  "",
                  "A token is waited for as long as a connection, asked for again as one is made"
                      + " again, and renewed after four fifths of its time.")
              .withoutMeaning());
    }
  }

  private static void oauth(List<ProducerSetting> rows) {
    rows.add(
        choice(
            "sasl.oauthbearer.method",
            "default",
            "Where a token comes from: oidc, from a provider's token endpoint; default, from one"
                + " of the next two, or from the endpoint if one is given.",
            "default",
            "oidc"));
    rows.add(
        text(
                "oauthbearer_token_refresh_cb",
                "",
                "An object that is an OauthTokenSource, which gives tokens.")
            .alias("oauth_cb"));
    rows.add(
        flag(
            "enable.sasl.oauthbearer.unsecure.jwt",
            false,
            "Makes tokens without a signature, which only brokers of tests believe."));
    rows.add(
        secret(
            "sasl.oauthbearer.config",
            "What stands in them: principal=NAME scope=A,B lifeSeconds=3600 principalClaimName=sub"
                + " scopeClaimName=scope extension_NAME=TEXT; only the first must be there."));
    rows.add(
        text(
            "sasl.oauthbearer.token.endpoint.url",
            "",
            "Who gives the token: the address of a provider's token endpoint."));
    rows.add(
        text("sasl.oauthbearer.client.id", "", "Who asks for the token.")
            .alias("sasl.oauthbearer.client.credentials.client.id"));
    rows.add(
        secret("sasl.oauthbearer.client.secret", "Its secret.")
            .alias("sasl.oauthbearer.client.credentials.client.secret"));
    rows.add(text("sasl.oauthbearer.scope", "", "What the token is asked for."));
    rows.add(
        text(
            "https.ca.location",
            "",
            "File or directory of the certificates to trust at that address, PEM; those that the"
                + " JDK trusts if nothing is given."));
    rows.add(text("https.ca.pem", "", "The same certificates themselves, PEM."));
    rows.add(
        text(
            "sasl.oauthbearer.extensions",
            "",
            "Further words for the broker: NAME=TEXT, several with commas between them."));
    String grants = "Other ways to a token than by client id and secret.";
    rows.add(
        choice(
                "sasl.oauthbearer.grant.type",
                "client_credentials",
                grants,
                "client_credentials",
                "urn:ietf:params:oauth:grant-type:jwt-bearer")
            .notYet());
    rows.add(
        choice(
                "sasl.oauthbearer.metadata.authentication.type",
                "none",
                grants,
                "none",
                "azure_imds")
            .notYet());
    for (String name : OAUTH_NOT_YET) {
      rows.add(text("sasl.oauthbearer." + name, "", grants).notYet());
    }
    rows.add(secret("sasl.oauthbearer.assertion.private.key.passphrase", grants).notYet());
    rows.add(secret("sasl.oauthbearer.assertion.private.key.pem", grants).notYet());
    rows.add(
        whole("sasl.oauthbearer.clock.skew.seconds", "s", 0, 1 << 30, 30, "A matter of brokers.")
            .withoutMeaning());
    for (String name : OAUTH_OTHERS) {
      rows.add(
          text("sasl.oauthbearer." + name, "", "A matter of brokers, or of what is not served.")
              .withoutMeaning());
    }
  }
}
