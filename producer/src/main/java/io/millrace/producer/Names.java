package io.millrace.producer;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Where the addresses of a name come from, so that a test can say. May wait for long. */
interface Names {

  /**
   * @return at least one, the preferred first
   */
  List<InetAddress> addresses(String host) throws UnknownHostException;

  Names SYSTEM = host -> Arrays.asList(InetAddress.getAllByName(host));

  /** Which addresses of a name are tried: {@code client.dns.lookup}. */
  enum Lookup {
    /** All, one after the other. */
    ALL,
    /** The first. */
    FIRST,
    /** All; and for bootstrap addresses each under its canonical name. */
    CANONICAL_BOOTSTRAP
  }

  /** Which kinds of addresses are tried: {@code broker.address.family}. */
  enum Family {
    ANY,
    V4,
    V6;

    boolean has(InetAddress address) {
      return switch (this) {
        case ANY -> true;
        case V4 -> address instanceof Inet4Address;
        case V6 -> !(address instanceof Inet4Address);
      };
    }
  }

  /**
   * Where to connect to.
   *
   * @param name what the broker's certificate must name
   */
  record Address(String name, InetAddress ip) {}

  /**
   * The addresses to try for a broker, in turn. May wait for long, unless the name is an address
   * itself.
   *
   * @param bootstrap whether the name is from {@code bootstrap.servers}
   * @throws UnknownHostException if there is none; the message is for the user
   */
  default List<Address> toTry(String host, boolean bootstrap, Lookup lookup, Family family)
      throws UnknownHostException {
    List<Address> all = new ArrayList<>();
    for (InetAddress ip : found(host)) {
      boolean canonical = bootstrap && lookup == Lookup.CANONICAL_BOOTSTRAP;
      if (family.has(ip) && (lookup != Lookup.FIRST || all.isEmpty())) {
        all.add(new Address(canonical ? ip.getCanonicalHostName() : host, ip));
      }
    }
    if (all.isEmpty()) {
      throw new UnknownHostException(
          "the name " + host + " has no address of the family that broker.address.family allows");
    }
    return all;
  }

  private List<InetAddress> found(String host) throws UnknownHostException {
    try {
      return addresses(host);
    } catch (UnknownHostException e) {
      UnknownHostException told =
          new UnknownHostException("the name " + host + " cannot be resolved");
      told.initCause(e);
      throw told;
    }
  }

  /** Whether a name is an address itself, for which nobody is asked. */
  static boolean isAddress(String host) {
    return host.indexOf(':') >= 0 || host.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
  }
}
