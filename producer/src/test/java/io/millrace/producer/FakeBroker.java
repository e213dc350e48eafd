package io.millrace.producer;

import io.millrace.record.Record;
import io.millrace.record.RecordBatch;
import io.millrace.wire.ApiKey;
import io.millrace.wire.BufferPayload;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.Frame;
import io.millrace.wire.Message;
import io.millrace.wire.WireReader;
import io.millrace.wire.message.ApiVersionsResponse;
import io.millrace.wire.message.GetTelemetrySubscriptionsRequest;
import io.millrace.wire.message.GetTelemetrySubscriptionsResponse;
import io.millrace.wire.message.InitProducerIdRequest;
import io.millrace.wire.message.InitProducerIdResponse;
import io.millrace.wire.message.MetadataRequest;
import io.millrace.wire.message.MetadataResponse;
import io.millrace.wire.message.ProduceRequest;
import io.millrace.wire.message.ProduceResponse;
import io.millrace.wire.message.PushTelemetryRequest;
import io.millrace.wire.message.PushTelemetryResponse;
import io.millrace.wire.message.SaslAuthenticateRequest;
import io.millrace.wire.message.SaslAuthenticateResponse;
import io.millrace.wire.message.SaslHandshakeRequest;
import io.millrace.wire.message.SaslHandshakeResponse;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntUnaryOperator;
import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLException;

/**
 * A broker in a test: it speaks the protocol over a socket, keeps what it is sent in lists, checks
 * sequences as a broker does, and does wrong when it is told to.
 */
final class FakeBroker implements AutoCloseable {

  /** What happens to one produce request. */
  enum Fate {
    STORE,
    /** Stored and never answered: the connection ends. */
    STORE_AND_HANG_UP,
    /** The connection ends before anything is stored. */
    HANG_UP,
    /** Refused with {@link FakeBroker#refusal}. */
    REFUSE,
    /** Never answered, and the connection stays. */
    SILENCE,
    /** Stored, and answered only after {@link FakeBroker#lateMs}. */
    LATE,
    /** Stored; the connection ends in the midst of the answer. */
    CUT
  }

  /** Decides what happens to produce requests. */
  interface Plan {
    Fate fate(int request, ProduceRequest what);
  }

  /** A record as it was stored. */
  record Stored(String key, String value, long timestamp, int headers) {}

  /** A produce request, and when it came. */
  record Came(int node, int batches, int records, long nanos, short acks) {}

  /** Wants metrics. */
  interface Telemetry {
    GetTelemetrySubscriptionsResponse subscriptions(GetTelemetrySubscriptionsRequest request);

    PushTelemetryResponse push(PushTelemetryRequest request);
  }

  /** Believes who is asking, or not. */
  interface Door {
    SaslAuthenticateResponse authenticate(byte[] bytes);
  }

  /** What is known of who is at the other end. */
  private static final class Guest {
    final int node;
    boolean known;
    boolean named;

    Guest(int node) {
      this.node = node;
    }
  }

  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private final List<ServerSocket> servers = new CopyOnWriteArrayList<>();
  private final ServerSocketFactory sockets;
  private final List<Integer> ports = new ArrayList<>();
  private final Map<String, Integer> topics = new ConcurrentHashMap<>();
  private final Map<String, List<Stored>> logs = new ConcurrentHashMap<>();
  private final Map<String, Integer> nextSequences = new HashMap<>();
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicLong producerIds = new AtomicLong(1000);

  /** Who has asked: the client ids of all requests. */
  final Set<String> clients = ConcurrentHashMap.newKeySet();

  final List<Came> came = new CopyOnWriteArrayList<>();
  final AtomicInteger metadataRequests = new AtomicInteger();
  final AtomicInteger idRequests = new AtomicInteger();
  volatile Plan plan = (request, what) -> Fate.STORE;
  volatile ErrorCode refusal = ErrorCode.NOT_ENOUGH_REPLICAS;
  volatile boolean createsTopics;
  volatile int lateMs = 100;

  /** How the next metadata requests are refused, each topic of them. */
  final Queue<ErrorCode> metadataRefusals = new ConcurrentLinkedQueue<>();

  /** How the next requests for a producer id are refused. */
  final Queue<ErrorCode> idRefusals = new ConcurrentLinkedQueue<>();

  /** How the next metadata requests are refused as a whole. */
  final Queue<ErrorCode> wholeRefusals = new ConcurrentLinkedQueue<>();

  /** The node that leads every partition, given how many metadata requests there were. */
  volatile IntUnaryOperator leader = requests -> 1;

  /** The only mechanism that is served. */
  volatile String mechanism = "PLAIN";

  /** Null for a broker that asks nobody. */
  volatile Door door;

  /** Null for a broker that wants no metrics. */
  volatile Telemetry telemetry;

  /** What the next produce requests are said to be held back for. */
  final Queue<Integer> throttleMs = new ConcurrentLinkedQueue<>();

  final AtomicInteger authentications = new AtomicInteger();
  final AtomicInteger connects = new AtomicInteger();

  /** Which record of a refused batch is at fault; -1 if the broker does not say. */
  volatile int wrongRecord = -1;

  /** Topics of which nothing is stored: refused with {@link #refusal}. */
  volatile Set<String> refused = Set.of();

  FakeBroker() throws IOException {
    this(1, ServerSocketFactory.getDefault());
  }

  /** Several nodes, from 1 on, with one log between them. */
  FakeBroker(int nodes, ServerSocketFactory sockets) throws IOException {
    this.sockets = sockets;
    for (int i = 0; i < nodes; i++) {
      ServerSocket server = sockets.createServerSocket(0, 50, LOOPBACK);
      ports.add(server.getLocalPort());
      servers.add(server);
      int node = i + 1;
      start(() -> accept(server, node));
    }
  }

  /** Nobody answers any more, and every connection ends. */
  void vanish() throws IOException {
    for (ServerSocket server : servers) {
      server.close();
    }
    servers.clear();
    hangUp();
  }

  /** It is there again, where it was. */
  void comeBack() throws IOException {
    for (int i = 0; i < ports.size(); i++) {
      ServerSocket server = sockets.createServerSocket();
      server.setReuseAddress(true);
      server.bind(new InetSocketAddress(LOOPBACK, ports.get(i)));
      servers.add(server);
      int node = i + 1;
      start(() -> accept(server, node));
    }
  }

  int port() {
    return ports.get(0);
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "fake-broker");
    thread.setDaemon(true);
    thread.start();
  }

  String address() {
    return "127.0.0.1:" + ports.get(0);
  }

  FakeBroker topic(String name, int partitions) {
    topics.put(name, partitions);
    return this;
  }

  /** The brokers no longer know a topic. */
  void forget(String name) {
    topics.remove(name);
  }

  /** What is stored in a partition. */
  List<Stored> log(String topic, int partition) {
    return logs.getOrDefault(topic + "-" + partition, List.of());
  }

  /** How many connections there are. */
  int connected() {
    return connections.size();
  }

  /** Ends every connection there is. */
  void hangUp() {
    for (Socket socket : connections) {
      closeQuietly(socket);
    }
  }

  private void accept(ServerSocket server, int node) {
    try {
      while (true) {
        Socket socket = server.accept();
        connections.add(socket);
        if (server.isClosed()) {
          // It came while everybody was sent away.
          closeQuietly(socket);
        }
        connects.incrementAndGet();
        start(() -> serve(socket, new Guest(node)));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(Socket socket, Guest guest) {
    try (socket) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      while (true) {
        int size = in.readInt();
        if (size < 0 || size > 10_000_000) {
          throw new SocketException("no request of Kafka's protocol");
        }
        byte[] bytes = new byte[size];
        in.readFully(bytes);
        Frame.Request request = Frame.readRequest(new WireReader(ByteBuffer.wrap(bytes)));
        clients.add(String.valueOf(request.header().clientId));
        Fate fate =
            request.key() == ApiKey.PRODUCE
                ? plan.fate(requests.getAndIncrement(), (ProduceRequest) request.body())
                : Fate.STORE;
        Message answer = answer(request, guest, fate);
        if (fate == Fate.LATE) {
          LockSupport.parkNanos(lateMs * 1_000_000L);
        }
        if (answer == null) {
          continue;
        }
        ByteBuffer frame =
            Frame.ofResponse(
                    request.key(),
                    request.header().requestApiVersion,
                    request.header().correlationId,
                    answer)
                .toBuffer();
        byte[] packed = new byte[frame.remaining()];
        frame.get(packed);
        out.write(packed, 0, fate == Fate.CUT ? packed.length / 2 : packed.length);
        if (fate == Fate.CUT) {
          throw new SocketException("cut");
        }
      }
    } catch (EOFException | SocketException | SSLException e) {
      // The other side, or the plan, has hung up.
    } catch (IOException e) {
      e.printStackTrace();
    } finally {
      connections.remove(socket);
    }
  }

  private Message answer(Frame.Request request, Guest guest, Fate fate) throws IOException {
    boolean asks = door != null;
    boolean mayGoOn = !asks || guest.known && !guest.named;
    return switch (request.key()) {
      case API_VERSIONS -> versions(asks);
      case SASL_HANDSHAKE -> handshake((SaslHandshakeRequest) request.body(), guest);
      case SASL_AUTHENTICATE -> authenticate((SaslAuthenticateRequest) request.body(), guest);
      case METADATA -> metadata((MetadataRequest) request.body(), requireKnown(mayGoOn));
      case INIT_PRODUCER_ID -> id((InitProducerIdRequest) request.body(), requireKnown(mayGoOn));
      case PRODUCE -> produce((ProduceRequest) request.body(), guest, fate, requireKnown(mayGoOn));
      case GET_TELEMETRY_SUBSCRIPTIONS ->
          telemetry.subscriptions((GetTelemetrySubscriptionsRequest) request.body());
      case PUSH_TELEMETRY -> telemetry.push((PushTelemetryRequest) request.body());
      default -> throw new SocketException("not served: " + request.key());
    };
  }

  private static boolean requireKnown(boolean mayGoOn) throws SocketException {
    if (!mayGoOn) {
      throw new SocketException("who is it?");
    }
    return true;
  }

  private Message handshake(SaslHandshakeRequest request, Guest guest) {
    SaslHandshakeResponse response = new SaslHandshakeResponse();
    if (door == null) {
      response.errorCode = ErrorCode.ILLEGAL_SASL_STATE.code();
    } else if (!request.mechanism.equals(mechanism)) {
      response.errorCode = ErrorCode.UNSUPPORTED_SASL_MECHANISM.code();
      response.mechanisms.add(mechanism);
    } else {
      guest.named = true;
    }
    return response;
  }

  private Message authenticate(SaslAuthenticateRequest request, Guest guest)
      throws SocketException {
    if (!guest.named) {
      throw new SocketException("by which mechanism?");
    }
    byte[] bytes = new byte[request.authBytes.remaining()];
    request.authBytes.get(bytes);
    SaslAuthenticateResponse response = door.authenticate(bytes);
    if (response.errorCode == 0 && !response.authBytes.hasRemaining()) {
      guest.known = true;
      guest.named = false;
      authentications.incrementAndGet();
    }
    return response;
  }

  private ApiVersionsResponse versions(boolean asks) {
    ApiVersionsResponse response = new ApiVersionsResponse();
    for (ApiKey key :
        List.of(
            ApiKey.API_VERSIONS,
            ApiKey.METADATA,
            ApiKey.INIT_PRODUCER_ID,
            ApiKey.PRODUCE,
            ApiKey.SASL_HANDSHAKE,
            ApiKey.SASL_AUTHENTICATE,
            ApiKey.GET_TELEMETRY_SUBSCRIPTIONS,
            ApiKey.PUSH_TELEMETRY)) {
      if (telemetry == null
          && (key == ApiKey.GET_TELEMETRY_SUBSCRIPTIONS || key == ApiKey.PUSH_TELEMETRY)) {
        continue;
      }
      if (!asks && (key == ApiKey.SASL_HANDSHAKE || key == ApiKey.SASL_AUTHENTICATE)) {
        continue;
      }
      ApiVersionsResponse.ApiVersion one = new ApiVersionsResponse.ApiVersion();
      one.apiKey = key.id();
      one.minVersion = key.lowestVersion();
      int most = key == ApiKey.API_VERSIONS ? 3 : key == ApiKey.METADATA ? 13 : 12;
      one.maxVersion = (short) Math.min(key.highestVersion(), most);
      response.apiKeys.add(one);
    }
    return response;
  }

  private MetadataResponse metadata(MetadataRequest request, boolean known) {
    int count = metadataRequests.incrementAndGet();
    MetadataResponse response = new MetadataResponse();
    ErrorCode whole = wholeRefusals.poll();
    if (whole != null) {
      response.errorCode = whole.code();
      return response;
    }
    for (int i = 0; i < ports.size(); i++) {
      MetadataResponse.MetadataResponseBroker broker =
          new MetadataResponse.MetadataResponseBroker();
      broker.nodeId = i + 1;
      broker.host = "127.0.0.1";
      broker.port = ports.get(i);
      response.brokers.add(broker);
    }
    ErrorCode refused = metadataRefusals.poll();
    for (MetadataRequest.MetadataRequestTopic wanted : request.topics) {
      MetadataResponse.MetadataResponseTopic topic = new MetadataResponse.MetadataResponseTopic();
      topic.name = wanted.name;
      Integer partitions = topics.get(wanted.name);
      if (refused != null) {
        topic.errorCode = refused.code();
      } else if (partitions == null) {
        topic.errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code();
        if (createsTopics) {
          topics.put(wanted.name, 1);
        }
      } else {
        for (int i = 0; i < partitions; i++) {
          MetadataResponse.MetadataResponsePartition one =
              new MetadataResponse.MetadataResponsePartition();
          one.partitionIndex = i;
          one.leaderId = leader.applyAsInt(count);
          one.leaderEpoch = count;
          topic.partitions.add(one);
        }
      }
      response.topics.add(topic);
    }
    return response;
  }

  private InitProducerIdResponse id(InitProducerIdRequest request, boolean known) {
    idRequests.incrementAndGet();
    InitProducerIdResponse response = new InitProducerIdResponse();
    ErrorCode refused = idRefusals.poll();
    if (refused != null && refused != ErrorCode.NONE) {
      response.errorCode = refused.code();
      return response;
    }
    if (request.producerId >= 0) {
      response.producerId = request.producerId;
      response.producerEpoch = (short) (request.producerEpoch + 1);
    } else {
      response.producerId = producerIds.incrementAndGet();
      response.producerEpoch = 0;
    }
    return response;
  }

  private Message produce(ProduceRequest request, Guest guest, Fate fate, boolean known)
      throws IOException {
    int records = 0;
    int batches = 0;
    for (ProduceRequest.TopicProduceData topic : request.topicData) {
      for (ProduceRequest.PartitionProduceData data : topic.partitionData) {
        batches++;
        records += RecordBatch.recordCount(((BufferPayload) data.records).buffer(), 0);
      }
    }
    came.add(new Came(guest.node, batches, records, System.nanoTime(), request.acks));
    switch (fate) {
      case HANG_UP -> throw new SocketException("hung up");
      case SILENCE -> {
        return null;
      }
      default -> {}
    }
    ProduceResponse response = new ProduceResponse();
    Integer throttled = throttleMs.poll();
    response.throttleTimeMs = throttled == null ? 0 : throttled;
    for (ProduceRequest.TopicProduceData topic : request.topicData) {
      ProduceResponse.TopicProduceResponse of = new ProduceResponse.TopicProduceResponse();
      of.name = topic.name;
      response.responses.add(of);
      for (ProduceRequest.PartitionProduceData data : topic.partitionData) {
        ProduceResponse.PartitionProduceResponse one =
            new ProduceResponse.PartitionProduceResponse();
        one.index = data.index;
        one.baseOffset = -1;
        of.partitionResponses.add(one);
        if (fate == Fate.REFUSE || refused.contains(topic.name)) {
          one.errorCode = refusal.code();
          if (wrongRecord >= 0) {
            ProduceResponse.BatchIndexAndErrorMessage wrong =
                new ProduceResponse.BatchIndexAndErrorMessage();
            wrong.batchIndex = wrongRecord;
            wrong.batchIndexErrorMessage = "it is wrong by itself";
            one.recordErrors.add(wrong);
          }
        } else if (leader.applyAsInt(metadataRequests.get()) != guest.node) {
          one.errorCode = ErrorCode.NOT_LEADER_OR_FOLLOWER.code();
        } else {
          store(topic.name + "-" + data.index, ((BufferPayload) data.records).buffer(), one);
        }
      }
    }
    if (fate == Fate.STORE_AND_HANG_UP) {
      throw new SocketException("hung up");
    }
    return request.acks == 0 ? null : response;
  }

  private synchronized void store(
      String partition, ByteBuffer bytes, ProduceResponse.PartitionProduceResponse one) {
    RecordBatch batch = RecordBatch.at(bytes, 0);
    if (!batch.hasValidCrc()) {
      one.errorCode = ErrorCode.CORRUPT_MESSAGE.code();
      return;
    }
    List<Stored> log = logs.computeIfAbsent(partition, p -> new CopyOnWriteArrayList<>());
    if (batch.producerId() >= 0) {
      String id = partition + "/" + batch.producerId() + "/" + batch.producerEpoch();
      int expected = nextSequences.getOrDefault(id, 0);
      if (batch.baseSequence() < expected) {
        one.errorCode = ErrorCode.DUPLICATE_SEQUENCE_NUMBER.code();
        return;
      }
      if (batch.baseSequence() > expected) {
        one.errorCode = ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER.code();
        return;
      }
      nextSequences.put(id, expected + batch.recordCount());
    }
    one.baseOffset = log.size();
    List<Stored> added = new ArrayList<>();
    try (var reader = batch.records(1 << 26)) {
      for (Record record : reader) {
        added.add(
            new Stored(
                text(record.key()),
                text(record.value()),
                record.timestamp(),
                record.headers().size()));
      }
    }
    log.addAll(added);
  }

  private static String text(ByteBuffer bytes) {
    return bytes == null ? null : StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
  }

  private static void closeQuietly(AutoCloseable what) {
    try {
      what.close();
    } catch (Exception e) {
      // It is gone either way.
    }
  }

  @Override
  public void close() throws IOException {
    vanish();
  }
}
