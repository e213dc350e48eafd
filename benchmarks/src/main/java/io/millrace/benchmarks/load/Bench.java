package io.millrace.benchmarks.load;

import io.millrace.benchmarks.process.WorkDirectory;
import io.millrace.benchmarks.tool.KafkaJars;
import io.millrace.benchmarks.tool.KafkaTools;

/** What every load of a run has at hand. */
public record Bench(WorkDirectory work, KafkaJars jars, KafkaTools tools, Payloads payloads) {}
