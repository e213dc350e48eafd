package io.millrace.benchmarks.process;

import java.util.ArrayList;
import java.util.List;

/**
 * Broker and client kept apart, each on one core of its own, where the machine has two and {@code
 * taskset}.
 *
 * @param broker put before the broker's command; empty where nothing is pinned
 * @param client put before the client's command; empty where nothing is pinned
 */
public record Pinning(List<String> broker, List<String> client) {
  private static final int BROKER_CORE = 0;
  private static final int CLIENT_CORE = 1;

  /** What can be done here. */
  public static Pinning here() {
    List<String> broker = on(BROKER_CORE);
    List<String> client = on(CLIENT_CORE);
    return works(broker) && works(client)
        ? new Pinning(broker, client)
        : new Pinning(List.of(), List.of());
  }

  /** The core that nothing but the broker is meant to use; -1 where nothing is pinned. */
  public int brokerCore() {
    return broker.isEmpty() ? -1 : BROKER_CORE;
  }

  @Override
  public String toString() {
    return broker.isEmpty()
        ? "Nothing pinned: taskset is missing, or there are no two cores."
        : "Broker pinned to core " + BROKER_CORE + ", clients to core " + CLIENT_CORE + ".";
  }

  private static List<String> on(int core) {
    return List.of("taskset", "-c", Integer.toString(core));
  }

  private static boolean works(List<String> prefix) {
    List<String> command = new ArrayList<>(prefix);
    command.add("true");
    return Commands.output(command).isPresent();
  }
}
