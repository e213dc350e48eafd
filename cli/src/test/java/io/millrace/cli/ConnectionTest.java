package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.Millrace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectionTest {

  @TempDir Path directory;

  /** An address at which nobody listens any more. */
  private static String deadAddress() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "127.0.0.1:" + socket.getLocalPort();
    }
  }

  @Test
  void nobodyThereIsSaidSoon() throws IOException {
    String address = deadAddress();
    long began = System.nanoTime();
    Shell.run("topic", "list", "--server", address)
        .failed(
            Exit.TIMED_OUT,
            "millrace: nothing answers at " + address + ": is the broker running?",
            "start one with ./millrace start");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void everyCommandFindsNobodyAlike() throws IOException {
    String address = deadAddress();
    Shell.run("consume", "t", "--server", address).failed(Exit.TIMED_OUT, "nothing answers");
    Shell.runWith("a", "produce", "t", "--server", address)
        .failed(Exit.TIMED_OUT, "nothing answers");
    Shell.run("topic", "list", "--json", "--server", address)
        .failed(Exit.TIMED_OUT, "{\"error\":{\"code\":124,\"name\":\"TIMED_OUT\",\"message\":");
  }

  @Test
  void aPortThatIsNotKafkaTimesOut() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + silent.getLocalPort();
      Shell.run("topic", "list", "--server", address, "--timeout-ms", "500")
          .failed(Exit.TIMED_OUT, address + " did not answer as a Kafka broker does within 500 ms");
      Shell.run("consume", "t", "--server", address, "--timeout-ms", "500")
          .failed(Exit.TIMED_OUT, "did not answer");
      Shell.runWith("a", "produce", "t", "--server", address, "--timeout-ms", "500")
          .failed(Exit.TIMED_OUT, "did not answer");
    }
  }

  /** Takes one connection after another, says something and closes it. */
  private static ServerSocket saying(String text) throws IOException {
    ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread thread =
        new Thread(() -> {
          while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
              socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
              socket.shutdownOutput();
              socket.getInputStream().readAllBytes();
            } catch (IOException e) {
              // The next one, or the end.
            }
          }
        });
    thread.setDaemon(true);
    thread.start();
    return server;
  }

  @ParameterizedTest
  @CsvSource({
    "'HTTP/1.1 400 Bad Request\r\n\r\n', 'it began with \"HTTP/1.1\"'",
    "'SSH-2.0-OpenSSH_9.6\r\n', 'it began with \"SSH-2.0-\"'",
    "'', it closed the connection",
  })
  void whatAnswersInAnotherLanguageIsNoBroker(String text, String problem) throws IOException {
    try (ServerSocket stranger = saying(text)) {
      String address = "127.0.0.1:" + stranger.getLocalPort();
      String complaint = address + " did not answer as a Kafka broker does: " + problem;
      Shell.run("topic", "list", "--server", address).failed(Exit.TIMED_OUT, complaint);
      Shell.run("consume", "t", "--server", address).failed(Exit.TIMED_OUT, complaint);
      Shell.runWith("a", "produce", "t", "--server", address).failed(Exit.TIMED_OUT, complaint);
      Shell.run("topic", "list", "--json", "--server", address)
          .failed(Exit.TIMED_OUT, "{\"error\":{\"code\":124,\"name\":\"TIMED_OUT\",");
    }
  }

  @Test
  void aPortWithTlsIsNamed() throws IOException {
    try (ServerSocket stranger = saying("\u0015\u0003\u0003\u0000\u0002\u0002\u0050")) {
      Shell.run("topic", "list", "--server", "127.0.0.1:" + stranger.getLocalPort())
          .failed(Exit.TIMED_OUT, "it wants TLS", "security.protocol=SSL");
    }
  }

  @Test
  void oneOfSeveralServersIsEnough() throws IOException {
    try (Millrace broker = Millrace.start();
        ServerSocket stranger = saying("HTTP/1.1 400 Bad Request\r\n\r\n")) {
      String strange = "127.0.0.1:" + stranger.getLocalPort();
      Shell.run("topic", "list", "--server", strange + "," + broker.kafka()).done();
      Shell.run("topic", "list", "--server", deadAddress() + "," + broker.kafka()).done();
    }
  }

  @Test
  void addressesThatAreNoneAreRefused() {
    Shell.run("topic", "list", "--server", "localhost").failed(Exit.USAGE, "--server", "HOST:PORT");
    Shell.run("topic", "list", "--admin", "x").failed(Exit.USAGE, "--admin", "HOST:PORT");
    Shell.run("topic", "list", "--server", "no-such-host.invalid:9092")
        .failed(Exit.CONFIGURATION, "nobody knows a host of the name no-such-host.invalid");
    Shell.run("topic", "list", "--timeout-ms", "0").failed(Exit.USAGE, "--timeout-ms cannot be 0");
  }

  @Test
  void theReadyFileSaysWhere() throws IOException {
    try (Millrace broker = Millrace.start()) {
      Path ready = directory.resolve("ready");
      Files.writeString(ready, "{\"version\":1,\"kafka\":\"" + broker.kafka() + "\"}\n");
      Shell.run("topic", "list", "--ready-file", ready.toString()).done();
      Shell.run("topic", "list", "--ready-file", ready.toString(), "--server", broker.kafka())
          .done();
    }
  }

  @Test
  void aReadyFileThatSaysNothingIsRefused() throws IOException {
    Path ready = directory.resolve("ready");
    Shell.run("topic", "list", "--ready-file", ready.toString())
        .failed(Exit.CONFIGURATION, "the broker is not ready");
    Files.writeString(ready, "{\"kafka\":null}");
    Shell.run("topic", "list", "--ready-file", ready.toString())
        .failed(Exit.CONFIGURATION, "does not say where Kafka clients are served");
    Files.writeString(ready, "root:x:0:0:root:/root:/bin/bash");
    Shell.run("topic", "list", "--ready-file", ready.toString())
        .failed(Exit.CONFIGURATION, "is not a ready file");
  }

  @Test
  void settingsOfTheClientComeFromAFile() throws IOException {
    Path config = directory.resolve("client.properties");
    try (Millrace broker = Millrace.start()) {
      Files.writeString(config, "client.id=mine\n");
      Shell.run("topic", "list", "--server", broker.kafka(), "--config", config.toString()).done();
      Files.writeString(config, "bootstrap.servers=" + broker.kafka() + "\n");
      Shell.run("topic", "list", "--config", config.toString()).done();
      Files.writeString(config, "security.protocol=NONSENSE\n");
      Shell.run("topic", "list", "--server", broker.kafka(), "--config", config.toString())
          .failed(Exit.CONFIGURATION, "security.protocol");
      Shell.run("topic", "list", "--server", broker.kafka(), "--config", config + "-no")
          .failed(Exit.CONFIGURATION, "there is no file");
    }
  }
}
