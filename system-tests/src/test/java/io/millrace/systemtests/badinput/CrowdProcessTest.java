package io.millrace.systemtests.badinput;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.record.Compression;
import io.millrace.wire.ApiKey;
import io.millrace.wire.message.ApiVersionsRequest;
import io.millrace.wire.message.FetchRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that are too many, too slow, or do not listen. */
class CrowdProcessTest {

  private static final int CROWD = 1000;
  private static final int CONNECTIONS_MAX = 1100;
  private static final long IDLE_MS = 5000;
  private static final int REQUESTS = 10_000;
  private static final int LARGE_BYTES = 900_000;

  @TempDir Path directory;
  private AttackedBroker broker;
  private final List<SocketChannel> crowd = new ArrayList<>();

  @BeforeEach
  void start() {
    broker =
        new AttackedBroker(
            directory,
            Map.of(
                "max.connections", "" + CONNECTIONS_MAX, "connections.max.idle.ms", "" + IDLE_MS));
  }

  @AfterEach
  void unharmed() throws Exception {
    try {
      broker.requireUnharmed();
    } finally {
      leave();
      broker.close();
    }
  }

  private void leave() throws IOException {
    for (SocketChannel one : crowd) {
      one.close();
    }
    crowd.clear();
  }

  private SocketChannel connect() throws IOException {
    SocketChannel channel =
        SocketChannel.open(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), broker.process().port()));
    crowd.add(channel);
    return channel;
  }

  private static void send(SocketChannel to, byte[] bytes) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) {
      to.write(left);
    }
  }

  /** Whether the other end has closed; takes away what it has sent. */
  private static boolean isClosed(SocketChannel channel) throws IOException {
    channel.configureBlocking(false);
    ByteBuffer some = ByteBuffer.allocate(1 << 16);
    try {
      while (true) {
        int read = channel.read(some.clear());
        if (read <= 0) {
          return read < 0;
        }
      }
    } catch (IOException e) {
      return true;
    }
  }

  private void awaitAllClosed(String what) {
    Awaitility.await(what)
        .atMost(Duration.ofMillis(4 * IDLE_MS))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> {
          for (SocketChannel one : crowd) {
            if (!isClosed(one)) {
              return false;
            }
          }
          return true;
        });
  }

  @Test
  void aThousandHalfOpenConnectionsAreClosedWhenTheyStayIdle() throws IOException {
    for (int i = 0; i < CROWD; i++) {
      connect();
    }
    broker.requireUnharmed();
    awaitAllClosed("connections that ask for nothing are closed");
  }

  @Test
  void connectionsBeyondTheLimitAreClosedAtOnceAndRoomIsGivenBack() throws IOException {
    for (int i = 0; i < CONNECTIONS_MAX; i++) {
      connect();
    }
    Awaitility.await("one too many is closed")
        .atMost(Duration.ofSeconds(2))
        .until(() -> {
          for (SocketChannel one : crowd) {
            if (isClosed(one)) {
              return true;
            }
          }
          return false;
        });
    broker.requireUnharmed();
    leave();
    Awaitility.await("there is room again")
        .atMost(Duration.ofSeconds(10))
        .ignoreExceptions()
        .until(() -> {
          try (RawConnection connection = broker.connect()) {
            connection.ask(ApiKey.API_VERSIONS, 3, new ApiVersionsRequest());
            return true;
          }
        });
  }

  /** Each begins a frame as large as there may be, sends a little of it, and stops. */
  @Test
  void aThousandLargeFramesThatNeverEndTakeBoundedMemory() throws IOException {
    byte[] begun = new byte[60_000];
    ByteBuffer.wrap(begun).putInt(16 << 20).putShort(ApiKey.PRODUCE.id()).putShort((short) 9);
    for (int i = 0; i < CROWD; i++) {
      SocketChannel one = connect();
      one.configureBlocking(false);
      one.write(ByteBuffer.wrap(begun));
    }
    broker.requireUnharmed();
  }

  /** A byte now and then keeps nobody alive. */
  @Test
  void slowLorisIsClosed() throws IOException {
    byte[] request =
        RawConnection.frame(
            ApiKey.PRODUCE,
            9,
            1,
            Requests.produce("slow", Requests.batch(Compression.NONE, "x".repeat(3000))));
    SocketChannel slow = connect();
    int[] sent = {0};
    Awaitility.await("it is closed though it sends a byte now and then")
        .atMost(Duration.ofMillis(4 * IDLE_MS))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> {
          try {
            slow.write(ByteBuffer.wrap(request, sent[0]++, 1));
          } catch (IOException e) {
            return true;
          }
          return isClosed(slow);
        });
    assertThat(sent[0]).isLessThan(request.length);
  }

  @Test
  void answersThatNobodyReadsAreNotPiledUp() throws IOException {
    byte[] metadata = RawConnection.frame(ApiKey.METADATA, 12, 1, Requests.metadata());
    for (int i = 0; i < 20; i++) {
      SocketChannel deaf = connect();
      deaf.configureBlocking(false);
      sendAsMuchAsIsTaken(deaf, metadata, REQUESTS);
    }
    broker.requireUnharmed();
  }

  @Test
  void recordsThatNobodyReadsAreNotPiledUp() throws IOException {
    try (RawConnection connection = broker.connect()) {
      connection.ask(ApiKey.CREATE_TOPICS, 7, Requests.createTopic("large", 1));
      for (int i = 0; i < 30; i++) {
        connection.ask(
            ApiKey.PRODUCE,
            9,
            Requests.produce("large", Requests.batch(Compression.NONE, "x".repeat(LARGE_BYTES))));
      }
    }
    FetchRequest fetch = Requests.fetch("large");
    fetch.maxBytes = Integer.MAX_VALUE;
    fetch.topics.get(0).partitions.get(0).partitionMaxBytes = Integer.MAX_VALUE;
    byte[] request = RawConnection.frame(ApiKey.FETCH, 12, 1, fetch);
    for (int i = 0; i < 50; i++) {
      SocketChannel deaf = connect();
      deaf.configureBlocking(false);
      sendAsMuchAsIsTaken(deaf, request, REQUESTS / 10);
    }
    broker.requireUnharmed();
  }

  /** More produce requests at once than the broker has memory for: it reads them as it can. */
  @Test
  void moreProducesAtOnceThanThereIsMemoryForAreReadAsThereIsRoom() throws IOException {
    try (RawConnection connection = broker.connect()) {
      connection.ask(ApiKey.CREATE_TOPICS, 7, Requests.createTopic("flood", 1));
    }
    byte[] produce =
        RawConnection.frame(
            ApiKey.PRODUCE,
            9,
            1,
            Requests.produce("flood", Requests.batch(Compression.NONE, "x".repeat(LARGE_BYTES))));
    for (int i = 0; i < 100; i++) {
      SocketChannel one = connect();
      one.configureBlocking(false);
      sendAsMuchAsIsTaken(one, produce, 20);
    }
    broker.requireUnharmed();
    for (SocketChannel one : crowd) {
      isClosed(one);
    }
  }

  /** Sends a request again and again until the socket takes no more. */
  private static void sendAsMuchAsIsTaken(SocketChannel to, byte[] request, int times)
      throws IOException {
    for (int i = 0; i < times; i++) {
      ByteBuffer left = ByteBuffer.wrap(request);
      while (left.hasRemaining()) {
        if (to.write(left) == 0) {
          return;
        }
      }
    }
  }

  @Test
  void connectionsThatComeAndGoLeaveNothingBehind() throws IOException {
    byte[] request = RawConnection.frame(ApiKey.API_VERSIONS, 3, 1, new ApiVersionsRequest());
    for (int i = 0; i < 3 * CONNECTIONS_MAX; i++) {
      try (SocketChannel one =
          SocketChannel.open(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), broker.process().port()))) {
        send(one, request);
      }
    }
    Awaitility.await("there is room")
        .atMost(Duration.ofSeconds(10))
        .ignoreExceptions()
        .until(() -> {
          try (RawConnection connection = broker.connect()) {
            connection.ask(ApiKey.API_VERSIONS, 3, new ApiVersionsRequest());
            return true;
          }
        });
  }
}
