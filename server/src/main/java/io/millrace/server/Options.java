package io.millrace.server;

import io.millrace.broker.setting.BrokerTable;
import io.millrace.broker.setting.SettingValues;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How a broker is to be started: where its data are, on which addresses it serves, what is set.
 *
 * @param data the data directory; null for a broker in memory
 * @param journals directory for journals; null for the data directory
 * @param kafka addresses for Kafka clients; empty for none
 * @param advertise what Kafka clients are told to come back to; null for what is bound
 * @param allowAnonymous whether addresses other than loopback may be served without users
 * @param set settings by name
 */
record Options(
    @Nullable Path data,
    @Nullable Path journals,
    List<HostPort> kafka,
    @Nullable HostPort advertise,
    boolean allowAnonymous,
    Map<String, String> set) {

  Options {
    kafka = List.copyOf(kafka);
    set = new TreeMap<>(set);
  }

  SettingValues settings() {
    try {
      return new SettingValues(BrokerTable.TABLE, set);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Refuses addresses that would let anyone in. */
  void requireSafe() {
    if (allowAnonymous) {
      return;
    }
    List<String> open = new ArrayList<>();
    for (HostPort address : kafka) {
      var resolved = address.resolved().getAddress();
      if (resolved != null && !resolved.isLoopbackAddress()) {
        open.add(address.toString());
      }
    }
    if (!open.isEmpty()) {
      throw new ConfigurationException(
          "refusing to serve "
              + String.join(", ", open)
              + " without users: anyone who reaches it could read and delete everything. Use a"
              + " loopback address, or --insecure-allow-anonymous if the network is yours alone");
    }
  }
}
