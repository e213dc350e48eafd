package io.millrace.server;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where Kafka clients are served, and what they are told to come back to.
 *
 * @param name as in Kafka's {@code listeners}; {@code PLAINTEXT} where none is given
 * @param bind the address to listen on
 * @param advertise what clients are told; null for what is bound
 */
record ListenerAddress(String name, HostPort bind, @Nullable HostPort advertise) {

  private static final String PLAINTEXT = "PLAINTEXT";

  /** Names that say, in Kafka, that the listener is not in plain text. */
  private static final Set<String> NOT_SERVED = Set.of("SSL", "SASL_PLAINTEXT", "SASL_SSL");

  /** An address with or without a name before it. */
  private record Named(@Nullable String name, HostPort address) {

    static Named parse(String what, String text) {
      int scheme = text.indexOf("://");
      if (scheme < 0) {
        return new Named(null, HostPort.parse(what, text));
      }
      String name = text.substring(0, scheme).toUpperCase(Locale.ROOT);
      if (!name.matches("[A-Z0-9_.-]+")) {
        throw new ConfigurationException(
            what + " cannot be \"" + text + "\": a listener's name is letters and digits");
      }
      if (NOT_SERVED.contains(name)) {
        throw new ConfigurationException(
            what
                + " cannot be \""
                + text
                + "\": this version serves plain text only, no TLS and no SASL");
      }
      return new Named(name, HostPort.parseOrAny(what, text.substring(scheme + 3)));
    }
  }

  /**
   * Reads listeners.
   *
   * @param listeners {@code [NAME://]HOST:PORT} each
   * @param advertise what clients are told, in the order of the listeners; none or as many
   * @param advertisedByName Kafka's {@code advertised.listeners}
   * @throws ConfigurationException if they are not well formed, or contradict each other
   */
  static List<ListenerAddress> parse(
      List<String> listeners, List<String> advertise, String advertisedByName) {
    Map<String, HostPort> byName = byName(advertisedByName);
    if (!advertise.isEmpty() && advertise.size() != listeners.size()) {
      throw new ConfigurationException(
          "there are "
              + listeners.size()
              + " addresses for Kafka clients and "
              + advertise.size()
              + " to advertise: give one for each, in the same order, or name them in"
              + " advertised.listeners");
    }
    List<ListenerAddress> all = new ArrayList<>();
    Set<String> names = new TreeSet<>();
    for (int i = 0; i < listeners.size(); i++) {
      Named named = Named.parse("the address for Kafka", listeners.get(i));
      String name = named.name;
      if (name == null) {
        name = i == 0 ? PLAINTEXT : PLAINTEXT + "_" + (i + 1);
      }
      if (!names.add(name)) {
        throw new ConfigurationException("there are two listeners of the name " + name);
      }
      HostPort told = byName.remove(name);
      if (!advertise.isEmpty()) {
        if (told != null) {
          throw new ConfigurationException(
              "listener " + name + " is advertised twice: by --advertise and advertised.listeners");
        }
        told = HostPort.parse("the advertised address", advertise.get(i));
      }
      if (told != null && told.isAny()) {
        throw new ConfigurationException(
            "clients cannot come back to "
                + told
                + ": advertise an address at which they reach this machine");
      }
      all.add(new ListenerAddress(name, named.address, told));
    }
    if (!byName.isEmpty()) {
      throw new ConfigurationException(
          "advertised.listeners names "
              + String.join(", ", new TreeSet<>(byName.keySet()))
              + ", and the listeners are "
              + (names.isEmpty() ? "none" : String.join(", ", names)));
    }
    return all;
  }

  /** Refuses an address of which clients could not be told how to come back to it. */
  void requireTellable() {
    if (advertise == null && bind.isAny()) {
      throw new ConfigurationException(
          "listener "
              + name
              + " is bound to all addresses ("
              + bind
              + "): say with --advertise, or advertised.listeners, which one its clients are to"
              + " come back to");
    }
  }

  private static Map<String, HostPort> byName(String text) {
    Map<String, HostPort> byName = new HashMap<>();
    for (String entry : split(text)) {
      Named named = Named.parse("advertised.listeners", entry);
      if (named.name == null) {
        throw new ConfigurationException(
            "advertised.listeners wants NAME://HOST:PORT, not \"" + entry + "\"");
      }
      if (byName.put(named.name, named.address) != null) {
        throw new ConfigurationException("advertised.listeners names " + named.name + " twice");
      }
    }
    return byName;
  }

  /** The entries of a list with commas between them. */
  static List<String> split(String text) {
    return Arrays.stream(text.split(",", -1)).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }
}
