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
 * @param logs directory for what it writes to its outputs and logs
 */
public record PeerOptions(String name, String memory, List<String> settings, Path logs) {
  public PeerOptions {
    settings = List.copyOf(settings);
  }

  boolean hasMemory() {
    return !memory.equals("default");
  }
}
