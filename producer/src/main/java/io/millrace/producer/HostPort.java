package io.millrace.producer;

import java.util.ArrayList;
import java.util.List;

/** An address as users write it: {@code host:port}, or {@code [::1]:port} for IPv6. */
record HostPort(String host, int port) {

  private static final int PORT_DEFAULT = 9092;

  /**
   * Reads addresses with commas between them.
   *
   * @throws IllegalArgumentException if one is none; the message is for the user
   */
  static List<HostPort> list(String text) {
    List<HostPort> all = new ArrayList<>();
    for (String one : text.split(",", -1)) {
      if (!one.isBlank()) {
        all.add(of(one.trim()));
      }
    }
    if (all.isEmpty()) {
      throw new IllegalArgumentException("bootstrap.servers names no broker: give HOST:PORT");
    }
    return all;
  }

  private static HostPort of(String text) {
    String address = text.contains("://") ? text.substring(text.indexOf("://") + 3) : text;
    int colon = address.lastIndexOf(':');
    boolean noPort = colon < 0 || address.startsWith("[") && colon < address.indexOf(']');
    String host = noPort ? address : address.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    try {
      int port = noPort ? PORT_DEFAULT : Integer.parseInt(address.substring(colon + 1));
      if (host.isEmpty() || port < 1 || port > 65535) {
        throw new IllegalArgumentException(text + " is no address: it wants HOST:PORT");
      }
      return new HostPort(host, port);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(text + " is no address: it wants HOST:PORT");
    }
  }
}
