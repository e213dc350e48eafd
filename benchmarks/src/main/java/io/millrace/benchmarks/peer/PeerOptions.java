package io.millrace.benchmarks.peer;

import java.nio.file.Path;
import java.util.List;

/**
 * What a peer is started with beside its data.
 *
 * @param name what the report calls it
 * @param memory its heap, as in {@code 1g}, or {@code default} for whatever the broker takes by
 *     itself
 * @param settings broker settings, each {@code name=value}
 * @param prefix put before its command, as in {@code taskset -c 0}; may be empty
 * @param logs directory for what it writes to its outputs and logs
 */
public record PeerOptions(
    String name, String memory, List<String> settings, List<String> prefix, Path logs) {
  public PeerOptions {
    settings = List.copyOf(settings);
    prefix = List.copyOf(prefix);
  }

  boolean hasMemory() {
    return !memory.equals("default");
  }
}
