package io.millrace.cli;

import io.millrace.record.Record;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.server.Millrace;
import io.millrace.wire.ApiKey;
import io.millrace.wire.BufferPayload;
import io.millrace.wire.Frame;
import io.millrace.wire.Message;
import io.millrace.wire.WireReader;
import io.millrace.wire.message.ApiVersionsRequest;
import io.millrace.wire.message.CreateTopicsRequest;
import io.millrace.wire.message.FetchRequest;
import io.millrace.wire.message.FindCoordinatorRequest;
import io.millrace.wire.message.InitProducerIdRequest;
import io.millrace.wire.message.ListOffsetsRequest;
import io.millrace.wire.message.MetadataRequest;
import io.millrace.wire.message.ProduceRequest;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code millrace train}: uses a broker once, as a client would, and ends. The launcher runs it
 * after a build to find out which classes a broker loads, and keeps them in an archive, so that the
 * next start is quick.
 */
final class Training {

  private int correlationId;

  private Training() {}

  /** Runs it; the exit status. */
  static int run() {
    try {
      new Training().train();
      return Exit.DONE;
    } catch (IOException e) {
      System.err.println("millrace: training failed: " + e);
      return Exit.REFUSED;
    }
  }

  private void train() throws IOException {
    Path data = Files.createTempDirectory("millrace-train");
    try (Millrace millrace = Millrace.in(data).start()) {
      String[] address = millrace.kafka().split(":");
      try (Socket socket = new Socket(address[0], Integer.parseInt(address[1]))) {
        use(socket);
      }
    } finally {
      delete(data);
    }
  }

  private void use(Socket socket) throws IOException {
    ask(socket, ApiKey.API_VERSIONS, 3, new ApiVersionsRequest());
    CreateTopicsRequest create = new CreateTopicsRequest();
    CreateTopicsRequest.CreatableTopic topic = new CreateTopicsRequest.CreatableTopic();
    topic.name = "train";
    topic.numPartitions = 1;
    topic.replicationFactor = 1;
    create.topics.add(topic);
    ask(socket, ApiKey.CREATE_TOPICS, 7, create);
    MetadataRequest metadata = new MetadataRequest();
    metadata.topics = null;
    ask(socket, ApiKey.METADATA, 12, metadata);
    InitProducerIdRequest init = new InitProducerIdRequest();
    init.transactionalId = null;
    ask(socket, ApiKey.INIT_PRODUCER_ID, 4, init);
    produce(socket, 10);
    produce(socket, 50_000);
    fetch(socket);
    ListOffsetsRequest offsets = new ListOffsetsRequest();
    ListOffsetsRequest.ListOffsetsTopic wanted = new ListOffsetsRequest.ListOffsetsTopic();
    wanted.name = "train";
    wanted.partitions.add(new ListOffsetsRequest.ListOffsetsPartition());
    offsets.topics.add(wanted);
    ask(socket, ApiKey.LIST_OFFSETS, 7, offsets);
    FindCoordinatorRequest coordinator = new FindCoordinatorRequest();
    coordinator.coordinatorKeys.add("train");
    ask(socket, ApiKey.FIND_COORDINATOR, 4, coordinator);
  }

  private void produce(Socket socket, int bytes) throws IOException {
    ByteBuffer batch =
        new RecordBatchBuilder()
            .append(
                new Record(
                    0,
                    System.currentTimeMillis(),
                    ByteBuffer.wrap("key".getBytes(StandardCharsets.UTF_8)),
                    ByteBuffer.wrap(new byte[bytes]),
                    List.of()))
            .build();
    ProduceRequest produce = new ProduceRequest();
    produce.acks = -1;
    ProduceRequest.TopicProduceData topic = new ProduceRequest.TopicProduceData();
    topic.name = "train";
    ProduceRequest.PartitionProduceData partition = new ProduceRequest.PartitionProduceData();
    partition.records = new BufferPayload(batch);
    topic.partitionData.add(partition);
    produce.topicData.add(topic);
    ask(socket, ApiKey.PRODUCE, 9, produce);
  }

  private void fetch(Socket socket) throws IOException {
    FetchRequest fetch = new FetchRequest();
    fetch.maxWaitMs = 1;
    FetchRequest.FetchTopic topic = new FetchRequest.FetchTopic();
    topic.topic = "train";
    FetchRequest.FetchPartition partition = new FetchRequest.FetchPartition();
    partition.partitionMaxBytes = 1 << 20;
    topic.partitions.add(partition);
    fetch.topics.add(topic);
    ask(socket, ApiKey.FETCH, 12, fetch);
  }

  private void ask(Socket socket, ApiKey key, int version, Message request) throws IOException {
    Frame frame = Frame.ofRequest(key, (short) version, ++correlationId, "train", request);
    ByteBuffer bytes = frame.toBuffer();
    byte[] sent = new byte[bytes.remaining()];
    bytes.get(sent);
    socket.getOutputStream().write(sent);
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] received = new byte[in.readInt()];
    in.readFully(received);
    Frame.readResponse(new WireReader(ByteBuffer.wrap(received)), key, (short) version);
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(file -> {
            try {
              Files.delete(file);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }
}
