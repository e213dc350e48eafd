package io.millrace.cli;

import io.millrace.server.Millrace;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;

/** Commands against a broker in memory, one for all tests of a class. */
@Timeout(120)
abstract class WithBroker {

  private static final AtomicInteger TOPICS = new AtomicInteger();

  static Millrace broker;

  @BeforeAll
  static void startBroker() {
    broker = Millrace.inMemory().set("group.initial.rebalance.delay.ms", "0").start();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  /** The words with {@code --server} behind them. */
  static String[] atBroker(String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    all.add("--server");
    all.add(broker.kafka());
    return all.toArray(new String[0]);
  }

  static Shell.Ended run(String... words) {
    return Shell.run(atBroker(words));
  }

  static Shell.Ended runWith(String in, String... words) {
    return Shell.runWith(in, atBroker(words));
  }

  static Shell.Running start(String... words) {
    return Shell.start(atBroker(words));
  }

  /** Makes a topic with a name of its own. */
  static String topic(int partitions) {
    String name = "topic-" + TOPICS.incrementAndGet();
    run("topic", "create", name, "--partitions", "" + partitions).done();
    return name;
  }

  /** Produces lines, each {@code key:value}. */
  static void produce(String topic, String... lines) {
    runWith(String.join("\n", lines), "produce", topic, "-k", ":").done();
  }
}
