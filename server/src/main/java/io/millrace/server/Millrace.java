package io.millrace.server;

import io.millrace.broker.Broker;
import io.millrace.broker.setting.BrokerTable;
import io.millrace.broker.setting.SettingValues;
import io.millrace.broker.topic.NewTopic;
import io.millrace.kafka.ApiTable;
import io.millrace.kafka.Connections;
import io.millrace.kafka.Door;
import io.millrace.kafka.KafkaPort;
import io.millrace.kafka.Node;
import io.millrace.log.Disk;
import io.millrace.log.LocalDisk;
import io.millrace.log.LogId;
import io.millrace.log.MemoryDisk;
import io.millrace.shard.Clock;
import io.millrace.shard.Surroundings;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A broker in this process.
 *
 * <pre>{@code
 * try (var millrace = Millrace.start()) {              // in memory, on free ports
 *   props.put("bootstrap.servers", millrace.kafka());
 * }
 * try (var millrace = Millrace.in(Path.of("data")).kafka("127.0.0.1:9092").start()) { ... }
 * }</pre>
 *
 * <p>When {@code start} returns, recovery is done and a produce with acks=all would succeed.
 * Closing it answers what is under way and, in a directory, makes a checkpoint.
 *
 * <p><b>In memory</b> everything works as on disk and is gone with the broker. What it holds is
 * bounded ({@link Builder#memoryBytes}): a produce beyond is refused, as on a disk that is nearly
 * full. A consumer group is balanced without the usual wait for more members ({@code
 * group.initial.rebalance.delay.ms=0}).
 *
 * <p><b>When something goes wrong</b> is for a test to say: {@link #faults}.
 *
 * <p>This version serves Kafka clients only; an address for AMQP and one for administration will
 * come with those doors.
 */
public final class Millrace implements AutoCloseable {

  private static final long MEMORY_BYTES_MAX = 256L << 20;

  /** A broker in memory takes this part of the heap if nobody says otherwise. */
  private static final int MEMORY_SHARE_OF_HEAP = 4;

  private static final long LOOPS_STOP_MS = 2000;
  private static final long BACKGROUND_STOP_MS = 10_000;

  private final @Nullable DataDirectory directory;
  private final Broker broker;
  private final EventLoopGroup loops;
  private final ExecutorService background;
  private final KafkaDoor kafkaDoor;
  private final Node node;
  private final CompletableFuture<Throwable> failed;
  private boolean closed;

  /** The open ports and what came in by them. */
  private record KafkaDoor(List<KafkaPort> ports, Connections connections) {}

  private Millrace(
      @Nullable DataDirectory directory,
      Broker broker,
      EventLoopGroup loops,
      ExecutorService background,
      KafkaDoor kafkaDoor,
      Node node,
      CompletableFuture<Throwable> failed) {
    this.directory = directory;
    this.broker = broker;
    this.loops = loops;
    this.background = background;
    this.kafkaDoor = kafkaDoor;
    this.node = node;
    this.failed = failed;
  }

  /** Starts a broker in memory, on free ports of the loopback address. */
  public static Millrace start() {
    return new Builder(null).start();
  }

  /** A broker in memory that is still to be set up. */
  public static Builder inMemory() {
    return new Builder(null);
  }

  /** A broker over a data directory, which is made if it does not exist. */
  public static Builder in(Path data) {
    return new Builder(data);
  }

  /** What a broker is to be like. */
  public static final class Builder {
    private final @Nullable Path data;
    private @Nullable Path journals;
    private @Nullable List<String> kafka;
    private List<String> advertise = List.of();
    private boolean allowAnonymous;
    private static final long MEMORY_BYTES_MIN = 16L << 20;

    private long memoryBytes =
        Math.min(MEMORY_BYTES_MAX, Runtime.getRuntime().maxMemory() / MEMORY_SHARE_OF_HEAP);
    private final Map<String, String> set = new TreeMap<>();
    private @Nullable ReadyFile readyFile;

    private Builder(@Nullable Path data) {
      this.data = data;
    }

    /** Another directory for the journals, perhaps on another disk. */
    public Builder journals(Path directory) {
      journals = directory;
      return this;
    }

    /**
     * Addresses for Kafka clients: {@code host:port} or {@code NAME://host:port}, port 0 for a free
     * one; none for no door. Without this call the setting {@code listeners} says where, and
     * without that it is a free port of the loopback address.
     */
    public Builder kafka(String... addresses) {
      kafka = Arrays.asList(addresses);
      return this;
    }

    /**
     * The addresses that Kafka clients are told to come back to: one for each address for Kafka
     * clients, in the same order.
     */
    public Builder advertise(String... addresses) {
      advertise = Arrays.asList(addresses);
      return this;
    }

    /**
     * Most bytes that a broker in memory may hold, journal and all; of these it keeps a quarter
     * free. Of no effect on one in a directory.
     *
     * @param bytes at least 16 MiB: what is kept free must hold what is under way
     */
    public Builder memoryBytes(long bytes) {
      if (bytes < MEMORY_BYTES_MIN) {
        throw new IllegalArgumentException(
            "a broker in memory needs at least " + MEMORY_BYTES_MIN + " bytes, not " + bytes);
      }
      memoryBytes = bytes;
      return this;
    }

    /** Lets anyone in on addresses other than loopback. */
    public Builder allowAnonymous() {
      allowAnonymous = true;
      return this;
    }

    /** Sets a setting of the broker by its name. */
    public Builder set(String name, String value) {
      set.put(name, value);
      return this;
    }

    /**
     * A ready file that an earlier run may have left: removed as soon as the data directory is this
     * broker's. Writing it is for whoever starts the broker.
     */
    public Builder readyFile(ReadyFile file) {
      readyFile = file;
      return this;
    }

    /**
     * Starts the broker.
     *
     * @throws ConfigurationException if it cannot start as it is asked to
     */
    public Millrace start() {
      return Millrace.start(
          new Options(
              data,
              journals,
              kafka,
              advertise,
              allowAnonymous,
              memoryBytes,
              new TreeMap<>(set),
              readyFile));
    }
  }

  private static Millrace start(Options options) {
    SettingValues asked = options.settings();
    List<ListenerAddress> listeners = options.listeners(asked);
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      DataDirectory directory = null;
      Node node;
      SettingValues settings;
      if (options.data() == null) {
        node = new Node(1, newClusterId());
        settings = asked;
      } else {
        directory = DataDirectory.open(options.data(), options.journals(), () -> marks(asked));
        opened.add(directory);
        settings = withItsShards(directory, asked);
        node = new Node(Integer.parseInt(directory.meta("node")), directory.meta("cluster"));
      }
      if (options.readyFile() != null) {
        options.readyFile().removeStale();
      }
      CompletableFuture<Throwable> failed = new CompletableFuture<>();
      ExecutorService background = background();
      opened.add(() -> end(background));
      // Beside the recovery: it takes as long.
      CompletableFuture<EventLoopGroup> opening =
          CompletableFuture.supplyAsync(() -> loops(settings), background);
      opened.add(() -> opening.thenAccept(Millrace::stop).join());
      Broker broker =
          Broker.open(
              place(options, directory),
              settings,
              new Surroundings(Clock.SYSTEM, new SecureRandom(), background, failed::complete),
              UUID::randomUUID);
      opened.add(broker);
      EventLoopGroup loops = opening.join();
      Connections connections = new Connections(broker);
      ApiTable apis = new ApiTable(new Door(broker, node));
      List<KafkaPort> ports = new ArrayList<>();
      for (ListenerAddress listener : listeners) {
        HostPort told = listener.advertise();
        KafkaPort port =
            KafkaPort.open(
                listener.name(),
                listener.bind().resolved(),
                told == null ? null : told.unresolved(),
                apis,
                loops,
                connections);
        ports.add(port);
        opened.add(port);
      }
      return new Millrace(
          directory, broker, loops, background, new KafkaDoor(ports, connections), node, failed);
    } catch (IOException e) {
      closeAll(opened, e);
      throw new ConfigurationException(String.valueOf(e.getMessage()), e);
    } catch (RuntimeException | Error e) {
      closeAll(opened, e);
      throw e;
    }
  }

  private static String newClusterId() {
    return LogId.topicDirectory(UUID.randomUUID());
  }

  /** What a new data directory is marked with. */
  private static Map<String, String> marks(SettingValues settings) {
    Map<String, String> marks = new HashMap<>();
    marks.put("cluster", newClusterId());
    marks.put("node", "1");
    marks.put("shards", settings.text("num.shards"));
    return marks;
  }

  private static void closeAll(List<AutoCloseable> opened, Throwable why) {
    for (AutoCloseable part : opened.reversed()) {
      try {
        part.close();
      } catch (Exception e) {
        why.addSuppressed(e);
      }
    }
  }

  /** The settings, with as many shards as the directory was made with. */
  private static SettingValues withItsShards(DataDirectory directory, SettingValues settings) {
    requireSameShards(directory, settings);
    Map<String, String> set = new TreeMap<>(settings.set());
    set.put("num.shards", directory.meta("shards"));
    return new SettingValues(BrokerTable.TABLE, set);
  }

  private static void requireSameShards(DataDirectory directory, SettingValues settings) {
    if (settings.isSet("num.shards")
        && !settings.text("num.shards").equals(directory.meta("shards"))) {
      throw new ConfigurationException(
          "the data directory "
              + directory.path()
              + " was made with num.shards="
              + directory.meta("shards")
              + ", which cannot be changed to "
              + settings.text("num.shards"));
    }
  }

  private static Broker.Place place(Options options, @Nullable DataDirectory directory) {
    if (directory == null) {
      Disk memory = new MemoryDisk(options.memoryBytes());
      return new Broker.Place(memory, Path.of("/memory"), Path.of("/memory"));
    }
    Path journals = options.journals() == null ? directory.path() : options.journals();
    return new Broker.Place(new LocalDisk(), directory.path(), journals);
  }

  private static ExecutorService background() {
    return new ThreadPoolExecutor(
        0,
        16,
        5,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        new DefaultThreadFactory("millrace-background", true),
        new ThreadPoolExecutor.CallerRunsPolicy());
  }

  private static EventLoopGroup loops(SettingValues settings) {
    int threads = settings.int32("num.network.threads");
    if (threads == 0) {
      threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    }
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            threads, new DefaultThreadFactory("millrace-network", true), NioIoHandler.newFactory());
    KafkaPort.prepare(loops);
    return loops;
  }

  private static void stop(EventLoopGroup loops) {
    loops
        .shutdownGracefully(0, LOOPS_STOP_MS, TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(LOOPS_STOP_MS);
  }

  /** Waits for what runs: it may be writing to the data directory. */
  private static void end(ExecutorService background) {
    background.shutdown();
    boolean interrupted = false;
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BACKGROUND_STOP_MS);
    for (long left; (left = deadline - System.nanoTime()) > 0; ) {
      try {
        if (background.awaitTermination(left, TimeUnit.NANOSECONDS)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The address for Kafka clients, as host:port; the first, if there are several. */
  public String kafka() {
    if (kafkaDoor.ports.isEmpty()) {
      throw new IllegalStateException("this broker serves no Kafka clients");
    }
    return HostPort.text(kafkaDoor.ports.get(0).address());
  }

  /** All addresses for Kafka clients. */
  public List<InetSocketAddress> kafkaAddresses() {
    return kafkaDoor.ports.stream().map(KafkaPort::address).toList();
  }

  /** All listeners for Kafka clients, as {@code NAME://HOST:PORT}. */
  public List<String> kafkaListeners() {
    return kafkaDoor.ports.stream()
        .map(port -> port.listener().name() + "://" + HostPort.text(port.address()))
        .toList();
  }

  /** The cluster's id. */
  public String clusterId() {
    return node.clusterId();
  }

  public int nodeId() {
    return node.id();
  }

  /** Whether there is a topic of this name. */
  public boolean hasTopic(String name) {
    return broker.topics().find(name) != null;
  }

  /**
   * Makes a topic, with the settings that a new topic has.
   *
   * @throws IllegalStateException if it is refused; the message says why
   */
  public void createTopic(String name, int partitions) {
    createTopic(name, partitions, Map.of());
  }

  /**
   * Makes a topic. When this returns, every client sees it.
   *
   * @param settings of the topic, by name, as in {@code cleanup.policy}
   * @throws IllegalStateException if it is refused; the message says why
   */
  public void createTopic(String name, int partitions, Map<String, String> settings) {
    try {
      broker.topics().create(new NewTopic(name, partitions, -1, settings), false).join();
    } catch (CompletionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IllegalStateException(
          "topic " + name + " cannot be made: " + cause.getMessage(), cause);
    }
  }

  /**
   * Has requests go wrong from now on, in place of what an earlier call asked for: for tests of
   * what a program does when its broker is slow, refuses, or is gone in the middle. Of several
   * faults that fit a request, the first that is not used up happens.
   *
   * <pre>{@code
   * try (var faults = millrace.faults(Fault.dropAnswer(ApiKey.PRODUCE).times(1))) {
   *   producer.send(record).get();                        // sent twice, stored once
   *   assertThat(faults.happened()).isEqualTo(1);
   * }
   * }</pre>
   *
   * @return takes the faults away when it is closed
   */
  public Faults faults(Fault... faults) {
    Faults installed = new Faults(Arrays.asList(faults), kafkaDoor.connections);
    installed.install();
    return installed;
  }

  /** Completes with the cause if the broker had to stop by itself. */
  public CompletableFuture<Throwable> failed() {
    return failed.copy();
  }

  /**
   * Stops: takes no more connections and no more requests, answers those under way ({@code
   * stop.timeout.ms} at most), and makes a checkpoint. Everything that was acknowledged is there at
   * the next start, whether or not this is called.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    kafkaDoor.ports.forEach(KafkaPort::close);
    kafkaDoor.connections.finish(broker.settings().number("stop.timeout.ms"));
    stop(loops);
    broker.close();
    end(background);
    if (directory != null) {
      directory.close();
    }
  }
}
