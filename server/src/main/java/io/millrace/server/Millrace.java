package io.millrace.server;

import io.millrace.broker.Broker;
import io.millrace.broker.setting.BrokerTable;
import io.millrace.broker.setting.SettingValues;
import io.millrace.kafka.ApiTable;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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
 * Closing it answers what is under way and makes a checkpoint.
 */
public final class Millrace implements AutoCloseable {

  private static final long MEMORY_BYTES = 1L << 40;
  private static final long STOP_MS = 2000;

  private final @Nullable DataDirectory directory;
  private final Broker broker;
  private final EventLoopGroup loops;
  private final ExecutorService background;
  private final List<KafkaPort> kafkaPorts;
  private final Node node;
  private final CompletableFuture<Throwable> failed;
  private boolean closed;

  private Millrace(
      @Nullable DataDirectory directory,
      Broker broker,
      EventLoopGroup loops,
      ExecutorService background,
      List<KafkaPort> kafkaPorts,
      Node node,
      CompletableFuture<Throwable> failed) {
    this.directory = directory;
    this.broker = broker;
    this.loops = loops;
    this.background = background;
    this.kafkaPorts = kafkaPorts;
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
    private List<HostPort> kafka = List.of(new HostPort("127.0.0.1", 0));
    private @Nullable HostPort advertise;
    private boolean allowAnonymous;
    private final Map<String, String> set = new TreeMap<>();

    private Builder(@Nullable Path data) {
      this.data = data;
    }

    /** Another directory for the journals, perhaps on another disk. */
    public Builder journals(Path directory) {
      journals = directory;
      return this;
    }

    /** Addresses for Kafka clients: {@code host:port}, port 0 for a free one; none for no door. */
    public Builder kafka(String... addresses) {
      List<HostPort> parsed = new ArrayList<>();
      for (String address : addresses) {
        parsed.add(HostPort.parse("the address for Kafka", address));
      }
      kafka = parsed;
      return this;
    }

    /** The address that Kafka clients are told to come back to. */
    public Builder advertise(String address) {
      advertise = HostPort.parse("the advertised address", address);
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
     * Starts the broker.
     *
     * @throws ConfigurationException if it cannot start as it is asked to
     */
    public Millrace start() {
      return Millrace.start(new Options(data, journals, kafka, advertise, allowAnonymous, set));
    }
  }

  private static Millrace start(Options options) {
    SettingValues settings = options.settings();
    options.requireSafe();
    DataDirectory directory = null;
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      Map<String, String> fresh = new HashMap<>();
      fresh.put("cluster", LogId.topicDirectory(UUID.randomUUID()));
      fresh.put("node", "1");
      fresh.put("shards", settings.text("num.shards"));
      if (options.data() != null) {
        directory = DataDirectory.open(options.data(), fresh);
        opened.add(directory);
        settings = withItsShards(directory, settings);
      }
      Node node =
          directory == null
              ? new Node(1, fresh.get("cluster"))
              : new Node(Integer.parseInt(directory.meta("node")), directory.meta("cluster"));
      CompletableFuture<Throwable> failed = new CompletableFuture<>();
      ExecutorService background = background();
      opened.add(background::shutdownNow);
      Broker broker =
          Broker.open(
              place(options, directory),
              settings,
              new Surroundings(Clock.SYSTEM, background, failed::complete),
              UUID::randomUUID);
      opened.add(broker);
      EventLoopGroup loops = loops(settings);
      opened.add(() -> stop(loops));
      ApiTable apis = new ApiTable(new Door(broker, node));
      AtomicInteger connections = new AtomicInteger();
      List<KafkaPort> ports = new ArrayList<>();
      for (HostPort address : options.kafka()) {
        HostPort told = options.advertise();
        KafkaPort port =
            KafkaPort.open(
                "kafka",
                address.resolved(),
                told == null ? null : told.unresolved(),
                apis,
                loops,
                connections);
        ports.add(port);
        opened.add(port);
      }
      return new Millrace(directory, broker, loops, background, ports, node, failed);
    } catch (IOException e) {
      closeAll(opened, e);
      throw new ConfigurationException(String.valueOf(e.getMessage()), e);
    } catch (RuntimeException | Error e) {
      closeAll(opened, e);
      throw e;
    }
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
      Disk memory = new MemoryDisk(MEMORY_BYTES);
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
    return new MultiThreadIoEventLoopGroup(
        threads, new DefaultThreadFactory("millrace-network", true), NioIoHandler.newFactory());
  }

  private static void stop(EventLoopGroup loops) {
    loops.shutdownGracefully(0, STOP_MS, TimeUnit.MILLISECONDS).awaitUninterruptibly(STOP_MS);
  }

  /** The address for Kafka clients, as host:port; the first, if there are several. */
  public String kafka() {
    if (kafkaPorts.isEmpty()) {
      throw new IllegalStateException("this broker serves no Kafka clients");
    }
    return HostPort.text(kafkaPorts.get(0).address());
  }

  /** All addresses for Kafka clients. */
  public List<InetSocketAddress> kafkaAddresses() {
    return kafkaPorts.stream().map(KafkaPort::address).toList();
  }

  /** The cluster's id. */
  public String clusterId() {
    return node.clusterId();
  }

  public int nodeId() {
    return node.id();
  }

  /** Completes with the cause if the broker had to stop by itself. */
  public CompletableFuture<Throwable> failed() {
    return failed.copy();
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    kafkaPorts.forEach(KafkaPort::close);
    stop(loops);
    broker.close();
    background.shutdown();
    if (directory != null) {
      directory.close();
    }
  }
}
