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
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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
 * Nor is a large request read before those ahead of it were served: behind a fetch that waits for
 * minutes it would lie in memory that other connections want.
 *
 * <p>Whatever a client sends that is no request ends its connection with one line in the log. So
 * does a request that stops arriving half-way, or comes slowly while others wait for the memory
 * that it takes, and a client that neither asks nor takes its answers for {@code
 * connections.max.idle.ms}. Belongs to one loop.
 */
public final class KafkaConnection extends ChannelInboundHandlerAdapter {

  private static final Logger LOG = LoggerFactory.getLogger(KafkaConnection.class);

  /** Requests taken off the socket that wait for their turn; beyond, nothing is read. */
  private static final int WAITING_MAX = 16;

  /** Produce requests under way at a time. */
  private static final int UNDER_WAY_MAX = 64;

  /** Answers that the client has not taken; beyond, it gets no more of them. */
  private static final int UNSENT_MAX = 8;

  /** So that what is over a limit is over it by a quarter at most. */
  private static final int CHECKS_WITHIN_A_LIMIT = 4;

  /** First size of the buffer that an answer is copied to. */
  private static final int FIRST_BYTES = 64 * 1024;

  /** A slice up to this size is copied: cheaper than a call for each of header and records. */
  private static final int COPY_BYTES_MAX = 16 * 1024;

  /** APIs whose answer waits for something to happen, perhaps for minutes. */
  private static final Set<ApiKey> WAITING_APIS =
      Set.of(ApiKey.FETCH, ApiKey.JOIN_GROUP, ApiKey.SYNC_GROUP);

  private static final AtomicLong NUMBERS = new AtomicLong();

  private final long number = NUMBERS.incrementAndGet();
  private final ApiTable apis;
  private final Listener listener;
  private final FrameReader reader;
  private final Connections connections;
  private final Queue<ByteBuf> waiting = new ArrayDeque<>();
  private final Queue<Exchange> underWay = new ArrayDeque<>();
  private final List<Runnable> onClose = new ArrayList<>();
  private @Nullable ChannelHandlerContext context;
  private boolean onlyProduces = true;
  private boolean held;
  private boolean waitsForRoom;
  private boolean waitsForMemory;

  /** A fault holds a request back, and with it those behind. */
  private boolean delayed;

  private boolean finishing;
  private long lastReadNanos;

  /** When the large request that is being read was begun, or last had to wait for us. */
  private long begunNanos;

  /** When a request was last whole, or an answer taken. */
  private long lastDoneNanos;

  private int unsent;
  private boolean closed;
  private boolean flushes;
  private @Nullable FetchSession fetchSession;

  KafkaConnection(ApiTable apis, Listener listener, FrameReader reader, Connections connections) {
    this.apis = apis;
    this.listener = listener;
    this.reader = reader;
    this.connections = connections;
  }

  /** A number of its own: connections that were accepted later have larger ones. */
  public long number() {
    return number;
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

  /** Address of the other end, as Kafka prints it for a group's member: {@code /127.0.0.1}. */
  public String peerHost() {
    return context().channel().remoteAddress() instanceof InetSocketAddress address
        ? String.valueOf(address.getAddress())
        : peer();
  }

  /** Address and port of the other end, for logs. */
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
      guard(action);
      return;
    }
    try {
      here.executor().execute(() -> guard(action));
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
        context().executor().schedule(() -> guard(action), delayMs, TimeUnit.MILLISECONDS);
    return () -> timer.cancel(false);
  }

  /**
   * Runs something on the loop that must not end half-done and unnoticed: a client whose answer was
   * lost on the way would wait for it, and so would those behind.
   */
  private void guard(Runnable action) {
    try {
      action.run();
    } catch (Throwable e) {
      failed(e);
    }
  }

  private void failed(Throwable fault) {
    boolean first = !closed;
    try {
      end();
    } finally {
      context().close();
    }
    if (first) {
      LOG.error("connection of {} failed", peer(), fault);
    }
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
    lastDoneNanos = connections.clock().nanos();
    lastReadNanos = lastDoneNanos;
    checkLater();
  }

  @Override
  public void channelRead(ChannelHandlerContext here, Object read) {
    try {
      lastReadNanos = connections.clock().nanos();
      reader.received((ByteBuf) read);
      for (ByteBuf frame; (frame = reader.next()) != null; ) {
        waiting.add(frame);
        lastDoneNanos = lastReadNanos;
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

  /** Begins to read the large request that comes next, if it is its turn and there is room. */
  private void beginLarge() {
    if (closed || waitsForMemory || !reader.wantsRoom() || !isTurnOfLarge()) {
      return;
    }
    if (reader.begin(context().alloc())) {
      lastReadNanos = connections.clock().nanos();
      begunNanos = lastReadNanos;
      return;
    }
    waitsForMemory = true;
    connections
        .memory()
        .whenRoom(
            reader.wantedBytes(),
            () ->
                run(() -> {
                  waitsForMemory = false;
                  beginLarge();
                  holdOrRead();
                }));
  }

  /** Whether nothing stands between the large request that comes next and its being served. */
  private boolean isTurnOfLarge() {
    return waiting.isEmpty()
        && (underWay.isEmpty() || onlyProduces && reader.wantedIsProduce())
        && unsent < UNSENT_MAX
        && !finishing
        && context().channel().isWritable();
  }

  private void serveWaiting() {
    while (!closed && !waiting.isEmpty() && mayServe(waiting.peek())) {
      serve(waiting.poll());
    }
    beginLarge();
    holdOrRead();
    closeIfFinished();
  }

  private void serveMore() {
    serveWaiting();
    apis.ring();
  }

  private boolean mayServe(ByteBuf frame) {
    if (unsent >= UNSENT_MAX || delayed || !context().channel().isWritable()) {
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
            || reader.wantsRoom()
            || finishing
            || !context().channel().isWritable();
    if (hold != held) {
      held = hold;
      context().channel().config().setAutoRead(!hold);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext here) {
    serveWaiting();
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
    } catch (WireException e) {
      close(String.valueOf(e.getMessage()));
    } finally {
      reader.release(frame);
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
    RequestFaults faults = connections.faults();
    RequestFault fault =
        faults == null
            ? null
            : faults.of(api.key(), name -> RequestTopics.names(request, this, apis.door(), name));
    if (fault == null) {
      handle(api, request, exchange);
    } else {
      meet(fault, api, request, exchange);
    }
  }

  private void handle(Api api, Message request, Exchange exchange) {
    try {
      api.handler().handle(request, exchange);
    } catch (RuntimeException e) {
      failed(api.key(), e);
    }
  }

  /** A request could not be served, for a fault of ours. On the loop. */
  void failed(ApiKey key, RuntimeException fault) {
    LOG.error("serving {} of {} failed", key, peer(), fault);
    close("serving its " + key + " request failed");
  }

  private void meet(RequestFault fault, Api api, Message request, Exchange exchange) {
    switch (fault) {
      case RequestFault.Delay delay -> {
        delayed = true;
        ByteBuf kept = exchange.keepRequest();
        Runnable[] forget = new Runnable[1];
        Runnable stop =
            after(
                delay.by().toMillis(),
                () -> {
                  forget[0].run();
                  delayed = false;
                  handle(api, request, exchange);
                  kept.release();
                  serveMore();
                });
        forget[0] =
            onClose(() -> {
              stop.run();
              kept.release();
            });
      }
      case RequestFault.Fail fail ->
          exchange.reply(FailedAnswer.to(request, exchange, apis.door().node(), fail.error()));
      case RequestFault.DropRequest drop -> end("a fault drops its " + api.key() + " request");
      case RequestFault.DropAnswer drop -> {
        exchange.closeInsteadOfAnswer();
        handle(api, request, exchange);
      }
      case RequestFault.Duplicate duplicate -> {
        // From its own bytes: those of a batch become part of the log.
        ByteBuf copy = exchange.copyRequest();
        try {
          WireReader in = new WireReader(copy.nioBuffer());
          Exchange unheard =
              new Exchange(this, api.key(), Frame.readRequestHeader(in), copy).unheard();
          Message again = api.key().readRequest(in, exchange.version());
          handle(api, request, exchange);
          handle(api, again, unheard);
        } finally {
          copy.release();
        }
      }
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
      loop().execute(() -> guard(this::flushAnswers));
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
      if (first.closesInsteadOfAnswer() && !closed) {
        if (answer != null) {
          drop(answer);
        }
        here.flush();
        end("a fault drops the answer to its " + first.key() + " request");
      } else if (answer != null) {
        any |= send(here, answer);
      }
    }
    if (any) {
      here.flush();
    }
    if (underWay.isEmpty()) {
      onlyProduces = true;
    }
    if (!waiting.isEmpty() || reader.wantsRoom()) {
      serveMore();
    } else {
      closeIfFinished();
    }
  }

  private boolean send(ChannelHandlerContext here, Frame frame) {
    if (closed) {
      drop(frame);
      return false;
    }
    Object unwritten = null;
    int begun = 0;
    try {
      for (Payload part : frame.parts()) {
        if (part instanceof SlicePayload region && region.size() > COPY_BYTES_MAX) {
          if (unwritten != null) {
            here.write(unwritten, here.voidPromise());
          }
          begun++;
          unwritten = new SliceRegion(region.slice());
        } else {
          if (!(unwritten instanceof ByteBuf)) {
            if (unwritten != null) {
              here.write(unwritten, here.voidPromise());
              unwritten = null;
            }
            unwritten = here.alloc().directBuffer((int) Math.min(frame.size(), FIRST_BYTES));
          }
          begun++;
          copy(part, (ByteBuf) unwritten);
        }
      }
    } catch (Throwable e) {
      ReferenceCountUtil.release(unwritten);
      drop(frame.parts().subList(begun, frame.parts().size()));
      throw e;
    }
    unsent++;
    here.write(unwritten).addListener(sent -> guard(this::sent));
    return true;
  }

  private void sent() {
    unsent--;
    lastDoneNanos = connections.clock().nanos();
    if (!waiting.isEmpty() || held) {
      serveMore();
    }
  }

  private void copy(Payload part, ByteBuf into) {
    switch (part) {
      case BufferPayload buffer -> into.writeBytes(buffer.buffer());
      case SlicePayload region -> {
        try {
          into.ensureWritable(region.size());
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

  static void drop(Frame frame) {
    drop(frame.parts());
  }

  private static void drop(List<? extends Payload> parts) {
    for (Payload part : parts) {
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
      failed(cause);
    }
  }

  /** Looks now and then whether the client still is there. */
  private void checkLater() {
    ConnectionLimits limits = connections.limits();
    Runnable[] stop = new Runnable[1];
    stop[0] =
        onClose(
            after(
                Math.min(limits.idleMs(), limits.arrivalMs()) / CHECKS_WITHIN_A_LIMIT,
                () -> {
                  stop[0].run();
                  check();
                }));
  }

  private void check() {
    if (closed) {
      return;
    }
    ConnectionLimits limits = connections.limits();
    long now = connections.clock().nanos();
    boolean waitsForUs = unsent == 0 && !underWay.isEmpty() || waitsForMemory || waitsForRoom;
    String holdsUp = waitsForUs ? null : holdsUpOthers(now);
    if (waitsForUs) {
      lastDoneNanos = now;
      begunNanos = now;
    } else if (holdsUp != null) {
      close(holdsUp + " while others wait for memory (request.arrival.max.ms)");
    } else if (!held
        && reader.isWithinFrame()
        && now - lastReadNanos >= limits.arrivalMs() * 1_000_000) {
      close(
          "its request stopped arriving "
              + (now - lastReadNanos) / 1_000_000
              + " ms ago (request.arrival.max.ms)");
    } else if (now - lastDoneNanos >= limits.idleMs() * 1_000_000) {
      end("nothing was asked, and no answer taken, for too long (connections.max.idle.ms)");
    }
    if (!closed) {
      checkLater();
    }
  }

  /** How the client makes others wait for the memory of its request; null if it does not. */
  private @Nullable String holdsUpOthers(long now) {
    if (!connections.memory().isWanted()) {
      return null;
    }
    long allowed = connections.limits().arrivalMs() * 1_000_000;
    if (reader.isBehind(now - begunNanos, allowed)) {
      return "its request comes too slowly";
    }
    ByteBuf next = waiting.peek();
    boolean takesMemory = next != null && FrameReader.isLarge(next.readableBytes());
    return takesMemory && now - lastDoneNanos >= allowed ? "it takes no answers" : null;
  }

  /** Ends the connection once what is under way is answered. Any thread. */
  void finish() {
    run(() -> {
      finishing = true;
      holdOrRead();
      closeIfFinished();
    });
  }

  private void closeIfFinished() {
    if (!finishing || closed || unsent > 0) {
      return;
    }
    Exchange first = underWay.peek();
    boolean onlyWaits = first != null && WAITING_APIS.contains(first.key());
    if (onlyWaits || first == null && waiting.isEmpty()) {
      end("the broker is stopping");
    }
  }

  /** Ends the connection for a reason that is nobody's fault. */
  private void end(String why) {
    LOG.debug("closing the connection of {}: {}", peer(), why);
    end();
    context().close();
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
      reader.release(frame);
    }
    reader.close();
    List.copyOf(onClose).forEach(Runnable::run);
    onClose.clear();
  }
}
