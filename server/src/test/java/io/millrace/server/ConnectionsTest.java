package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.wire.ApiKey;
import io.millrace.wire.Frame;
import io.millrace.wire.Message;
import io.millrace.wire.message.ApiVersionsRequest;
import io.millrace.wire.message.FetchRequest;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What a connection may take, and how long. */
@Execution(ExecutionMode.CONCURRENT)
final class ConnectionsTest {

  private static Socket connect(Millrace millrace) throws IOException {
    InetSocketAddress address = millrace.kafkaAddresses().get(0);
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static byte[] frame(ApiKey key, int version, Message request) {
    ByteBuffer bytes = Frame.ofRequest(key, (short) version, 1, "test", request).toBuffer();
    byte[] all = new byte[bytes.remaining()];
    bytes.get(all);
    return all;
  }

  private static void ask(Socket socket) throws IOException {
    socket.getOutputStream().write(frame(ApiKey.API_VERSIONS, 3, new ApiVersionsRequest()));
    assertThat(isAnswered(socket)).isTrue();
  }

  private static boolean isAnswered(Socket socket) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    int first = in.read();
    if (first < 0) {
      return false;
    }
    int size = first << 24 | in.readUnsignedByte() << 16 | in.readUnsignedShort();
    in.readNBytes(size);
    return true;
  }

  /** Whether the other end closes the connection. */
  private static boolean isClosed(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (IOException e) {
      return !(e instanceof java.net.SocketTimeoutException);
    }
  }

  @Test
  void idleConnectionIsClosedAndABusyOneIsNot() throws Exception {
    try (Millrace millrace = Millrace.inMemory().set("connections.max.idle.ms", "1000").start();
        Socket idle = connect(millrace);
        Socket busy = connect(millrace)) {
      ask(idle);
      long until = System.nanoTime() + Duration.ofMillis(2500).toNanos();
      Awaitility.await()
          .pollInterval(Duration.ofMillis(100))
          .until(() -> {
            ask(busy);
            return System.nanoTime() - until > 0;
          });
      assertThat(isClosed(idle)).isTrue();
      ask(busy);
    }
  }

  @Test
  void requestThatStopsArrivingEndsItsConnection() throws Exception {
    try (Millrace millrace = Millrace.inMemory().set("request.arrival.max.ms", "1000").start();
        Socket socket = connect(millrace);
        Socket other = connect(millrace)) {
      byte[] frame = frame(ApiKey.API_VERSIONS, 3, new ApiVersionsRequest());
      socket.getOutputStream().write(frame, 0, frame.length - 1);
      assertThat(isClosed(socket)).isTrue();
      ask(other);
    }
  }

  @Test
  void connectionBeyondTheMostIsClosedAndItsPlaceIsFreeAgain() throws Exception {
    try (Millrace millrace = Millrace.inMemory().set("max.connections", "2").start()) {
      try (Socket one = connect(millrace);
          Socket two = connect(millrace)) {
        ask(one);
        ask(two);
        try (Socket three = connect(millrace)) {
          assertThat(isClosed(three)).isTrue();
        }
        ask(one);
      }
      Awaitility.await()
          .ignoreExceptions()
          .until(() -> {
            try (Socket again = connect(millrace)) {
              again
                  .getOutputStream()
                  .write(frame(ApiKey.API_VERSIONS, 3, new ApiVersionsRequest()));
              return isAnswered(again);
            }
          });
    }
  }

  @Test
  void requestOverTheLimitEndsItsConnectionBeforeItComes() throws Exception {
    try (Millrace millrace = Millrace.inMemory().set("socket.request.max.bytes", "100000").start();
        Socket socket = connect(millrace)) {
      socket.getOutputStream().write(ByteBuffer.allocate(4).putInt(100_001).array());
      assertThat(isClosed(socket)).isTrue();
    }
  }

  @Test
  void largeRequestOtherThanProduceIsRefused() throws Exception {
    try (Millrace millrace =
            Millrace.inMemory().set("socket.request.other.max.bytes", "50000").start();
        Socket metadata = connect(millrace);
        Socket produce = connect(millrace)) {
      metadata.getOutputStream().write(begin(50_001, ApiKey.METADATA));
      assertThat(isClosed(metadata)).isTrue();
      produce.getOutputStream().write(begin(50_001, ApiKey.PRODUCE));
      produce.setSoTimeout(300);
      assertThat(isClosed(produce)).isFalse();
    }
  }

  private static byte[] begin(int size, ApiKey key) {
    return ByteBuffer.allocate(8).putInt(size).putShort(key.id()).putShort((short) 9).array();
  }

  /**
   * Many half requests take the memory there is for requests; they give way, and nobody else
   * notices.
   */
  @Test
  void halfRequestsDoNotTakeAllTheMemory() throws Exception {
    List<Socket> half = new ArrayList<>();
    try (Millrace millrace =
            Millrace.inMemory()
                .set("socket.request.max.bytes", "1048576")
                .set("queued.max.request.bytes", "1048576")
                .set("request.arrival.max.ms", "1000")
                .start();
        var producer = Clients.producer(millrace.kafka());
        Socket small = connect(millrace)) {
      Clients.send(producer, "t", "before");
      for (int i = 0; i < 4; i++) {
        Socket socket = connect(millrace);
        half.add(socket);
        socket.getOutputStream().write(begin(1_000_000, ApiKey.PRODUCE));
        socket.getOutputStream().write(new byte[4096]);
      }
      ask(small);
      // Waits until those before have been closed, one after another.
      Clients.send(producer, "t", "x".repeat(200_000));
      assertThat(Clients.values(millrace.kafka(), "t")).hasSize(2);
      assertThat(half).anyMatch(ConnectionsTest::isClosed);
    } finally {
      for (Socket socket : half) {
        socket.close();
      }
    }
  }

  private static Millrace.Builder withLittleMemory() {
    return Millrace.inMemory()
        .set("socket.request.max.bytes", "1048576")
        .set("queued.max.request.bytes", "1048576");
  }

  /** Large requests lie behind a fetch that waits for minutes: they must not take the memory. */
  @Test
  void requestsBehindAFetchThatWaitsHoldNobodyUp() throws Exception {
    List<Socket> greedy = new ArrayList<>();
    try (Millrace millrace = withLittleMemory().start();
        var producer = Clients.producer(millrace.kafka(), Map.of("request.timeout.ms", 10_000))) {
      Clients.send(producer, "t", "before");
      for (int i = 0; i < 4; i++) {
        Socket socket = connect(millrace);
        greedy.add(socket);
        socket.getOutputStream().write(frame(ApiKey.FETCH, 12, patientFetch()));
        socket.getOutputStream().write(begin(1_000_000, ApiKey.PRODUCE));
        socket.getOutputStream().write(new byte[600_000]);
      }
      for (int i = 0; i < 20; i++) {
        Clients.send(producer, "t", "x".repeat(200_000));
      }
    } finally {
      for (Socket socket : greedy) {
        socket.close();
      }
    }
  }

  private static FetchRequest patientFetch() {
    FetchRequest fetch = new FetchRequest();
    fetch.maxWaitMs = 600_000;
    fetch.minBytes = Integer.MAX_VALUE;
    fetch.sessionEpoch = -1;
    FetchRequest.FetchTopic topic = new FetchRequest.FetchTopic();
    topic.topic = "t";
    FetchRequest.FetchPartition partition = new FetchRequest.FetchPartition();
    partition.partitionMaxBytes = 1000;
    topic.partitions.add(partition);
    fetch.topics.add(topic);
    return fetch;
  }

  /** A byte now and then does not keep the memory that others wait for. */
  @Test
  void slowRequestIsClosedWhenOthersWaitForItsMemory() throws Exception {
    try (Millrace millrace = withLittleMemory().set("request.arrival.max.ms", "2000").start();
        var producer = Clients.producer(millrace.kafka(), Map.of("request.timeout.ms", 30_000));
        Socket slow = connect(millrace)) {
      Clients.send(producer, "t", "before");
      slow.getOutputStream().write(begin(1_000_000, ApiKey.PRODUCE));
      // Nobody waits: it may be as slow as it likes.
      dripUntil(slow, Duration.ofMillis(3000));
      assertThat(isOpen(slow)).isTrue();
      Future<RecordMetadata> waits =
          producer.send(new ProducerRecord<>("t", 0, null, "x".repeat(200_000)));
      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .pollInterval(Duration.ofMillis(100))
          .until(() -> {
            drip(slow);
            return waits.isDone();
          });
      waits.get();
      assertThat(isOpen(slow)).isFalse();
    }
  }

  private static void dripUntil(Socket socket, Duration time) {
    long until = System.nanoTime() + time.toNanos();
    Awaitility.await()
        .pollInterval(Duration.ofMillis(100))
        .until(() -> {
          drip(socket);
          return System.nanoTime() - until > 0;
        });
  }

  private static void drip(Socket socket) {
    try {
      socket.getOutputStream().write(0);
    } catch (IOException e) {
      // It was closed; whoever wants to know looks.
    }
  }

  private static boolean isOpen(Socket socket) throws IOException {
    socket.setSoTimeout(300);
    return !isClosed(socket);
  }

  @Test
  void clientThatTakesNoAnswersIsNotServedForEver() throws Exception {
    try (Millrace millrace = Millrace.inMemory().set("connections.max.idle.ms", "1000").start();
        Socket deaf = connect(millrace)) {
      millrace.createTopic("t", 5000);
      var all = new io.millrace.wire.message.MetadataRequest();
      all.topics = null;
      byte[] request = frame(ApiKey.METADATA, 12, all);
      long asked = 0;
      deaf.setSendBufferSize(8192);
      boolean refused = false;
      // Its answers of some hundred KiB each are not taken: in the end nothing more is read from
      // it.
      for (int i = 0; i < 100_000 && !refused; i++) {
        try {
          deaf.getOutputStream().write(request);
          asked++;
        } catch (IOException e) {
          refused = true;
        }
      }
      assertThat(refused).as("closed after %s requests", asked).isTrue();
      try (Socket other = connect(millrace)) {
        ask(other);
      }
    }
  }
}
