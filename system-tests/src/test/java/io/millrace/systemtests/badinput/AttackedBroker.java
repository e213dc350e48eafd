package io.millrace.systemtests.badinput;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.systemtests.process.BrokerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.awaitility.Awaitility;

/**
 * A broker in a process with a heap of 256 MiB, and a healthy client beside those that mean it ill.
 */
final class AttackedBroker implements AutoCloseable {

  /** Heap, as much of direct memory, and what the JVM needs for itself. */
  private static final long RESIDENT_BYTES_MAX = (256 + 256 + 128) << 20;

  private static final long SLOWEST_MS_MAX = 5_000;
  private static final int ROUNDS = 3;

  private final BrokerProcess process;
  private final HealthyClient healthy;

  AttackedBroker(Path data, Map<String, String> settings) {
    BrokerProcess.Builder builder = BrokerProcess.in(data).memory("256m");
    settings.forEach(builder::set);
    this.process = builder.start();
    this.healthy = new HealthyClient(process.kafka());
    healthy.start();
    awaitRounds();
  }

  BrokerProcess process() {
    return process;
  }

  RawConnection connect() throws IOException {
    return new RawConnection(process.port());
  }

  Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", process.kafka()));
  }

  private void awaitRounds() {
    long before = healthy.rounds();
    Awaitility.await("the healthy client goes on")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(10))
        .until(() -> {
          healthy.requireNoFailure();
          return healthy.rounds() >= before + ROUNDS;
        });
  }

  /** The broker lives in bounded memory, and the healthy client noticed nothing. */
  void requireUnharmed() {
    awaitRounds();
    assertThat(process.isAlive()).as("the broker is alive").isTrue();
    assertThat(process.residentBytesMax()).as("resident bytes").isLessThan(RESIDENT_BYTES_MAX);
    assertThat(healthy.slowestMs())
        .as("slowest round of the healthy client, ms")
        .isLessThan(SLOWEST_MS_MAX);
    assertThat(process.errors()).as("log").doesNotContain("OutOfMemory").doesNotContain(" stops: ");
  }

  /** Lines of the broker's log that hold a text. */
  long logged(String text) {
    return process.errors().lines().filter(line -> line.contains(text)).count();
  }

  @Override
  public void close() throws Exception {
    healthy.close();
    process.close();
  }
}
