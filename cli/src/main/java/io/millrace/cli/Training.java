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
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sun.misc.Signal;

/**
 * {@code millrace train ROLE}: does once what a role does and ends. The launcher runs it to find
 * out which classes the role loads, and keeps them in an archive, so that the next start is quick.
 *
 * <pre>
 * start   a broker that is started, used as a client would, stopped, and started again
 * other   commands that ask a broker
 * </pre>
 */
final class Training {

  /** A training that hangs must not stay for ever: it ends without an archive. */
  private static final Duration LONGEST = Duration.ofSeconds(60);

  /** What a client would use first. */
  private static final List<List<String>> COMMANDS =
      List.of(
          List.of("--help"),
          List.of("topic", "create", "train", "--partitions", "2"),
          List.of("topic", "list"),
          List.of("topic", "describe", "train"),
          List.of("produce", "train"),
          List.of("consume", "train", "--from", "earliest", "--until-end"),
          List.of("group", "list"),
          List.of("topic", "delete", "train"));

  private int correlationId;

  private Training() {}

  /** Runs it; the exit status. */
  static int run(String role) {
    endIfItHangs();
    try {
      Path directory = Files.createTempDirectory("millrace-train");
      try {
        switch (role) {
          case "start" -> new Training().start(directory);
          case "other" -> new Training().other(directory);
          default -> throw new IOException("there is no role " + role);
        }
      } finally {
        delete(directory);
      }
      return Exit.DONE;
    } catch (IOException e) {
      System.err.println("millrace: training failed: " + e);
      return Exit.REFUSED;
    }
  }

  private static void endIfItHangs() {
    Thread watch =
        new Thread(
            () -> {
              LockSupport.parkNanos(LONGEST.toNanos());
              Runtime.getRuntime().halt(Exit.TIMED_OUT);
            },
            "millrace-training-watch");
    watch.setDaemon(true);
    watch.start();
  }

  /**
   * Once with a new directory, once with one that there is, and once with one as a crash would
   * leave it: recovery has a journal to replay then.
   */
  private void start(Path directory) throws IOException {
    Path data = directory.resolve("data");
    Path crashed = directory.resolve("crashed");
    for (int i = 0; i < 3; i++) {
      Path ready = directory.resolve("ready" + i);
      boolean copies = i == 1;
      AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
      Thread client =
          new Thread(
              () -> {
                try {
                  useWhenReady(ready);
                  if (copies) {
                    copy(data, crashed);
                  }
                } catch (IOException e) {
                  failure.set(e);
                } finally {
                  Signal.raise(new Signal("TERM"));
                }
              },
              "millrace-training-client");
      client.setDaemon(true);
      client.start();
      int status =
          StartCommand.run(
              List.of(
                  "--data=" + (i == 2 ? crashed : data),
                  "--kafka=127.0.0.1:0",
                  "--ready-file=" + ready));
      IOException failed = failure.get();
      if (failed != null) {
        throw failed;
      }
      if (status != Exit.DONE) {
        throw new IOException("start ended with status " + status);
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path copy = to.resolve(from.relativize(file));
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    }
  }

  private void useWhenReady(Path ready) throws IOException {
    while (!Files.exists(ready)) {
      LockSupport.parkNanos(5_000_000);
    }
    String json = Files.readString(ready);
    int begin = json.indexOf("\"kafka\":\"") + "\"kafka\":\"".length();
    String address = json.substring(begin, json.indexOf('"', begin));
    int colon = address.lastIndexOf(':');
    try (Socket socket =
        new Socket(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)))) {
      use(socket);
    }
  }

  /** A command that fails has loaded most of what it needs all the same. */
  private void other(Path directory) throws IOException {
    Path lines = directory.resolve("lines");
    Files.writeString(lines, "first\nsecond\n");
    try (Millrace millrace = Millrace.start();
        InputStream in = Files.newInputStream(lines)) {
      System.setIn(in);
      for (List<String> command : COMMANDS) {
        List<String> words = new ArrayList<>(command);
        if (command.size() > 1) {
          words.addAll(List.of("--server", millrace.kafka()));
        }
        Main.runOther(words);
      }
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
