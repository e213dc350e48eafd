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
import io.millrace.wire.message.InitProducerIdRequest;
import io.millrace.wire.message.InitProducerIdResponse;
import io.millrace.wire.message.MetadataRequest;
import io.millrace.wire.message.MetadataResponse;
import io.millrace.wire.message.ProduceRequest;
import io.millrace.wire.message.ProduceResponse;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

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
    SILENCE
  }

  /** Decides what happens to produce requests. */
  interface Plan {
    Fate fate(int request, ProduceRequest what);
  }

  /** A record as it was stored. */
  record Stored(String key, String value, long timestamp, int headers) {}

  /** A produce request, and when it came. */
  record Came(int batches, int records, long nanos, short acks) {}

  private final ServerSocket server;
  private final Map<String, Integer> topics = new ConcurrentHashMap<>();
  private final Map<String, List<Stored>> logs = new ConcurrentHashMap<>();
  private final Map<String, Integer> nextSequences = new HashMap<>();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicLong producerIds = new AtomicLong(1000);
  final List<Came> came = new CopyOnWriteArrayList<>();
  final AtomicInteger metadataRequests = new AtomicInteger();
  final AtomicInteger idRequests = new AtomicInteger();
  volatile Plan plan = (request, what) -> Fate.STORE;
  volatile ErrorCode refusal = ErrorCode.NOT_ENOUGH_REPLICAS;
  volatile boolean createsTopics;

  FakeBroker() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "fake-broker");
    thread.setDaemon(true);
    thread.start();
  }

  String address() {
    return "127.0.0.1:" + server.getLocalPort();
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

  /** Ends every connection there is. */
  void hangUp() {
    for (Socket socket : sockets) {
      closeQuietly(socket);
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        sockets.add(socket);
        start(() -> serve(socket));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      while (true) {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        Frame.Request request = Frame.readRequest(new WireReader(ByteBuffer.wrap(bytes)));
        Message answer = answer(request);
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
        out.write(packed);
      }
    } catch (EOFException | SocketException e) {
      // The other side, or the plan, has hung up.
    } catch (IOException e) {
      e.printStackTrace();
    } finally {
      sockets.remove(socket);
    }
  }

  private Message answer(Frame.Request request) throws IOException {
    return switch (request.key()) {
      case API_VERSIONS -> versions();
      case METADATA -> metadata((MetadataRequest) request.body());
      case INIT_PRODUCER_ID -> id((InitProducerIdRequest) request.body());
      case PRODUCE -> produce((ProduceRequest) request.body());
      default -> throw new SocketException("not served: " + request.key());
    };
  }

  private static ApiVersionsResponse versions() {
    ApiVersionsResponse response = new ApiVersionsResponse();
    for (ApiKey key :
        List.of(ApiKey.API_VERSIONS, ApiKey.METADATA, ApiKey.INIT_PRODUCER_ID, ApiKey.PRODUCE)) {
      ApiVersionsResponse.ApiVersion one = new ApiVersionsResponse.ApiVersion();
      one.apiKey = key.id();
      one.minVersion = key.lowestVersion();
      one.maxVersion = (short) Math.min(key.highestVersion(), key == ApiKey.API_VERSIONS ? 3 : 12);
      response.apiKeys.add(one);
    }
    return response;
  }

  private MetadataResponse metadata(MetadataRequest request) {
    metadataRequests.incrementAndGet();
    MetadataResponse response = new MetadataResponse();
    MetadataResponse.MetadataResponseBroker broker = new MetadataResponse.MetadataResponseBroker();
    broker.nodeId = 1;
    broker.host = "127.0.0.1";
    broker.port = server.getLocalPort();
    response.brokers.add(broker);
    for (MetadataRequest.MetadataRequestTopic wanted : request.topics) {
      MetadataResponse.MetadataResponseTopic topic = new MetadataResponse.MetadataResponseTopic();
      topic.name = wanted.name;
      Integer partitions = topics.get(wanted.name);
      if (partitions == null) {
        topic.errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code();
        if (createsTopics) {
          topics.put(wanted.name, 1);
        }
      } else {
        for (int i = 0; i < partitions; i++) {
          MetadataResponse.MetadataResponsePartition one =
              new MetadataResponse.MetadataResponsePartition();
          one.partitionIndex = i;
          one.leaderId = 1;
          one.leaderEpoch = 0;
          topic.partitions.add(one);
        }
      }
      response.topics.add(topic);
    }
    return response;
  }

  private InitProducerIdResponse id(InitProducerIdRequest request) {
    idRequests.incrementAndGet();
    InitProducerIdResponse response = new InitProducerIdResponse();
    if (request.producerId >= 0) {
      response.producerId = request.producerId;
      response.producerEpoch = (short) (request.producerEpoch + 1);
    } else {
      response.producerId = producerIds.incrementAndGet();
      response.producerEpoch = 0;
    }
    return response;
  }

  private Message produce(ProduceRequest request) throws IOException {
    int records = 0;
    int batches = 0;
    for (ProduceRequest.TopicProduceData topic : request.topicData) {
      for (ProduceRequest.PartitionProduceData data : topic.partitionData) {
        batches++;
        records += RecordBatch.recordCount(((BufferPayload) data.records).buffer(), 0);
      }
    }
    Fate fate = plan.fate(requests.getAndIncrement(), request);
    came.add(new Came(batches, records, System.nanoTime(), request.acks));
    switch (fate) {
      case HANG_UP -> throw new SocketException("hung up");
      case SILENCE -> {
        return null;
      }
      default -> {}
    }
    ProduceResponse response = new ProduceResponse();
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
        if (fate == Fate.REFUSE) {
          one.errorCode = refusal.code();
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
    server.close();
    hangUp();
  }
}
