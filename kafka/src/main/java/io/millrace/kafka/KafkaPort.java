package io.millrace.kafka;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.channels.spi.SelectorProvider;
import org.jspecify.annotations.Nullable;

/** One open port of the Kafka door and the connections that came in by it. */
public final class KafkaPort implements AutoCloseable {

  private static final int BACKLOG = 1024;

  private final Channel server;
  private final Listener listener;

  private KafkaPort(Channel server, Listener listener) {
    this.server = server;
    this.listener = listener;
  }

  /**
   * Opens a port.
   *
   * @param bind address and port to listen on; port 0 takes a free one
   * @param advertise what to tell clients; null for the address that is bound
   * @param connections those of all ports
   * @throws IOException if the address cannot be bound; the message says why and what to do
   */
  public static KafkaPort open(
      String name,
      InetSocketAddress bind,
      @Nullable InetSocketAddress advertise,
      ApiTable apis,
      EventLoopGroup loops,
      Connections connections)
      throws IOException {
    Accepting accepting = new Accepting(apis, connections);
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channelFactory(() -> server(bind))
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            // What comes before the port knows its own address waits.
            .option(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.TCP_NODELAY, true)
            // So that the kernel finds out about an other end that is gone without a word.
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            // Frames are some hundred KiB and released by another thread: pooled chunks keep them
            // from being allocated, and zeroed, again and again.
            .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .childHandler(accepting);
    if (bind.isUnresolved()) {
      throw new IOException(
          "cannot listen on " + text(bind) + ": this machine knows no address of that name");
    }
    ChannelFuture bound = bootstrap.bind(bind).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "cannot listen on " + text(bind) + ": " + problem(bound.cause()), bound.cause());
    }
    InetSocketAddress address = (InetSocketAddress) bound.channel().localAddress();
    InetSocketAddress told = advertise != null ? advertise : address;
    int port = told.getPort() != 0 ? told.getPort() : address.getPort();
    Listener listener = new Listener(name, host(told), port);
    accepting.listener = listener;
    bound.channel().config().setAutoRead(true);
    return new KafkaPort(bound.channel(), listener);
  }

  /**
   * Does what the first port of a process and its first connection do once, while there is time: it
   * takes as long as a recovery, and can go on beside it. Nothing is bound.
   */
  public static void prepare(EventLoopGroup loops) {
    PooledByteBufAllocator.DEFAULT.metric();
    for (Channel unused : new Channel[] {new NioServerSocketChannel(), new NioSocketChannel()}) {
      unused.pipeline().addLast(new ChannelInboundHandlerAdapter());
      loops.register(unused).awaitUninterruptibly();
      unused.close();
    }
  }

  /** 0.0.0.0 is all addresses of IPv4; a socket that also knows IPv6 would take those too. */
  private static NioServerSocketChannel server(InetSocketAddress bind) {
    return bind.getAddress() instanceof Inet4Address address && address.isAnyLocalAddress()
        ? new NioServerSocketChannel(SelectorProvider.provider(), SocketProtocolFamily.INET)
        : new NioServerSocketChannel();
  }

  private static String problem(Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    if (message.contains("already in use")) {
      return "another process has that port; stop it, or choose another port (0 for a free one)";
    }
    if (message.contains("Cannot assign")) {
      return "this machine has no such address";
    }
    return message;
  }

  private static String host(InetSocketAddress address) {
    return address.isUnresolved() || address.getAddress() == null
        ? address.getHostString()
        : HostText.of(address.getAddress());
  }

  private static String text(InetSocketAddress address) {
    String host = host(address);
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  /** Makes a connection of what was accepted. */
  private static final class Accepting extends ChannelInitializer<SocketChannel> {
    private final ApiTable apis;
    private final Connections connections;
    private volatile @Nullable Listener listener;

    Accepting(ApiTable apis, Connections connections) {
      this.apis = apis;
      this.connections = connections;
    }

    @Override
    protected void initChannel(SocketChannel channel) {
      Listener from = listener;
      if (from == null) {
        channel.close();
        return;
      }
      FrameReader reader = new FrameReader(connections.limits(), connections.memory());
      KafkaConnection connection = new KafkaConnection(apis, from, reader, connections);
      channel.config().setRecvByteBufAllocator(reader);
      channel.pipeline().addLast(connection);
      if (!connections.add(connection, String.valueOf(channel.remoteAddress()))) {
        channel.close();
        return;
      }
      channel.closeFuture().addListener(closed -> connections.remove(connection));
    }
  }

  /** The address that is bound. */
  public InetSocketAddress address() {
    return (InetSocketAddress) server.localAddress();
  }

  public Listener listener() {
    return listener;
  }

  @Override
  public void close() {
    server.close().awaitUninterruptibly();
  }
}
