package io.millrace.server;

import io.millrace.kafka.HostText;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;

/**
 * An address as users write it: {@code host:port}, {@code [ipv6]:port}.
 *
 * @param port 0 for any free one
 */
public record HostPort(String host, int port) {

  /**
   * Reads an address.
   *
   * @throws ConfigurationException if it is none
   */
  public static HostPort parse(String what, String text) {
    int colon = text.lastIndexOf(':');
    boolean bracketed = text.startsWith("[");
    int hostEnd = bracketed ? text.indexOf(']') : colon;
    if (colon < 0 || hostEnd < 1 || bracketed && hostEnd != colon - 1) {
      throw new ConfigurationException(
          what
              + " cannot be \""
              + text
              + "\": it wants HOST:PORT, as in 127.0.0.1:9092 or"
              + " [::1]:9092");
    }
    String host = bracketed ? text.substring(1, hostEnd) : text.substring(0, hostEnd);
    if (!bracketed && host.indexOf(':') >= 0) {
      throw new ConfigurationException(
          what + " cannot be \"" + text + "\": an IPv6 address goes in brackets, as in [::1]:9092");
    }
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      if (port < 0 || port > 65535) {
        throw new NumberFormatException();
      }
      return new HostPort(host, port);
    } catch (NumberFormatException e) {
      throw new ConfigurationException(
          what + " cannot be \"" + text + "\": a port is a number from 0 to 65535");
    }
  }

  /** The same, and also without a host, which stands for all addresses of the machine. */
  static HostPort parseOrAny(String what, String text) {
    if (text.startsWith(":")) {
      return new HostPort("", parse(what, "any" + text).port);
    }
    return parse(what, text);
  }

  /** Whether this stands for all addresses of the machine. */
  boolean isAny() {
    InetAddress address = resolved().getAddress();
    return address != null && address.isAnyLocalAddress();
  }

  /** Looked up; the caller finds out whether that worked. */
  InetSocketAddress resolved() {
    return host.isEmpty() ? anyAddress() : new InetSocketAddress(host, port);
  }

  /** All addresses of the machine, of IPv6 too if it has one. */
  private InetSocketAddress anyAddress() {
    try {
      boolean ipv6 =
          NetworkInterface.networkInterfaces()
              .flatMap(NetworkInterface::inetAddresses)
              .anyMatch(Inet6Address.class::isInstance);
      return ipv6 ? new InetSocketAddress("::", port) : new InetSocketAddress(port);
    } catch (SocketException e) {
      return new InetSocketAddress(port);
    }
  }

  /** Not looked up: a name to tell to others. */
  InetSocketAddress unresolved() {
    return InetSocketAddress.createUnresolved(host, port);
  }

  static String text(InetSocketAddress address) {
    String host = HostText.of(address.getAddress());
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
