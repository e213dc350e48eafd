package io.millrace.server;

import io.millrace.kafka.Connections;
import io.millrace.kafka.RequestFault;
import io.millrace.kafka.RequestFaults;
import io.millrace.wire.ApiKey;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The faults that a broker's requests meet, until they are taken away. */
public final class Faults implements AutoCloseable {

  private final List<Use> uses = new ArrayList<>();
  private final Connections connections;

  /** Decides as long as it is installed. */
  private final RequestFaults decider = this::decide;

  /** A fault and how often it was met. */
  private static final class Use {
    private final Fault fault;
    private final SplittableRandom random;
    private int fitted;
    private int happened;

    Use(Fault fault) {
      this.fault = fault;
      this.random = new SplittableRandom(fault.seed());
    }

    boolean happens(ApiKey key, Predicate<String> namesTopic) {
      String topic = fault.topic();
      if (fault.api() != key
          || happened >= fault.times()
          || topic != null && !namesTopic.test(topic)) {
        return false;
      }
      fitted++;
      if (fitted <= fault.after()
          || fault.probability() < 1 && random.nextDouble() >= fault.probability()) {
        return false;
      }
      happened++;
      return true;
    }
  }

  Faults(List<Fault> faults, Connections connections) {
    this.connections = connections;
    faults.forEach(fault -> uses.add(new Use(fault)));
  }

  void install() {
    connections.faults(decider);
  }

  private synchronized @Nullable RequestFault decide(ApiKey key, Predicate<String> namesTopic) {
    for (Use use : uses) {
      if (use.happens(key, namesTopic)) {
        return use.fault.effect();
      }
    }
    return null;
  }

  /** How many requests met a fault. */
  public synchronized int happened() {
    return uses.stream().mapToInt(use -> use.happened).sum();
  }

  /** How many requests met the fault at this place of the call, counted from 0. */
  public synchronized int happened(int index) {
    return uses.get(index).happened;
  }

  /** Takes the faults away, unless others have taken their place. */
  @Override
  public void close() {
    connections.withoutFaults(decider);
  }
}
