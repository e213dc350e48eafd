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

  private static final List<String> OAUTH_OTHERS =
      List.of(
          "grant.type",
          "assertion.algorithm",
          "assertion.private.key.file",
          "assertion.file",
          "assertion.claim.aud",
          "assertion.claim.exp.seconds",
          "assertion.claim.iss",
          "assertion.claim.jti.include",
          "assertion.claim.nbf.seconds",
          "assertion.claim.sub",
          "assertion.jwt.template.file",
          "assertion.template.file",
          "metadata.authentication.type",
          "jwt.retriever.class",
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
                "How to speak to brokers.",
                "PLAINTEXT",
                "SSL",
                "SASL_PLAINTEXT",
                "SASL_SSL")
            .notYet());
    tls(rows);
    sasl(rows);
    oauth(rows);
    List<ProducerSetting> all = new ArrayList<>();
    all.add(rows.get(0));
    rows.stream().skip(1).map(ProducerSetting::withoutMeaning).forEach(all::add);
    return List.copyOf(all);
  }

  private static void tls(List<ProducerSetting> rows) {
    rows.add(text("ssl.ca.location", "", "File or directory of the certificates to trust, PEM."));
    rows.add(text("ssl.ca.pem", "", "The certificates to trust, PEM."));
    rows.add(text("ssl.certificate.location", "", "File of the client's certificate, PEM."));
    rows.add(text("ssl.certificate.pem", "", "The client's certificate, PEM."));
    rows.add(text("ssl.key.location", "", "File of the client's private key, PEM."));
    rows.add(secret("ssl.key.pem", "The client's private key, PEM."));
    rows.add(secret("ssl.key.password", "Opens the private key."));
    rows.add(text("ssl.keystore.location", "", "File of the client's key and certificate."));
    rows.add(secret("ssl.keystore.password", "Opens that file."));
    rows.add(text("ssl.keystore.type", "JKS", "Its format."));
    rows.add(secret("ssl.keystore.key", "The client's private key, PEM, by Kafka's name."));
    rows.add(
        text("ssl.keystore.certificate.chain", "", "The client's certificate, by Kafka's name."));
    rows.add(text("ssl.truststore.location", "", "File of the certificates to trust."));
    rows.add(secret("ssl.truststore.password", "Opens that file."));
    rows.add(text("ssl.truststore.type", "JKS", "Its format."));
    rows.add(text("ssl.truststore.certificates", "", "The certificates to trust, PEM."));
    rows.add(text("ssl.crl.location", "", "File of revoked certificates."));
    rows.add(text("ssl.cipher.suites", "", "Cipher suites that may be used."));
    rows.add(text("ssl.curves.list", "", "Curves that may be used."));
    rows.add(text("ssl.sigalgs.list", "", "Signature algorithms that may be used."));
    rows.add(text("ssl.enabled.protocols", "", "Versions of TLS that may be used."));
    rows.add(text("ssl.protocol", "TLSv1.3", "Version of TLS that is begun with."));
    rows.add(
        text(
            "ssl.endpoint.identification.algorithm",
            "https",
            "Whether the broker's name must be in its certificate: https, or none."));
    rows.add(
        flag(
            "enable.ssl.certificate.verification",
            true,
            "Whether the broker's certificate is checked."));
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
            "https.ca.location",
            "https.ca.pem",
            "security.providers")) {
      rows.add(text(name, "", "A matter of the other clients' TLS libraries."));
    }
  }

  private static void sasl(List<ProducerSetting> rows) {
    rows.add(
        text("sasl.mechanism", "GSSAPI", "How the client proves who it is.")
            .alias("sasl.mechanisms"));
    rows.add(text("sasl.username", "", "Name, for PLAIN and SCRAM."));
    rows.add(secret("sasl.password", "Password, for PLAIN and SCRAM."));
    rows.add(secret("sasl.jaas.config", "Name and password as Kafka's Java clients write them."));
    rows.add(text("sasl.kerberos.service.name", "kafka", "Kerberos name of the brokers."));
    for (String name :
        List.of(
            "sasl.kerberos.principal",
            "sasl.kerberos.kinit.cmd",
            "sasl.kerberos.keytab",
            "sasl.kerberos.min.time.before.relogin",
            "sasl.kerberos.ticket.renew.jitter",
            "sasl.kerberos.ticket.renew.window.factor")) {
      rows.add(text(name, "", "A matter of Kerberos."));
    }
    for (String name :
        List.of(
            "sasl.client.callback.handler.class",
            "sasl.login.callback.handler.class",
            "sasl.login.class")) {
      rows.add(text(name, "", "A class of kafka-clients."));
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
      rows.add(text(name, "", "When a login is tried again or renewed."));
    }
  }

  private static void oauth(List<ProducerSetting> rows) {
    rows.add(
        choice(
            "sasl.oauthbearer.method",
            "default",
            "Where an OAUTHBEARER token comes from.",
            "default",
            "oidc"));
    rows.add(
        text("sasl.oauthbearer.client.id", "", "Who asks for the token.")
            .alias("sasl.oauthbearer.client.credentials.client.id"));
    rows.add(
        secret("sasl.oauthbearer.client.secret", "Its secret.")
            .alias("sasl.oauthbearer.client.credentials.client.secret"));
    rows.add(text("sasl.oauthbearer.scope", "", "What the token is asked for."));
    rows.add(text("sasl.oauthbearer.token.endpoint.url", "", "Who gives the token."));
    rows.add(secret("sasl.oauthbearer.config", "Further words for the token."));
    rows.add(text("sasl.oauthbearer.extensions", "", "Further words for the broker."));
    rows.add(
        secret("sasl.oauthbearer.assertion.private.key.passphrase", "Opens the assertion's key."));
    rows.add(secret("sasl.oauthbearer.assertion.private.key.pem", "The assertion's key, PEM."));
    rows.add(
        flag(
            "enable.sasl.oauthbearer.unsecure.jwt", false, "Tokens without signature: for tests."));
    rows.add(whole("sasl.oauthbearer.clock.skew.seconds", "s", 0, 1 << 30, 30, "Clocks differ."));
    for (String name : OAUTH_OTHERS) {
      rows.add(text("sasl.oauthbearer." + name, "", "A detail of how a token is got or checked."));
    }
  }
}
