package io.millrace.benchmarks.command;

import io.millrace.benchmarks.load.Bench;
import io.millrace.benchmarks.load.ByteSize;
import io.millrace.benchmarks.load.LatencyLoad;
import io.millrace.benchmarks.load.Load;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code latency}: one record at a time. The disk's own sync stands in the head of the report. */
@Command(
    name = "latency",
    mixinStandardHelpOptions = true,
    description = "One record at a time: ack, delivery, and Kafka's EndToEndLatency.")
public final class LatencyCommand extends ContestCommand {
  @Option(
      names = "--record",
      paramLabel = "SIZE",
      defaultValue = "100",
      description = "Default: ${DEFAULT-VALUE}.")
  String record = "100";

  @Option(
      names = "--records",
      defaultValue = "10000",
      description = "Of each kind, a run (default: ${DEFAULT-VALUE}).")
  int records;

  @Override
  List<Load> loads(Bench bench) {
    int recordBytes = Math.toIntExact(ByteSize.parse(record));
    return List.of(new LatencyLoad(recordBytes, records, bench.tools(), bench.payloads()));
  }
}
