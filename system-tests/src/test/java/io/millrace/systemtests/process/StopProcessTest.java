package io.millrace.systemtests.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.systemtests.Repository;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a broker's process stops when it is told to, and what it refuses to begin. */
class StopProcessTest {

  private static final String TOPIC = "stop";
  private static final int PARTITIONS = 4;
  private static final int PRODUCERS = 8;
  private static final int IDLE_CONNECTIONS = 92;

  @TempDir Path directory;

  private BrokerProcess.Builder broker() {
    return BrokerProcess.in(directory.resolve("data"));
  }

  private static boolean signal(BrokerProcess broker, String name) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(broker.pid())).start();
    return kill.waitFor() == 0;
  }

  @Test
  void stopUnderLoadIsQuickAndLosesNothing() throws Exception {
    int port = BrokerProcess.freePort();
    BrokerProcess broker = broker().port(port).start();
    List<Socket> idle = new ArrayList<>();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.kafka()))) {
      admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1))).all().get();
    }
    try (RecordLoad load =
        new RecordLoad(broker.kafka(), TOPIC, PARTITIONS, PRODUCERS, new Random(1))) {
      load.start();
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < IDLE_CONNECTIONS; i++) {
          idle.add(new Socket(InetAddress.getLoopbackAddress(), port));
        }
        long before = load.acknowledged();
        Awaitility.await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> load.acknowledged() > before + 500);
        long began = System.nanoTime();
        assertThat(broker.stop()).isZero();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(3));
        broker = broker().port(port).start();
        load.check();
      }
      load.finish();
    } finally {
      for (Socket socket : idle) {
        socket.close();
      }
      broker.close();
    }
  }

  @Test
  void cleanStopLeavesNothingToReplay() throws Exception {
    try (BrokerProcess broker = broker().start();
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.kafka()))) {
      admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get();
      assertThat(signal(broker, "TERM")).isTrue();
      assertThat(broker.awaitEnd()).isZero();
    }
    try (BrokerProcess again = broker().start()) {
      assertThat(again.stop()).isZero();
      assertThat(again.errors()).doesNotContain("replayed");
    }
  }

  @Test
  void interruptIsACleanStopToo() throws Exception {
    Path ready = directory.resolve("ready");
    try (BrokerProcess broker = broker().option("--ready-file", ready.toString()).start()) {
      Awaitility.await().until(() -> Files.exists(ready));
      assertThat(signal(broker, "INT")).isTrue();
      assertThat(broker.awaitEnd()).isEqualTo(130);
      assertThat(ready).doesNotExist();
    }
    try (BrokerProcess again = broker().start()) {
      assertThat(again.stop()).isZero();
      assertThat(again.errors()).doesNotContain("replayed");
    }
  }

  @Test
  void moreSignalsDoNotMakeItHang() throws Exception {
    try (BrokerProcess broker = broker().start()) {
      assertThat(signal(broker, "TERM")).isTrue();
      for (int i = 0; i < 3 && broker.isAlive(); i++) {
        signal(broker, "TERM");
      }
      assertThat(broker.awaitEnd()).isZero();
    }
    try (BrokerProcess broker = broker().start()) {
      assertThat(signal(broker, "INT")).isTrue();
      signal(broker, "INT");
      assertThat(broker.awaitEnd()).isEqualTo(130);
    }
    try (BrokerProcess again = broker().start()) {
      assertThat(again.stop()).isZero();
    }
  }

  @Test
  void secondProcessOnTheSameDirectoryIsRefusedAndTheFirstGoesOn() throws Exception {
    try (BrokerProcess first = broker().start();
        BrokerProcess second = broker().launch()) {
      assertThat(second.awaitEnd()).isEqualTo(78);
      assertThat(second.errors()).contains("in use by process " + first.pid());
      assertThat(second.errors()).doesNotContain("\tat ");
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", first.kafka()))) {
        assertThat(admin.listTopics().names().get()).isEmpty();
      }
      assertThat(first.stop()).isZero();
    }
  }

  @Test
  void takenPortIsRefused() {
    try (BrokerProcess first = broker().start();
        BrokerProcess second =
            BrokerProcess.in(directory.resolve("other")).port(first.port()).launch()) {
      assertThat(second.awaitEnd()).isEqualTo(78);
      assertThat(second.errors()).contains("cannot listen on 127.0.0.1:" + first.port());
    }
  }

  @Test
  void readyFileIsThereWhileTheBrokerIsReady() throws Exception {
    Path ready = directory.resolve("ready.json");
    Files.writeString(ready, "{\"version\":1,\"pid\":2147483647,\"ready_ms\":1}\n");
    BrokerProcess.Builder builder = broker().option("--ready-file", ready.toString());
    try (BrokerProcess broker = builder.start()) {
      Awaitility.await().until(() -> Files.exists(ready));
      String json = Files.readString(ready, StandardCharsets.UTF_8);
      assertThat(json)
          .startsWith("{\"version\":1,\"pid\":" + broker.pid() + ",\"node\":1,\"cluster\":\"")
          .contains("\"data\":\"" + directory.resolve("data") + "\"")
          .contains("\"kafka\":\"" + broker.kafka() + "\",\"amqp\":null,\"admin\":null")
          .endsWith("\"ready_ms\":" + broker.readyMs() + "}\n");
      assertThat(Files.getPosixFilePermissions(ready))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
      broker.kill();
      assertThat(ready).exists();
    }
    // The stale one goes even if this start comes to nothing.
    try (BrokerProcess wrong =
        broker()
            .option("--ready-file", ready.toString())
            .option("--set", "num.partitions=0")
            .launch()) {
      assertThat(wrong.awaitEnd()).isEqualTo(78);
      assertThat(ready).doesNotExist();
    }
    try (BrokerProcess broker = builder.start()) {
      Awaitility.await().until(() -> Files.exists(ready));
      assertThat(broker.stop()).isZero();
      assertThat(ready).doesNotExist();
    }
  }

  @Test
  void launcherRefusesAHeapThatIsNone() throws IOException, InterruptedException {
    Path launcher = Repository.root().resolve("millrace");
    for (String size : List.of("256q", "-1", "", "1m", "99999999g", "0256m")) {
      Process process =
          ChildProcesses.start(
              new ProcessBuilder(launcher.toString(), "start", "--memory", size)
                  .redirectErrorStream(true));
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(said).isEqualTo(2);
      assertThat(said).contains("--memory cannot be \"" + size + "\"").contains("256m");
    }
  }
}
