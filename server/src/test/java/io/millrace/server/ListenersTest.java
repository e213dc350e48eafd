package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Node;
import org.junit.jupiter.api.Test;

final class ListenersTest {

  /** Who the client is told that the brokers are. */
  private static Set<String> told(InetSocketAddress bootstrap) throws Exception {
    String address = HostPort.text(bootstrap);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", address))) {
      return admin.describeCluster().nodes().get().stream()
          .map(ListenersTest::text)
          .collect(Collectors.toSet());
    }
  }

  private static String text(Node node) {
    return new HostPort(node.host(), node.port()).toString();
  }

  @Test
  void eachListenerAdvertisesItsOwnAddress() throws Exception {
    try (Millrace millrace =
        Millrace.inMemory()
            .set("listeners", "INSIDE://127.0.0.1:0,OUTSIDE://127.0.0.1:0")
            .set("advertised.listeners", "OUTSIDE://localhost:0")
            .start()) {
      InetSocketAddress inside = millrace.kafkaAddresses().get(0);
      InetSocketAddress outside = millrace.kafkaAddresses().get(1);
      assertThat(millrace.kafka()).isEqualTo("127.0.0.1:" + inside.getPort());
      assertThat(told(inside)).containsExactly("127.0.0.1:" + inside.getPort());
      assertThat(told(outside)).containsExactly("localhost:" + outside.getPort());
    }
  }

  @Test
  void advertisedPortZeroIsTheBoundOne() throws Exception {
    try (Millrace millrace =
        Millrace.inMemory().kafka("127.0.0.1:0").advertise("localhost:0").start()) {
      int port = millrace.kafkaAddresses().get(0).getPort();
      assertThat(told(millrace.kafkaAddresses().get(0))).containsExactly("localhost:" + port);
    }
  }

  @Test
  void ipv6ClientsAreServed() throws Exception {
    try (Millrace millrace = Millrace.inMemory().kafka("[::1]:0", "127.0.0.1:0").start();
        var producer = Clients.producer(millrace.kafka())) {
      int port = millrace.kafkaAddresses().get(0).getPort();
      assertThat(millrace.kafka()).isEqualTo("[::1]:" + port);
      assertThat(told(millrace.kafkaAddresses().get(0))).containsExactly("[::1]:" + port);
      Clients.send(producer, "t", "over IPv6");
      assertThat(Clients.values(millrace.kafka(), "t")).containsExactly("over IPv6");
    }
  }

  @Test
  void openAddressWithoutUsersIsRefused() {
    for (String open : new String[] {"0.0.0.0:0", "[::]:0"}) {
      assertThatThrownBy(() -> Millrace.inMemory().kafka(open).start())
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("--insecure-allow-anonymous")
          .hasMessageContaining(open);
    }
    assertThatThrownBy(() -> Millrace.inMemory().set("listeners", "A://:0").start())
        .hasMessageContaining("--insecure-allow-anonymous");
  }

  @Test
  void allAddressesNeedOneToAdvertise() throws Exception {
    assertThatThrownBy(() -> Millrace.inMemory().kafka("0.0.0.0:0").allowAnonymous().start())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("--advertise");
    try (Millrace millrace =
        Millrace.inMemory().kafka("0.0.0.0:0").advertise("127.0.0.1:0").allowAnonymous().start()) {
      int port = millrace.kafkaAddresses().get(0).getPort();
      assertThat(told(new InetSocketAddress("127.0.0.1", port)))
          .containsExactly("127.0.0.1:" + port);
    }
  }

  @Test
  void allAddressesOfIpv4AreThose() throws Exception {
    try (Millrace millrace =
        Millrace.inMemory().kafka("0.0.0.0:0").advertise("127.0.0.1:0").allowAnonymous().start()) {
      int port = millrace.kafkaAddresses().get(0).getPort();
      assertThat(millrace.kafka()).isEqualTo("0.0.0.0:" + port);
      assertThatThrownBy(() -> new Socket("::1", port).close())
          .isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void allAddressesWithoutAHostAreThoseOfIpv6Too() throws Exception {
    try (Millrace millrace =
        Millrace.inMemory()
            .set("listeners", "A://:0")
            .set("advertised.listeners", "A://localhost:0")
            .allowAnonymous()
            .start()) {
      int port = millrace.kafkaAddresses().get(0).getPort();
      new Socket("127.0.0.1", port).close();
      new Socket("::1", port).close();
    }
  }

  @Test
  void takenPortIsSaidClearly() throws Exception {
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(new InetSocketAddress("127.0.0.1", 0));
      String address = "127.0.0.1:" + taken.getLocalPort();
      assertThatThrownBy(() -> Millrace.inMemory().kafka(address).start())
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("cannot listen on " + address)
          .hasMessageContaining("another process has that port");
    }
  }

  @Test
  void unknownHostIsSaidClearly() {
    assertThatThrownBy(() -> Millrace.inMemory().kafka("no-such-host.invalid:0").start())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("no-such-host.invalid");
  }

  @Test
  void contradictionsAreRefused() {
    assertRefused(
        Millrace.inMemory().kafka("127.0.0.1:0").set("listeners", "A://127.0.0.1:0"), "listeners");
    assertRefused(
        Millrace.inMemory().kafka("127.0.0.1:0", "127.0.0.1:0").advertise("localhost:1"),
        "advertise");
    assertRefused(
        Millrace.inMemory().set("listeners", "A://127.0.0.1:0,A://127.0.0.1:0"), "two listeners");
    assertRefused(
        Millrace.inMemory()
            .set("listeners", "A://127.0.0.1:0")
            .set("advertised.listeners", "B://localhost:1"),
        "names B, and the listeners are A");
    assertRefused(Millrace.inMemory().set("listeners", "SSL://127.0.0.1:0"), "TLS");
    assertRefused(Millrace.inMemory().kafka("127.0.0.1"), "HOST:PORT");
    assertRefused(Millrace.inMemory().kafka("127.0.0.1:70000"), "65535");
    assertRefused(Millrace.inMemory().kafka("::1:9092"), "brackets");
    assertRefused(
        Millrace.inMemory()
            .kafka("0.0.0.0:0")
            .allowAnonymous()
            .set("advertised.listeners", "PLAINTEXT://0.0.0.0:1"),
        "cannot come back");
  }

  private static void assertRefused(Millrace.Builder builder, String because) {
    assertThatThrownBy(builder::start)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(because);
  }

  @Test
  void brokerWithoutADoorSaysSo() {
    try (Millrace millrace = Millrace.inMemory().kafka().start()) {
      assertThat(millrace.kafkaAddresses()).isEmpty();
      assertThatThrownBy(millrace::kafka).isInstanceOf(IllegalStateException.class);
    }
  }
}
