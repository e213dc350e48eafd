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
 * @param kafka addresses for Kafka clients, {@code [NAME://]HOST:PORT} each; empty for none, null
 *     for what the settings say
 * @param advertise what Kafka clients are told to come back to: one for each of {@code kafka}, or
 *     none for what is bound
 * @param allowAnonymous whether addresses other than loopback may be served without users
 * @param memoryBytes most that a broker in memory may hold
 * @param set settings by name
 * @param readyFile one that may be stale, and is removed when the data directory is ours; or null
 */
record Options(
    @Nullable Path data,
    @Nullable Path journals,
    @Nullable List<String> kafka,
    List<String> advertise,
    boolean allowAnonymous,
    long memoryBytes,
    Map<String, String> set,
    @Nullable ReadyFile readyFile) {

  private static final String FREE_LOOPBACK_PORT = "127.0.0.1:0";

  /** A broker in memory is there for a test, in a heap that it shares. */
  private static final Map<String, String> SET_IN_MEMORY =
      Map.of(
          "journal.file.bytes", "" + (256 << 10),
          "journal.checkpoint.bytes", "" + (8 << 20),
          "journal.slow.bytes", "" + (16 << 20),
          "journal.max.bytes", "" + (32 << 20),
          "num.network.threads", "1",
          "group.initial.rebalance.delay.ms", "0");

  /**
   * Kept free, so that deletes and commits still work when records fill the rest; and memory fills
   * quickly.
   */
  private static final int RESERVE_SHARE = 4;

  SettingValues settings() {
    SettingValues settings;
    try {
      settings = new SettingValues(BrokerTable.TABLE, all());
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(String.valueOf(e.getMessage()), e);
    }
    requireOrder(settings, "group.min.session.timeout.ms", "group.max.session.timeout.ms");
    requireOrder(settings, "journal.checkpoint.bytes", "journal.max.bytes");
    requireOrder(settings, "journal.slow.bytes", "journal.max.bytes");
    if (settings.isSet("message.max.bytes")) {
      requireOrder(settings, "message.max.bytes", "socket.request.max.bytes");
    }
    return settings;
  }

  /** Refuses two settings of which one makes no sense above the other. */
  private static void requireOrder(SettingValues settings, String less, String more) {
    if (settings.number(less) > settings.number(more)) {
      throw new ConfigurationException(
          less
              + "="
              + settings.text(less)
              + " is above "
              + more
              + "="
              + settings.text(more)
              + ": lower the one or raise the other");
    }
  }

  private Map<String, String> all() {
    if (data != null) {
      return set;
    }
    Map<String, String> all = new TreeMap<>(SET_IN_MEMORY);
    all.put("disk.reserve.bytes", "" + memoryBytes / RESERVE_SHARE);
    all.putAll(set);
    return all;
  }

  /**
   * Where Kafka clients are served.
   *
   * @throws ConfigurationException if that is contradictory, or would let anyone in
   */
  List<ListenerAddress> listeners(SettingValues settings) {
    boolean inSettings = settings.isSet("listeners");
    if (kafka != null && inSettings) {
      throw new ConfigurationException(
          "both --kafka and the setting listeners say where Kafka clients are served: leave one"
              + " out");
    }
    List<String> addresses = kafka;
    if (addresses == null) {
      addresses =
          inSettings
              ? ListenerAddress.split(settings.text("listeners"))
              : List.of(FREE_LOOPBACK_PORT);
    }
    List<ListenerAddress> listeners =
        ListenerAddress.parse(addresses, advertise, settings.text("advertised.listeners"));
    if (!allowAnonymous) {
      requireLoopback(listeners);
    }
    listeners.forEach(ListenerAddress::requireTellable);
    return listeners;
  }

  private static void requireLoopback(List<ListenerAddress> listeners) {
    List<String> open = new ArrayList<>();
    for (ListenerAddress listener : listeners) {
      var resolved = listener.bind().resolved().getAddress();
      if (resolved != null && !resolved.isLoopbackAddress()) {
        open.add(listener.bind().toString());
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
