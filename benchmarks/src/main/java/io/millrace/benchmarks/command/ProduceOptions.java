package io.millrace.benchmarks.command;

import io.millrace.benchmarks.load.ByteSize;
import io.millrace.benchmarks.load.ProduceSettings;
import picocli.CommandLine.Option;

/** How records are produced. */
final class ProduceOptions {
  @Option(
      names = "--record",
      paramLabel = "SIZE",
      defaultValue = "1k",
      description = "Default: ${DEFAULT-VALUE}.")
  String record = "1k";

  @Option(names = "--partitions", defaultValue = "12", description = "Default: ${DEFAULT-VALUE}.")
  int partitions;

  @Option(
      names = "--batch",
      paramLabel = "SIZE",
      defaultValue = "16k",
      description = "Default: ${DEFAULT-VALUE}.")
  String batch = "16k";

  @Option(
      names = "--acks",
      defaultValue = "all",
      description = "all, 1 or 0 (default: ${DEFAULT-VALUE}).")
  String acks = "all";

  @Option(
      names = "--linger",
      paramLabel = "MS",
      defaultValue = "5",
      description = "Default: ${DEFAULT-VALUE}, as the client's.")
  int lingerMs;

  @Option(
      names = "--compression",
      defaultValue = "none",
      description = "none, gzip, snappy, lz4 or zstd (default: ${DEFAULT-VALUE}).")
  String compression = "none";

  @Option(
      names = "--idempotence",
      arity = "1",
      defaultValue = "true",
      description = "true or false; true needs acks=all (default: ${DEFAULT-VALUE}).")
  boolean idempotence;

  @Option(
      names = "--total",
      paramLabel = "SIZE",
      defaultValue = "1g",
      description = "Payload of a run (default: ${DEFAULT-VALUE}).")
  String total = "1g";

  ProduceSettings settings() {
    int recordBytes = Math.toIntExact(ByteSize.parse(record));
    return new ProduceSettings(
        recordBytes,
        partitions,
        Math.toIntExact(ByteSize.parse(batch)),
        acks,
        lingerMs,
        compression,
        idempotence,
        Math.max(1, ByteSize.parse(total) / recordBytes));
  }
}
