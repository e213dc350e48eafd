package io.millrace.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What TLS and SASL are set to is read at construction, or refused there with what to do. */
class SecurityRulesTest {

  private static final String PLAIN_JAAS =
      "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"alice\""
          + " password=\"se;cr\\\"et\";";

  @TempDir static Path directory;
  private static Certificates certificates;

  @BeforeAll
  static void make() throws Exception {
    certificates =
        new Certificates(directory).make("ec", "EC", "dns:a").make("rsa", "RSA", "dns:b");
  }

  private static Security read(Object... pairs) {
    Map<String, Object> all = new LinkedHashMap<>(Map.of("bootstrap.servers", "127.0.0.1:9092"));
    for (int i = 0; i < pairs.length; i += 2) {
      all.put((String) pairs[i], pairs[i + 1]);
    }
    return ProducerTable.read(all).links().security();
  }

  private static void refused(String part, Object... pairs) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(pairs))
        .withMessageContaining(part)
        .withMessageNotContaining("hunter2");
  }

  private static String first(Security security) throws Exception {
    return new String(security.login().begin().first(), StandardCharsets.UTF_8);
  }

  @Test
  void nothingIsProtectedUnlessAskedFor() {
    assertThat(read()).isEqualTo(Security.NONE);
    assertThat(
            read(
                "security.protocol",
                "plaintext",
                "sasl.mechanism",
                "PLAIN",
                "ssl.ca.location",
                "/nowhere"))
        .isEqualTo(Security.NONE);
  }

  @Test
  void protocolThatWasForgottenIsAskedFor() {
    refused(
        "sasl.mechanisms=PLAIN and security.protocol=PLAINTEXT (the default) contradict one"
            + " another: give security.protocol too: SASL_SSL or SASL_PLAINTEXT",
        "sasl.mechanisms",
        "PLAIN",
        "sasl.password",
        "hunter2");
    refused("SSL or SASL_SSL", "ssl.ca.location", "/etc/ca.pem");
    refused("SSL or SASL_SSL", "ssl.truststore.location", "/etc/trust.jks");
  }

  @Test
  void mechanismsThatAreNotServedAreRefusedByName() {
    refused(
        "sasl.mechanism=GSSAPI (the default) is not served: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and"
            + " OAUTHBEARER are",
        "security.protocol",
        "SASL_SSL");
    refused(
        "sasl.mechanism=DIGEST-MD5 is not served",
        "security.protocol",
        "SASL_PLAINTEXT",
        "sasl.mechanism",
        "DIGEST-MD5");
  }

  @Test
  void nameAndPasswordAreTakenUnderEitherClientsNames() throws Exception {
    assertThat(
            first(
                read(
                    "security.protocol",
                    "sasl_plaintext",
                    "sasl.mechanisms",
                    "PLAIN",
                    "sasl.username",
                    "alice",
                    "sasl.password",
                    "secret")))
        .isEqualTo("\0alice\0secret");
    assertThat(
            first(
                read(
                    "security.protocol",
                    "SASL_PLAINTEXT",
                    "sasl.mechanism",
                    "PLAIN",
                    "sasl.jaas.config",
                    PLAIN_JAAS)))
        .isEqualTo("\0alice\0se;cr\"et");
    assertThat(
            first(
                read(
                    "security.protocol",
                    "SASL_PLAINTEXT",
                    "sasl.mechanism",
                    "SCRAM-SHA-512",
                    "sasl.jaas.config",
                    "org.apache.kafka.common.security.scram.ScramLoginModule required"
                        + " username=bob password=x;")))
        .startsWith("n,,n=bob,r=");
  }

  @Test
  void loginThatIsNotWholeOrNotOneIsRefused() {
    Object[] plain = {"security.protocol", "SASL_SSL", "sasl.mechanism", "PLAIN"};
    refused("wants sasl.username, or sasl.jaas.config with a username", plain);
    refused("wants sasl.password", with(plain, "sasl.username", "alice"));
    refused(
        "sasl.username and sasl.jaas.config contradict",
        with(plain, "sasl.jaas.config", PLAIN_JAAS, "sasl.username", "bob"));
    refused(
        "names ScramLoginModule, and sasl.mechanism wants PlainLoginModule",
        with(plain, "sasl.jaas.config", "ScramLoginModule required username=a password=hunter2;"));
    refused(
        "has the option \"tokenauth\"",
        with(
            plain,
            "sasl.jaas.config",
            "PlainLoginModule required username=a password=hunter2 tokenauth=true;"));
    for (String bad :
        new String[] {
          "PlainLoginModule",
          "PlainLoginModule required username=a password=hunter2",
          "PlainLoginModule optional username=a;",
          "PlainLoginModule required username=\"a;",
          "PlainLoginModule required username;",
          "PlainLoginModule required username=a password=hunter2; More required;"
        }) {
      refused("sasl.jaas.config cannot be used", with(plain, "sasl.jaas.config", bad));
    }
  }

  @Test
  void tokensComeFromOnePlace() throws Exception {
    Object[] oauth = {"security.protocol", "SASL_PLAINTEXT", "sasl.mechanism", "OAUTHBEARER"};
    refused("wants to know where tokens come from", oauth);
    refused(
        "wants sasl.oauthbearer.token.endpoint.url",
        with(oauth, "sasl.oauthbearer.method", "oidc"));
    refused(
        "a token can come from one place only",
        with(
            oauth,
            "sasl.oauthbearer.method",
            "oidc",
            "enable.sasl.oauthbearer.unsecure.jwt",
            true));
    refused(
        "oauthbearer_token_refresh_cb wants an object",
        with(oauth, "oauthbearer_token_refresh_cb", "text"));
    refused(
        "is no address",
        with(
            oauth,
            "sasl.oauthbearer.token.endpoint.url",
            "ftp://x",
            "sasl.oauthbearer.client.id",
            "me",
            "sasl.oauthbearer.client.secret",
            "hunter2"));
    for (String bad :
        new String[] {"", "scope=a", "principal=", "principal=a lifeSeconds=0", "princpal=a"}) {
      refused(
          "sasl.oauthbearer.config cannot be used",
          with(
              oauth, "enable.sasl.oauthbearer.unsecure.jwt", true, "sasl.oauthbearer.config", bad));
    }
    OauthTokenSource source = () -> new OauthToken("abc", null, Map.of("traceId", "7"));
    assertThat(
            first(
                read(
                    with(
                        oauth,
                        "oauth_cb",
                        source,
                        "sasl.oauthbearer.extensions",
                        "logicalCluster=lkc-1"))))
        .isEqualTo("n,,\u0001auth=Bearer abc\u0001logicalCluster=lkc-1\u0001traceId=7\u0001\u0001");
  }

  @Test
  void otherGrantsAreNotServedYet() {
    refused(
        "is not served yet",
        "sasl.oauthbearer.grant.type",
        "urn:ietf:params:oauth:grant-type:jwt-bearer");
  }

  @Test
  void certificatesAndKeysOfAllFormsAreRead() throws Exception {
    Path both =
        certificates.write("both.pem", certificates.certificate("ec") + certificates.key("ec"));
    Path directoryOfMany = Files.createDirectories(directory.resolve("many"));
    Files.copy(certificates.certificateFile("rsa"), directoryOfMany.resolve("a.crt"));
    Files.writeString(directoryOfMany.resolve("README"), "certificates");
    for (Object[] one :
        new Object[][] {
          {"ssl.ca.location", certificates.certificateFile("ec")},
          {"ssl.ca.location", directoryOfMany},
          {"ssl.ca.pem", certificates.certificate("ec") + certificates.certificate("rsa")},
          {"ssl.truststore.certificates", certificates.certificate("ec")},
          {
            "ssl.truststore.location",
            certificates.certificateFile("ec"),
            "ssl.truststore.type",
            "PEM"
          },
          {
            "ssl.truststore.location",
            certificates.store("ec"),
            "ssl.truststore.password",
            Certificates.PASSWORD
          },
          {
            "ssl.keystore.location",
            certificates.store("ec"),
            "ssl.keystore.password",
            Certificates.PASSWORD
          },
          {"ssl.keystore.location", both, "ssl.keystore.type", "PEM"},
          {
            "ssl.certificate.location",
            certificates.certificateFile("ec"),
            "ssl.key.location",
            certificates.keyFile("ec")
          },
          {
            "ssl.certificate.pem",
            certificates.certificate("rsa"),
            "ssl.key.pem",
            certificates.oldKey("rsa")
          },
          {
            "ssl.keystore.certificate.chain",
            certificates.certificate("ec"),
            "ssl.keystore.key",
            certificates.encryptedKey("ec"),
            "ssl.key.password",
            Certificates.PASSWORD
          },
          {"ssl.enabled.protocols", "TLSv1.3"},
          {"ssl.cipher.suites", "TLS_AES_128_GCM_SHA256"}
        }) {
      assertThatCode(() -> read(with(one, "security.protocol", "SSL")))
          .as(one[0].toString())
          .doesNotThrowAnyException();
    }
  }

  @Test
  void filesThatCannotBeUsedAreNamedWithTheirSetting() throws Exception {
    Object[] tls = {"security.protocol", "SSL"};
    refused(
        "ssl.ca.location=/nowhere cannot be used: there is no such file",
        with(tls, "ssl.ca.location", "/nowhere"));
    refused(
        "there is no certificate in it",
        with(tls, "ssl.ca.location", certificates.write("empty.pem", "nothing")));
    refused("no file in it has a certificate", with(tls, "ssl.ca.location", empty()));
    refused(
        "ssl.keystore.location=" + certificates.store("ec") + " cannot be used",
        with(
            tls,
            "ssl.keystore.location",
            certificates.store("ec"),
            "ssl.keystore.password",
            "hunter2"));
    refused(
        "give ssl.key.password",
        with(
            tls,
            "ssl.certificate.pem",
            certificates.certificate("ec"),
            "ssl.key.pem",
            certificates.encryptedKey("ec")));
    refused(
        "ssl.key.password does not open its key",
        with(
            tls,
            "ssl.certificate.pem",
            certificates.certificate("ec"),
            "ssl.key.pem",
            certificates.encryptedKey("ec"),
            "ssl.key.password",
            "hunter2"));
    refused(
        "names \"TLSv9\", which this JDK does not know",
        with(tls, "ssl.enabled.protocols", "TLSv9"));
    refused("ssl.protocol=XYZ cannot be used", with(tls, "ssl.protocol", "XYZ"));
  }

  private static Path empty() throws Exception {
    return Files.createDirectories(directory.resolve("none"));
  }

  @Test
  void contradictionsOfTlsAreRefused() throws Exception {
    Object[] tls = {"security.protocol", "SSL"};
    refused(
        "ssl.ca.location=/a and ssl.truststore.location=/b contradict one another: give one",
        with(tls, "ssl.ca.location", "/a", "ssl.truststore.location", "/b"));
    refused(
        "give one of them",
        with(tls, "ssl.keystore.location", "/a", "ssl.certificate.location", "/b"));
    refused("a certificate is given and no key to it", with(tls, "ssl.certificate.location", "/a"));
    refused("a key is given and no certificate to it", with(tls, "ssl.key.location", "/a"));
    refused(
        "says nothing of the broker's name",
        with(
            tls,
            "enable.ssl.certificate.verification",
            false,
            "ssl.endpoint.identification.algorithm",
            "https"));
    assertThatCode(() ->
            read(
                with(
                    tls,
                    "enable.ssl.certificate.verification",
                    false,
                    "ssl.endpoint.identification.algorithm",
                    "")))
        .doesNotThrowAnyException();
  }

  private static Object[] with(Object[] some, Object... more) {
    Object[] all = new Object[some.length + more.length];
    System.arraycopy(some, 0, all, 0, some.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    for (int i = 1; i < all.length; i += 2) {
      all[i] = all[i] instanceof Path ? all[i].toString() : all[i];
    }
    return all;
  }
}
