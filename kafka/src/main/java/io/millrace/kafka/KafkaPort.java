package io.millrace.kafka;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One open port of the Kafka door and the connections that came in by it. */
public final class KafkaPort implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(KafkaPort.class);

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
   * @param connections how many there are, over all ports
   * @throws IOException if the address cannot be bound; the message says why
   */
  public static KafkaPort open(
      String name,
      InetSocketAddress bind,
      @Nullable InetSocketAddress advertise,
      ApiTable apis,
      EventLoopGroup loops,
      AtomicInteger connections)
      throws IOException {
    Accepting accepting = new Accepting(apis, connections);
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            // Frames are some hundred KiB and released by another thread: pooled chunks keep them
            // from being allocated, and zeroed, again and again.
            .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .childHandler(accepting);
    ChannelFuture bound = bootstrap.bind(bind).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "cannot listen on " + text(bind) + ": " + bound.cause().getMessage(), bound.cause());
    }
    InetSocketAddress address = (InetSocketAddress) bound.channel().localAddress();
    InetSocketAddress told = advertise != null ? advertise : address;
    int port = told.getPort() != 0 ? told.getPort() : address.getPort();
    Listener listener = new Listener(name, host(told), port);
    accepting.listener = listener;
    return new KafkaPort(bound.channel(), listener);
  }

  private static String host(InetSocketAddress address) {
    return address.isUnresolved() || address.getAddress() == null
        ? address.getHostString()
        : address.getAddress().getHostAddress();
  }

  private static String text(InetSocketAddress address) {
    return host(address) + ":" + address.getPort();
  }

  /** Makes a connection of what was accepted. */
  private static final class Accepting extends ChannelInitializer<SocketChannel> {
    private final ApiTable apis;
    private final AtomicInteger connections;
    private volatile @Nullable Listener listener;

    Accepting(ApiTable apis, AtomicInteger connections) {
      this.apis = apis;
      this.connections = connections;
    }

    @Override
    protected void initChannel(SocketChannel channel) {
      Listener from = listener;
      int most = apis.door().broker().settings().int32("max.connections");
      if (from == null || connections.incrementAndGet() > most) {
        if (from != null) {
          connections.decrementAndGet();
          LOG.warn(
              "refusing the connection of {}: there are {} already (max.connections)",
              channel.remoteAddress(),
              most);
        }
        channel.close();
        return;
      }
      channel.closeFuture().addListener(closed -> connections.decrementAndGet());
      FrameReader reader =
          new FrameReader(apis.door().broker().settings().int32("socket.request.max.bytes"));
      channel.config().setRecvByteBufAllocator(reader);
      channel.pipeline().addLast(new KafkaConnection(apis, from, reader));
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
