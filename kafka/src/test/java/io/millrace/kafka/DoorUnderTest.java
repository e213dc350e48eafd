package io.millrace.kafka;

import io.millrace.broker.Broker;
import io.millrace.broker.setting.BrokerTable;
import io.millrace.broker.setting.SettingValues;
import io.millrace.broker.topic.NewTopic;
import io.millrace.broker.topic.Partition;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.shard.Clock;
import io.millrace.shard.Surroundings;
import io.millrace.wire.ApiKey;
import io.millrace.wire.BufferPayload;
import io.millrace.wire.Frame;
import io.millrace.wire.Message;
import io.millrace.wire.WireReader;
import io.millrace.wire.message.ApiVersionsRequest;
import io.millrace.wire.message.FetchRequest;
import io.millrace.wire.message.ProduceRequest;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The Kafka door of a broker of one shard on a {@link TroubledDisk}, and clients of it. */
final class DoorUnderTest implements AutoCloseable {

  static final String TOPIC = "t";
  static final Path DATA = Path.of("/data");

  private static final int ANSWER_MS = 10_000;

  final TroubledDisk disk = new TroubledDisk();
  final Broker broker;
  final Partition partition;
  private final ExecutorService background = Executors.newFixedThreadPool(2);
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final KafkaPort port;

  DoorUnderTest(Map<String, String> settings) throws IOException {
    broker =
        Broker.open(
            new Broker.Place(disk, DATA, DATA),
            new SettingValues(BrokerTable.TABLE, settings),
            new Surroundings(Clock.SYSTEM, new Random(1), background, failure -> {}),
            UUID::randomUUID);
    UUID id = broker.topics().create(new NewTopic(TOPIC, 1, 1, Map.of()), false).join().id();
    partition = broker.topics().find(id).partition(0);
    port =
        KafkaPort.open(
            "test",
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            null,
            new ApiTable(new Door(broker, new Node(1, "cluster"))),
            loops,
            new Connections(broker));
  }

  Socket connect() throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(16 * 1024);
    socket.setSoTimeout(ANSWER_MS);
    socket.connect(port.address());
    return socket;
  }

  static void send(Socket socket, ApiKey key, int version, Message body) throws IOException {
    ByteBuffer bytes = Frame.ofRequest(key, (short) version, 1, "test", body).toBuffer();
    byte[] all = new byte[bytes.remaining()];
    bytes.get(all);
    socket.getOutputStream().write(all);
  }

  static Message answer(Socket socket, ApiKey key, int version) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] answer = new byte[in.readInt()];
    in.readFully(answer);
    return Frame.readResponse(new WireReader(ByteBuffer.wrap(answer)), key, (short) version).body();
  }

  static Message ask(Socket socket, ApiKey key, int version, Message body) throws IOException {
    send(socket, key, version, body);
    return answer(socket, key, version);
  }

  /** Whether the broker serves another client. */
  boolean serves() throws IOException {
    try (Socket other = connect()) {
      ask(other, ApiKey.API_VERSIONS, 3, new ApiVersionsRequest());
      return true;
    }
  }

  /** Reads on until the connection ends; an exception if it does not. */
  static void awaitEnd(Socket socket) throws IOException {
    byte[] some = new byte[1 << 16];
    try {
      while (socket.getInputStream().read(some) >= 0) {
        continue;
      }
    } catch (SocketException e) {
      // Reset: it has ended as well.
    }
  }

  static ByteBuffer batch(int valueBytes) {
    return new RecordBatchBuilder().append(1000, null, ByteBuffer.allocate(valueBytes)).build();
  }

  /** A produce request that has nothing in it yet. */
  static ProduceRequest produce() {
    ProduceRequest request = new ProduceRequest();
    request.acks = -1;
    request.timeoutMs = ANSWER_MS;
    ProduceRequest.TopicProduceData topic = new ProduceRequest.TopicProduceData();
    topic.name = TOPIC;
    request.topicData.add(topic);
    return request;
  }

  static ProduceRequest with(ProduceRequest request, int index, ByteBuffer records) {
    ProduceRequest.PartitionProduceData data = new ProduceRequest.PartitionProduceData();
    data.index = index;
    data.records = new BufferPayload(records);
    request.topicData.get(0).partitionData.add(data);
    return request;
  }

  /** What there is, from the first record on. */
  static FetchRequest fetch() {
    FetchRequest request = new FetchRequest();
    request.maxBytes = Integer.MAX_VALUE;
    request.sessionEpoch = -1;
    FetchRequest.FetchTopic topic = new FetchRequest.FetchTopic();
    topic.topic = TOPIC;
    FetchRequest.FetchPartition one = new FetchRequest.FetchPartition();
    one.partitionMaxBytes = Integer.MAX_VALUE;
    topic.partitions.add(one);
    request.topics.add(topic);
    return request;
  }

  /** The file that holds the partition's records. */
  Path segment() {
    Path directory = DATA.resolve("shards/0/logs").resolve(partition.log().id().toString());
    return disk.list(directory).stream()
        .filter(name -> name.endsWith(".log"))
        .map(directory::resolve)
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    disk.goOn();
    port.close();
    loops.shutdownGracefully().syncUninterruptibly();
    broker.close();
    background.shutdown();
  }
}
