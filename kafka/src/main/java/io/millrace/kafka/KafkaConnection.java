package io.millrace.kafka;

import io.millrace.wire.ApiKey;
import io.millrace.wire.BufferPayload;
import io.millrace.wire.Frame;
import io.millrace.wire.Message;
import io.millrace.wire.Payload;
import io.millrace.wire.WireException;
import io.millrace.wire.WireReader;
import io.millrace.wire.message.RequestHeader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client: frames in, answers out, in order.
 *
 * <p>Requests of a connection are served one after another, as Kafka promises, with one exception
 * that clients count on for speed: produce requests are sequenced as they come, without waiting for
 * the answers to those before. While a request waits for its turn, or the shard that it writes to
 * is crowded, or answers pile up unsent, nothing more is read, and TCP tells the client to wait.
 *
 * <p>Whatever a client sends that is no request ends its connection with one line in the log.
 * Belongs to one loop.
 */
public final class KafkaConnection extends ChannelInboundHandlerAdapter {

  private static final Logger LOG = LoggerFactory.getLogger(KafkaConnection.class);

  /** Requests taken off the socket that wait for their turn; beyond, nothing is read. */
  private static final int WAITING_MAX = 16;

  /** Produce requests under way at a time. */
  private static final int UNDER_WAY_MAX = 64;

  /** Answers that the client has not taken; beyond, it gets no more of them. */
  private static final int UNSENT_MAX = 8;

  /** First size of the buffer that an answer is copied to. */
  private static final int FIRST_BYTES = 64 * 1024;

  /** A slice up to this size is copied: cheaper than a call for each of header and records. */
  private static final int COPY_BYTES_MAX = 16 * 1024;

  private final ApiTable apis;
  private final Listener listener;
  private final FrameReader reader;
  private final Queue<ByteBuf> waiting = new ArrayDeque<>();
  private final Queue<Exchange> underWay = new ArrayDeque<>();
  private final List<Runnable> onClose = new ArrayList<>();
  private @Nullable ChannelHandlerContext context;
  private boolean onlyProduces = true;
  private boolean held;
  private boolean waitsForRoom;
  private int unsent;
  private boolean closed;
  private boolean flushes;
  private @Nullable FetchSession fetchSession;

  KafkaConnection(ApiTable apis, Listener listener, FrameReader reader) {
    this.apis = apis;
    this.listener = listener;
    this.reader = reader;
  }

  public Listener listener() {
    return listener;
  }

  /** The fetch session of this connection; null if it has none. */
  public @Nullable FetchSession fetchSession() {
    return fetchSession;
  }

  public void fetchSession(@Nullable FetchSession session) {
    fetchSession = session;
  }

  /** The other end, for logs and for DescribeGroups. */
  public String peer() {
    return String.valueOf(context().channel().remoteAddress());
  }

  /**
   * Has something done when the connection ends. On the loop.
   *
   * @return calls it off; on the loop
   */
  public Runnable onClose(Runnable action) {
    if (closed) {
      action.run();
      return () -> {};
    }
    onClose.add(action);
    return () -> onClose.remove(action);
  }

  Executor loop() {
    return context().executor();
  }

  /** Runs something on the loop: now, if this is it; not at all, if the loop has ended. */
  public void run(Runnable action) {
    ChannelHandlerContext here = context();
    if (here.executor().inEventLoop()) {
      action.run();
      return;
    }
    try {
      here.executor().execute(action);
    } catch (RejectedExecutionException e) {
      LOG.debug("{} is gone", peer());
    }
  }

  /**
   * Has something done on the loop at a later time.
   *
   * @return calls it off; on the loop
   */
  public Runnable after(long delayMs, Runnable action) {
    ScheduledFuture<?> timer =
        context().executor().schedule(action, delayMs, TimeUnit.MILLISECONDS);
    return () -> timer.cancel(false);
  }

  private ChannelHandlerContext context() {
    ChannelHandlerContext here = context;
    if (here == null) {
      throw new IllegalStateException("the connection is not open yet");
    }
    return here;
  }

  // --- in ---

  @Override
  public void handlerAdded(ChannelHandlerContext here) {
    context = here;
  }

  @Override
  public void channelRead(ChannelHandlerContext here, Object read) {
    try {
      reader.received((ByteBuf) read, here.alloc());
      for (ByteBuf frame; (frame = reader.next()) != null; ) {
        waiting.add(frame);
      }
      serveWaiting();
    } catch (WireException e) {
      close(String.valueOf(e.getMessage()));
    }
  }

  /** All that the socket had was read: the shards may begin. */
  @Override
  public void channelReadComplete(ChannelHandlerContext here) {
    apis.ring();
  }

  private void serveWaiting() {
    while (!closed && !waiting.isEmpty() && mayServe(waiting.peek())) {
      serve(waiting.poll());
    }
    holdOrRead();
  }

  private void serveMore() {
    serveWaiting();
    apis.ring();
  }

  private boolean mayServe(ByteBuf frame) {
    if (unsent >= UNSENT_MAX) {
      return false;
    }
    if (isProduce(frame)) {
      return onlyProduces && underWay.size() < UNDER_WAY_MAX && !isCrowded();
    }
    return underWay.isEmpty();
  }

  private static boolean isProduce(ByteBuf frame) {
    return frame.readableBytes() >= 2 && frame.getShort(frame.readerIndex()) == ApiKey.PRODUCE.id();
  }

  private boolean isCrowded() {
    if (waitsForRoom || !apis.isCrowded()) {
      return waitsForRoom;
    }
    waitsForRoom = true;
    apis.whenRoom(() ->
        run(() -> {
          waitsForRoom = false;
          serveMore();
        }));
    return waitsForRoom;
  }

  /** Stops reading while there is enough to do, and begins again when there is not. */
  private void holdOrRead() {
    if (closed) {
      return;
    }
    boolean hold =
        waiting.size() >= WAITING_MAX
            || unsent >= UNSENT_MAX
            || waitsForRoom
            || !context().channel().isWritable();
    if (hold != held) {
      held = hold;
      context().channel().config().setAutoRead(!hold);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext here) {
    holdOrRead();
  }

  private void serve(ByteBuf frame) {
    try {
      WireReader in = new WireReader(frame.nioBuffer());
      RequestHeader header = Frame.readRequestHeader(in);
      ApiKey key = ApiKey.forId(header.requestApiKey);
      Api api = key == null ? null : apis.find(key);
      if (key == null || api == null) {
        close("it asks for API key " + header.requestApiKey + ", which is not served");
        return;
      }
      Exchange exchange = new Exchange(this, key, header, frame);
      onlyProduces = key == ApiKey.PRODUCE;
      underWay.add(exchange);
      serve(in, exchange, api);
    } finally {
      frame.release();
    }
  }

  private void serve(WireReader in, Exchange exchange, Api api) {
    if (!api.serves(exchange.version())) {
      apis.answerUnsupportedVersion(exchange);
      return;
    }
    Message request;
    try {
      request = api.key().readRequest(in, exchange.version());
    } catch (WireException e) {
      close("its " + api.key() + " request is not valid: " + e.getMessage());
      return;
    }
    try {
      api.handler().handle(request, exchange);
    } catch (RuntimeException e) {
      LOG.error("serving {} of {} failed", api.key(), peer(), e);
      close("serving its " + api.key() + " request failed");
    }
  }

  // --- out ---

  /**
   * There is an answer to send. It goes after what else is about to be answered on this loop, so
   * that the answers to one entry leave in one call.
   */
  void answered() {
    if (!flushes) {
      flushes = true;
      loop().execute(this::flushAnswers);
    }
  }

  /** Sends the answers whose turn it is. */
  private void flushAnswers() {
    flushes = false;
    ChannelHandlerContext here = context();
    boolean any = false;
    for (Exchange first; (first = underWay.peek()) != null && first.isAnswered(); ) {
      underWay.poll();
      Frame answer = first.answer();
      if (answer != null) {
        any |= send(here, answer);
      }
    }
    if (any) {
      here.flush();
    }
    if (underWay.isEmpty()) {
      onlyProduces = true;
    }
    if (!waiting.isEmpty()) {
      serveMore();
    }
  }

  private boolean send(ChannelHandlerContext here, Frame frame) {
    if (closed) {
      drop(frame);
      return false;
    }
    Object unwritten = null;
    for (Payload part : frame.parts()) {
      if (part instanceof SlicePayload region && region.size() > COPY_BYTES_MAX) {
        if (unwritten != null) {
          here.write(unwritten, here.voidPromise());
        }
        unwritten = new SliceRegion(region.slice());
      } else {
        if (!(unwritten instanceof ByteBuf)) {
          if (unwritten != null) {
            here.write(unwritten, here.voidPromise());
          }
          unwritten = here.alloc().directBuffer((int) Math.min(frame.size(), FIRST_BYTES));
        }
        copy(part, (ByteBuf) unwritten);
      }
    }
    unsent++;
    here.write(unwritten)
        .addListener(sent -> {
          unsent--;
          if (!waiting.isEmpty() || held) {
            serveMore();
          }
        });
    return true;
  }

  private void copy(Payload part, ByteBuf into) {
    switch (part) {
      case BufferPayload buffer -> into.writeBytes(buffer.buffer());
      case SlicePayload region -> {
        into.ensureWritable(region.size());
        try {
          int read = region.slice().read(into.nioBuffer(into.writerIndex(), region.size()), 0);
          into.writerIndex(into.writerIndex() + region.size());
          if (read < region.size()) {
            close("a segment ended within records that it was to be sent");
          }
        } catch (IOException e) {
          close("reading records for it failed: " + e);
        } finally {
          region.slice().close();
        }
      }
      default -> throw new IllegalStateException("cannot send a " + part.getClass());
    }
  }

  private static void drop(Frame frame) {
    for (Payload part : frame.parts()) {
      if (part instanceof SlicePayload region) {
        region.slice().close();
      }
    }
  }

  // --- the end ---

  @Override
  public void exceptionCaught(ChannelHandlerContext here, Throwable cause) {
    if (cause instanceof IOException) {
      LOG.debug("connection of {}: {}", peer(), cause.toString());
      here.close();
    } else {
      LOG.error("connection of {} failed", peer(), cause);
      here.close();
    }
  }

  /** Ends the connection with one line in the log. On the loop. */
  void close(String why) {
    if (!closed) {
      LOG.warn("closing the connection of {}: {}", peer(), why);
      end();
      context().close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext here) {
    end();
  }

  private void end() {
    if (closed) {
      return;
    }
    closed = true;
    for (Exchange exchange : underWay) {
      Frame answer = exchange.answer();
      if (answer != null) {
        drop(answer);
      }
    }
    for (ByteBuf frame; (frame = waiting.poll()) != null; ) {
      frame.release();
    }
    reader.close();
    List.copyOf(onClose).forEach(Runnable::run);
    onClose.clear();
  }
}
