package io.millrace.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.millrace.server.Millrace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.EventStatistics;

/** Runs the small classes below, which are no tests of their own, and looks at what they saw. */
final class MillraceExtensionTest {

  private static final List<String> CLUSTERS = Collections.synchronizedList(new ArrayList<>());
  private static final List<Millrace> BROKERS = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void forget() {
    CLUSTERS.clear();
    BROKERS.clear();
  }

  private static void saw(Millrace millrace) {
    CLUSTERS.add(millrace.clusterId());
    BROKERS.add(millrace);
  }

  private static void run(Class<?> tests, int succeeded, int failed) {
    EngineTestKit.engine("junit-jupiter")
        .selectors(selectClass(tests))
        .execute()
        .testEvents()
        .assertStatistics(
            (EventStatistics statistics) -> statistics.succeeded(succeeded).failed(failed));
  }

  @ExtendWith(MillraceExtension.class)
  @Topic(value = "wide", partitions = 4)
  @Topic("narrow")
  static class OneForTheClass {

    @BeforeAll
    static void before(Millrace millrace) {
      saw(millrace);
    }

    @Test
    void one(Millrace millrace) {
      saw(millrace);
      assertThat(millrace.hasTopic("wide")).isTrue();
      assertThat(millrace.hasTopic("narrow")).isTrue();
    }

    @Test
    @Topic(value = "own", settings = "cleanup.policy=compact")
    void two(Millrace millrace) {
      saw(millrace);
      assertThat(millrace.hasTopic("own")).isTrue();
    }

    @Nested
    @Topic("nested")
    class Inner {
      @Test
      void three(Millrace millrace) {
        saw(millrace);
        assertThat(millrace.hasTopic("nested")).isTrue();
        assertThat(millrace.hasTopic("wide")).isTrue();
      }
    }
  }

  @Test
  void classSharesABrokerWithItsNestedClasses() {
    run(OneForTheClass.class, 3, 0);
    assertThat(CLUSTERS).hasSize(4).containsOnly(CLUSTERS.get(0));
  }

  @Test
  void brokerIsStoppedAfterItsClass() {
    run(OneForTheClass.class, 3, 0);
    assertThat(BROKERS.get(0).kafkaAddresses()).allMatch(address -> !isServed(address.getPort()));
  }

  private static boolean isServed(int port) {
    try (var socket = new java.net.Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (java.io.IOException e) {
      return false;
    }
  }

  @ExtendWith(MillraceExtension.class)
  @FreshBroker
  @Topic("t")
  static class OneForEachTest {
    @Test
    void one(Millrace millrace) {
      saw(millrace);
      assertThat(millrace.hasTopic("t")).isTrue();
      millrace.createTopic("mine", 1);
    }

    @Test
    void two(Millrace millrace) {
      saw(millrace);
      assertThat(millrace.hasTopic("t")).isTrue();
      millrace.createTopic("mine", 1);
    }
  }

  @Test
  void freshBrokersShareNothing() {
    run(OneForEachTest.class, 2, 0);
    assertThat(CLUSTERS).doesNotHaveDuplicates().hasSize(2);
  }

  static class Registered {
    @RegisterExtension
    static final MillraceExtension SHARED =
        MillraceExtension.inMemory().topic("made", 2).set("auto.create.topics.enable", "false");

    @RegisterExtension final MillraceExtension own = MillraceExtension.inMemory();

    @Test
    void one() {
      saw(SHARED.broker());
      saw(own.broker());
      assertThat(SHARED.broker().hasTopic("made")).isTrue();
      assertThat(SHARED.kafka()).isNotEqualTo(own.kafka());
    }

    @Test
    void two() {
      saw(SHARED.broker());
      saw(own.broker());
    }
  }

  @Test
  void staticFieldIsForTheClassAndAnotherForEachTest() {
    run(Registered.class, 2, 0);
    assertThat(CLUSTERS).hasSize(4);
    assertThat(CLUSTERS.get(0)).isEqualTo(CLUSTERS.get(2));
    assertThat(CLUSTERS.stream().distinct()).hasSize(3);
  }

  static class InADirectory {
    static Path directory = Path.of("");

    @RegisterExtension
    final MillraceExtension millrace = MillraceExtension.in(directory).topic("t", 1);

    @Test
    void one() {
      saw(millrace.broker());
    }

    @Test
    void two() {
      saw(millrace.broker());
    }
  }

  @Test
  void directoryIsKept(@TempDir Path directory) {
    InADirectory.directory = directory.resolve("data");
    run(InADirectory.class, 2, 0);
    assertThat(CLUSTERS).hasSize(2).containsOnly(CLUSTERS.get(0));
  }

  @ExtendWith(MillraceExtension.class)
  @Topic(value = "t", settings = "no value")
  static class WrongSetting {
    @Test
    void never(Millrace millrace) {
      saw(millrace);
    }
  }

  @Test
  void wrongSettingOfATopicFailsTheClass() {
    run(WrongSetting.class, 0, 0);
    assertThat(CLUSTERS).isEmpty();
  }

  @ExtendWith(MillraceExtension.class)
  @FreshBroker
  static class InTheConstructor {
    InTheConstructor(Millrace millrace) {
      saw(millrace);
    }

    @Test
    void never() {}
  }

  @Test
  void freshBrokerIsNotThereInTheConstructor() {
    run(InTheConstructor.class, 0, 1);
    assertThat(CLUSTERS).isEmpty();
  }
}
