package io.millrace.benchmarks.load;

import io.millrace.benchmarks.figure.Metric;
import io.millrace.benchmarks.figure.Sample;
import io.millrace.benchmarks.machine.MemoryStatus;
import io.millrace.benchmarks.machine.ProcessTable;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * A broker started on a small, cleanly closed data directory: from exec to the first ack of a warm
 * client that waits.
 */
public final class StartLoad implements Load {
  private static final String TOPIC = "start";
  private static final Metric FIRST_ACK = new Metric("exec to first ack, ms", 0);
  private static final Metric CPU = new Metric("broker CPU s until then", 2);
  private static final Metric RESIDENT = new Metric("VmRSS MiB then", 0);

  private final byte[] payload;

  public StartLoad(Payloads payloads) {
    this.payload = payloads.records(100).getFirst().getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public String title() {
    return "start on a data directory with one topic, closed cleanly";
  }

  @Override
  public List<String> settings() {
    return List.of(
        "a producer that tries to connect every 5 ms, acks=all linger.ms=0, in a JVM that has done it before");
  }

  @Override
  public long bytes() {
    return 1 << 20;
  }

  @Override
  public boolean startsBroker() {
    return true;
  }

  @Override
  public void prepare(Turn turn) {
    turn.peer().startFresh(turn.data());
    Topics.create(turn.bootstrap(), TOPIC, 1);
    turn.peer().stop();
  }

  @Override
  public Sample run(Turn turn) {
    try (WaitingProducer producer = new WaitingProducer(turn.bootstrap())) {
      Future<RecordMetadata> ack = producer.send(TOPIC, 0, payload);
      ForeignShare foreign = ForeignShare.begin();
      long begin = System.nanoTime();
      turn.peer().start(turn.data());
      WaitingProducer.await(ack);
      long nanos = System.nanoTime() - begin;
      double cpu = ProcessTable.read().treeSeconds(turn.peer().pid());
      MemoryStatus memory = MemoryStatus.ofTree(turn.peer().pid());
      double share = foreign.end(turn.peer());
      turn.peer().awaitReady();
      turn.peer().stop();
      return new Sample()
          .put(FIRST_ACK, nanos / 1e6)
          .put(CPU, cpu)
          .put(RESIDENT, memory.resident())
          .foreign(share);
    }
  }
}
