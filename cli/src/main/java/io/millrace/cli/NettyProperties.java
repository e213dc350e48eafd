package io.millrace.cli;

import java.util.Map;

/**
 * How Netty is to be in a broker's process. Each of these took a measurable part of a start, and
 * none is needed; what the user sets with -D stays.
 */
final class NettyProperties {

  private static final Map<String, String> VALUES =
      Map.of(
          // Sets up flight recording at the first buffer: some hundred ms of the first answer.
          "io.netty.jfr.enabled", "false",
          // The allocator that the door uses anyhow; the other one is not even made.
          "io.netty.allocator.type", "pooled",
          // A search through the network interfaces, for ids that nobody looks at.
          "io.netty.machineId", "00:00:00:00:00:00:00:01",
          // Follows one buffer in 128; for hunting leaks it can be set to paranoid.
          "io.netty.leakDetection.level", "disabled");

  private NettyProperties() {}

  /** Sets them. Before the first class of Netty is loaded. */
  static void set() {
    VALUES.forEach((name, value) -> {
      if (System.getProperty(name) == null) {
        System.setProperty(name, value);
      }
    });
    if (System.getProperty("io.netty.processId") == null) {
      System.setProperty("io.netty.processId", Long.toString(ProcessHandle.current().pid()));
    }
  }
}
