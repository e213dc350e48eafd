package io.millrace.systemtests.interop;

import io.millrace.systemtests.process.BrokerProcess;
import io.millrace.systemtests.process.ChildProcesses;
import io.millrace.systemtests.process.Tools;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Uuid;
import org.awaitility.Awaitility;

/**
 * Apache Kafka, from its release, with TLS and SASL: certificates that sign themselves, made for
 * this run, and a user alice. Who has authenticated must do so again every two seconds.
 */
final class SecuredKafka implements AutoCloseable {

  static final String PASSWORD = "opens-the-store";
  static final String USER = "alice";
  static final String USERS_PASSWORD = "alice-secret";

  private static final Path BENCHMARKS = Path.of("..", "benchmarks").toAbsolutePath().normalize();
  private static final Path JARS = BENCHMARKS.resolve("target/kafka");
  private static final int REAUTHENTICATE_MS = 2000;

  private final Path directory;
  private final int internal = BrokerProcess.freePort();
  private final int ssl = BrokerProcess.freePort();
  private final int saslSsl = BrokerProcess.freePort();
  private final int saslPlaintext = BrokerProcess.freePort();
  private final int controller = BrokerProcess.freePort();
  private Process process;

  SecuredKafka(Path directory) {
    this.directory = directory;
  }

  SecuredKafka start() throws Exception {
    if (!Files.isDirectory(JARS)) {
      Tools.require(
          "Apache Kafka cannot be had by Maven",
          "mvn",
          "-q",
          "-f",
          BENCHMARKS.resolve("kafka/pom.xml").toString(),
          "package");
    }
    makeKey("broker", "ip:127.0.0.1,dns:localhost");
    makeKey("client", "dns:client");
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("client", opened("client").getCertificate("client"));
    try (OutputStream out = Files.newOutputStream(store("trusted"))) {
      trusted.store(out, PASSWORD.toCharArray());
    }
    Files.write(directory.resolve("server.properties"), properties());
    List<String> format =
        List.of(
            "format",
            "--standalone",
            "--cluster-id",
            Uuid.randomUuid().toString(),
            "--config",
            directory.resolve("server.properties").toString(),
            "--add-scram",
            "SCRAM-SHA-256=[name=" + USER + ",password=" + USERS_PASSWORD + "]",
            "--add-scram",
            "SCRAM-SHA-512=[name=" + USER + ",password=" + USERS_PASSWORD + "]");
    Program.run(command("kafka.tools.StorageTool", format)).requireSuccess();
    process =
        ChildProcesses.start(
            new ProcessBuilder(
                    command(
                        "kafka.Kafka", List.of(directory.resolve("server.properties").toString())))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("kafka.log").toFile()));
    try (Admin admin =
        Admin.create(Map.of("bootstrap.servers", internal(), "request.timeout.ms", 5000))) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(90))
          .ignoreExceptions()
          .until(() -> !admin.describeCluster().nodes().get().isEmpty());
    }
    return this;
  }

  private String[] command(String mainClass, List<String> arguments) throws IOException {
    Path logging = directory.resolve("log4j2.properties");
    Files.write(
        logging,
        List.of(
            "appender.out.type=Console",
            "appender.out.name=out",
            "appender.out.layout.type=PatternLayout",
            "appender.out.layout.pattern=[%d] %p %m (%c)%n",
            "rootLogger.level=info",
            "rootLogger.appenderRef.out.ref=out"));
    List<String> command =
        new ArrayList<>(
            List.of(
                BrokerProcess.java(),
                "-Xmx512M",
                "-XX:TieredStopAtLevel=1",
                "-Dlog4j2.configurationFile=" + logging.toUri(),
                "-cp",
                JARS.resolve("*").toString(),
                mainClass));
    command.addAll(arguments);
    return command.toArray(String[]::new);
  }

  private List<String> properties() {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "process.roles=broker,controller",
                "node.id=1",
                "controller.quorum.bootstrap.servers=127.0.0.1:" + controller,
                "listeners=INTERNAL://127.0.0.1:"
                    + internal
                    + ",SSL://127.0.0.1:"
                    + ssl
                    + ",SASL_SSL://127.0.0.1:"
                    + saslSsl
                    + ",SASL_PLAINTEXT://127.0.0.1:"
                    + saslPlaintext
                    + ",CONTROLLER://127.0.0.1:"
                    + controller,
                "listener.security.protocol.map=INTERNAL:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL,"
                    + "SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
                "inter.broker.listener.name=INTERNAL",
                "controller.listener.names=CONTROLLER",
                "log.dirs=" + directory.resolve("data"),
                "offsets.topic.replication.factor=1",
                "transaction.state.log.replication.factor=1",
                "transaction.state.log.min.isr=1",
                "share.coordinator.state.topic.replication.factor=1",
                "share.coordinator.state.topic.min.isr=1",
                "group.initial.rebalance.delay.ms=0",
                "ssl.keystore.type=PKCS12",
                "ssl.keystore.location=" + store("broker"),
                "ssl.keystore.password=" + PASSWORD,
                "ssl.key.password=" + PASSWORD,
                "ssl.truststore.type=PKCS12",
                "ssl.truststore.location=" + store("trusted"),
                "ssl.truststore.password=" + PASSWORD,
                "listener.name.ssl.ssl.client.auth=required",
                "connections.max.reauth.ms=" + REAUTHENTICATE_MS,
                "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER"));
    for (String listener : List.of("sasl_ssl", "sasl_plaintext")) {
      String of = "listener.name." + listener + ".";
      String security = "org.apache.kafka.common.security.";
      lines.add(
          of
              + "plain.sasl.jaas.config="
              + security
              + "plain.PlainLoginModule required user_"
              + USER
              + "=\""
              + USERS_PASSWORD
              + "\";");
      for (String scram : List.of("scram-sha-256", "scram-sha-512")) {
        lines.add(
            of + scram + ".sasl.jaas.config=" + security + "scram.ScramLoginModule required;");
      }
      lines.add(
          of
              + "oauthbearer.sasl.jaas.config="
              + security
              + "oauthbearer.OAuthBearerLoginModule required"
              + " unsecuredLoginStringClaim_sub=\"broker\";");
    }
    return lines;
  }

  private void makeKey(String name, String names) throws Exception {
    Program.run(
            Path.of(BrokerProcess.java()).resolveSibling("keytool").toString(),
            "-genkeypair",
            "-alias",
            name,
            "-keyalg",
            "EC",
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
        .requireSuccess();
  }

  // --- what clients want ---

  /** Without protection, for looking at what is stored. */
  String internal() {
    return "127.0.0.1:" + internal;
  }

  /** Wants a certificate of clients. */
  String ssl() {
    return "127.0.0.1:" + ssl;
  }

  String saslSsl() {
    return "127.0.0.1:" + saslSsl;
  }

  String saslPlaintext() {
    return "127.0.0.1:" + saslPlaintext;
  }

  Path store(String name) {
    return directory.resolve(name + ".p12");
  }

  private KeyStore opened(String name) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store(name))) {
      store.load(in, PASSWORD.toCharArray());
    }
    return store;
  }

  Path certificate(String name) throws Exception {
    return pem(name + ".crt", "CERTIFICATE", opened(name).getCertificate(name).getEncoded());
  }

  Path key(String name) throws Exception {
    PrivateKey key = (PrivateKey) opened(name).getKey(name, PASSWORD.toCharArray());
    return pem(name + ".key", "PRIVATE KEY", key.getEncoded());
  }

  private Path pem(String file, String label, byte[] bytes) throws IOException {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    String text = "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    return Files.writeString(directory.resolve(file), text);
  }

  @Override
  public void close() throws Exception {
    if (process != null) {
      process.destroy();
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    }
  }
}
