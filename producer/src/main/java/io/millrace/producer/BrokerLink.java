package io.millrace.producer;

import io.millrace.wire.ApiKey;
import io.millrace.wire.BufferPayload;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.Frame;
import io.millrace.wire.Message;
import io.millrace.wire.Payload;
import io.millrace.wire.WireException;
import io.millrace.wire.WireReader;
import io.millrace.wire.message.ApiVersionsRequest;
import io.millrace.wire.message.ApiVersionsResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The connection to one broker: requests out and answers in, in order. Owned by the loop.
 *
 * <p>It is made when something is to be sent and asks for the broker's versions first. When it
 * breaks, every request that was not answered fails, each told whether a byte of it had left.
 */
final class BrokerLink {

  /** Where a link is in its life. */
  enum State {
    /** There is no connection. */
    DOWN,
    /** The system is connecting. */
    CONNECTING,
    /** Connected; the broker was asked what it serves. */
    GREETING,
    /** Requests can be sent. */
    UP
  }

  /** What becomes of a request. */
  interface Answer {
    void answered(Message response, long nowNanos);

    /**
     * @param maybeSent whether the broker may have got it
     */
    void failed(ProducerError why, boolean maybeSent, long nowNanos);
  }

  private record Sent(
      int correlationId,
      ApiKey key,
      short version,
      long startByte,
      long endByte,
      long deadlineNanos,
      boolean answerless,
      Answer answer) {}

  private static final int GATHER_MAX = 64;
  private static final int RECEIVE_BYTES = 64 * 1024;
  private static final short GREETING_VERSION = 3;

  /** The broker's number; below 0 for an address it was only told of. */
  final int nodeId;

  final String host;
  final int port;

  private final LinkSettings settings;
  private final Selector selector;

  private State state = State.DOWN;
  private @Nullable SocketChannel channel;
  private @Nullable SelectionKey key;
  private final ArrayDeque<ByteBuffer> out = new ArrayDeque<>();
  private final ByteBuffer[] gather = new ByteBuffer[GATHER_MAX];
  private final ArrayDeque<Sent> sent = new ArrayDeque<>();
  private ByteBuffer in = ByteBuffer.allocate(0);
  private final short[] lowest = new short[128];
  private final short[] highest = new short[128];
  private int nextCorrelationId;
  private long bytesQueued;
  private long bytesWritten;
  private int failures;
  private long retryNanos = Long.MIN_VALUE;
  private long connectDeadlineNanos;
  private long lastUsedNanos;
  private @Nullable ProducerError lastError;

  /** Produce requests that are not answered. */
  int producesInFlight;

  BrokerLink(int nodeId, String host, int port, LinkSettings settings, Selector selector) {
    this.nodeId = nodeId;
    this.host = host;
    this.port = port;
    this.settings = settings;
    this.selector = selector;
  }

  @Override
  public String toString() {
    return host + ":" + port + (nodeId < 0 ? "" : "/" + nodeId);
  }

  State state() {
    return state;
  }

  boolean isUp() {
    return state == State.UP;
  }

  @Nullable ProducerError lastError() {
    return lastError;
  }

  /** Requests that are not yet wholly with the operating system. */
  int unsent() {
    int n = 0;
    for (Sent one : sent) {
      if (one.endByte > bytesWritten) {
        n++;
      }
    }
    return n;
  }

  int waitingForAnswers() {
    return sent.size();
  }

  /** When it may be tried again after a failure. */
  long retryNanos() {
    return retryNanos;
  }

  /** The earliest moment at which something of this link is over, by the monotonic clock. */
  long nextDeadlineNanos() {
    if (state == State.CONNECTING) {
      return connectDeadlineNanos;
    }
    long first = Long.MAX_VALUE;
    for (Sent one : sent) {
      first = Math.min(first, one.deadlineNanos);
    }
    return first;
  }

  // --- connecting ---

  /** Connects, unless it is connected or failed too recently. */
  void wanted(long nowNanos) {
    if (state != State.DOWN || nowNanos - retryNanos < 0 && failures > 0) {
      return;
    }
    try {
      SocketChannel opened = SocketChannel.open();
      channel = opened;
      opened.configureBlocking(false);
      opened.setOption(StandardSocketOptions.TCP_NODELAY, settings.noDelay());
      opened.setOption(StandardSocketOptions.SO_KEEPALIVE, settings.keepAlive());
      if (settings.sendBufferBytes() > 0) {
        opened.setOption(StandardSocketOptions.SO_SNDBUF, settings.sendBufferBytes());
      }
      if (settings.receiveBufferBytes() > 0) {
        opened.setOption(StandardSocketOptions.SO_RCVBUF, settings.receiveBufferBytes());
      }
      InetSocketAddress address = new InetSocketAddress(host, port);
      if (address.isUnresolved()) {
        down(
            ProducerError.of(LocalError.RESOLVE, "the name " + host + " cannot be resolved"),
            nowNanos);
        return;
      }
      state = State.CONNECTING;
      connectDeadlineNanos = nowNanos + settings.connectNanosMax();
      boolean connected = opened.connect(address);
      key =
          opened.register(
              selector, connected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, this);
      if (connected) {
        greet(nowNanos);
      }
    } catch (IOException | RuntimeException e) {
      down(transport(e), nowNanos);
    }
  }

  private ProducerError transport(Exception e) {
    return ProducerError.of(LocalError.TRANSPORT, this + ": " + text(e));
  }

  private static String text(Exception e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private void greet(long nowNanos) {
    state = State.GREETING;
    in = ByteBuffer.allocateDirect(RECEIVE_BYTES);
    ApiVersionsRequest hello = new ApiVersionsRequest();
    hello.clientSoftwareName = "millrace";
    hello.clientSoftwareVersion = LinkSettings.VERSION;
    send(ApiKey.API_VERSIONS, GREETING_VERSION, hello, nowNanos, false, new Greeting());
  }

  private final class Greeting implements Answer {
    @Override
    public void answered(Message response, long nowNanos) {
      ApiVersionsResponse versions = (ApiVersionsResponse) response;
      if (versions.errorCode != 0 && versions.errorCode != ErrorCode.UNSUPPORTED_VERSION.code()) {
        throw new WireException(
            "ApiVersions was refused with " + ErrorCode.forCode(versions.errorCode));
      }
      java.util.Arrays.fill(highest, (short) -1);
      for (ApiVersionsResponse.ApiVersion one : versions.apiKeys) {
        if (one.apiKey >= 0 && one.apiKey < highest.length) {
          lowest[one.apiKey] = one.minVersion;
          highest[one.apiKey] = one.maxVersion;
        }
      }
      state = State.UP;
      failures = 0;
      lastError = null;
    }

    @Override
    public void failed(ProducerError why, boolean maybeSent, long nowNanos) {
      // The link goes down as a whole.
    }
  }

  /**
   * The version to use for an API: the highest that both know.
   *
   * @return -1 if there is none
   */
  short version(ApiKey api, int ownLowest, int ownHighest) {
    int most = Math.min(ownHighest, highest[api.id()]);
    return (short) (most < Math.max(ownLowest, lowest[api.id()]) ? -1 : most);
  }

  // --- requests ---

  /**
   * Queues a request, to be written by {@link #write}.
   *
   * @param answerless whether the broker will not answer; {@link Answer#answered} is then called
   *     with the request itself once it is with the operating system
   */
  void send(
      ApiKey api, short version, Message body, long nowNanos, boolean answerless, Answer answer) {
    int id = nextCorrelationId++;
    Frame frame = Frame.ofRequest(api, version, id, settings.clientId(), body);
    long start = bytesQueued;
    for (Payload part : frame.parts()) {
      out.add(((BufferPayload) part).buffer());
    }
    bytesQueued += frame.size();
    sent.add(
        new Sent(
            id,
            api,
            version,
            start,
            bytesQueued,
            nowNanos + settings.requestNanosMax(),
            answerless,
            answer));
    lastUsedNanos = nowNanos;
  }

  /** Writes what the socket takes. */
  void write(long nowNanos) {
    SocketChannel to = channel;
    SelectionKey of = key;
    if (to == null || of == null || state == State.CONNECTING || out.isEmpty()) {
      return;
    }
    try {
      while (!out.isEmpty()) {
        int n = 0;
        for (ByteBuffer one : out) {
          if (n == GATHER_MAX) {
            break;
          }
          gather[n++] = one;
        }
        long wrote = to.write(gather, 0, n);
        bytesWritten += wrote;
        while (!out.isEmpty() && !out.peek().hasRemaining()) {
          out.poll();
        }
        if (n > 0 && !out.isEmpty() && gather[n - 1].hasRemaining()) {
          break;
        }
      }
      of.interestOps(
          out.isEmpty() ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE);
      answerTheAnswerless(nowNanos);
    } catch (IOException | RuntimeException e) {
      down(transport(e), nowNanos);
    }
  }

  private void answerTheAnswerless(long nowNanos) {
    while (!sent.isEmpty() && sent.peek().answerless && sent.peek().endByte <= bytesWritten) {
      Sent done = sent.poll();
      done.answer.answered(NOTHING, nowNanos);
    }
  }

  /** The answer to a request that gets none. */
  static final Message NOTHING = new ApiVersionsResponse();

  // --- what the selector says ---

  void ready(long nowNanos) {
    SelectionKey of = key;
    SocketChannel from = channel;
    if (of == null || from == null || !of.isValid()) {
      return;
    }
    try {
      if (of.isConnectable() && from.finishConnect()) {
        of.interestOps(SelectionKey.OP_READ);
        greet(nowNanos);
        write(nowNanos);
      }
      if (key == of && of.isReadable()) {
        read(from, nowNanos);
      }
      if (key == of && of.isWritable()) {
        write(nowNanos);
      }
    } catch (IOException | RuntimeException e) {
      down(transport(e), nowNanos);
    }
  }

  private void read(SocketChannel from, long nowNanos) throws IOException {
    while (true) {
      if (!in.hasRemaining()) {
        grow();
      }
      int n = from.read(in);
      if (n < 0) {
        throw new IOException("the broker closed the connection");
      }
      if (n == 0) {
        return;
      }
      in.flip();
      ByteBuffer frame;
      while ((frame = Frame.next(in, settings.receiveBytesMax())) != null) {
        receive(frame, nowNanos);
        if (channel != from) {
          return;
        }
      }
      in.compact();
    }
  }

  /** As much again: memory follows what has come, never what was announced. */
  private void grow() {
    ByteBuffer larger = ByteBuffer.allocateDirect(Math.max(RECEIVE_BYTES, 2 * in.capacity()));
    larger.put(in.flip());
    in = larger;
  }

  private void receive(ByteBuffer frame, long nowNanos) {
    Sent request = sent.poll();
    if (request == null) {
      throw new WireException("an answer came that nobody asked for");
    }
    int id = frame.getInt(0);
    if (id != request.correlationId) {
      sent.addFirst(request);
      throw new WireException(
          "the answer to request " + id + " came before that to " + request.correlationId);
    }
    Message answer;
    try {
      short version = request.version;
      if (request.key == ApiKey.API_VERSIONS
          && frame.remaining() >= 6
          && frame.getShort(4) == ErrorCode.UNSUPPORTED_VERSION.code()) {
        version = 0;
      }
      answer = Frame.readResponse(new WireReader(frame), request.key, version).body();
    } catch (RuntimeException e) {
      sent.addFirst(request);
      throw e;
    }
    lastUsedNanos = nowNanos;
    request.answer.answered(answer, nowNanos);
  }

  // --- the end ---

  /** Ends what has waited too long: a connection that is not made, a request without an answer. */
  void expire(long nowNanos) {
    if (state == State.CONNECTING && nowNanos - connectDeadlineNanos >= 0) {
      down(
          ProducerError.of(
              LocalError.TRANSPORT,
              this
                  + ": not connected within "
                  + settings.connectNanosMax() / 1_000_000
                  + " ms (socket.connection.setup.timeout.ms)"),
          nowNanos);
      return;
    }
    for (Sent one : sent) {
      if (nowNanos - one.deadlineNanos >= 0) {
        down(
            ProducerError.of(
                LocalError.TIMED_OUT,
                this
                    + ": no answer to "
                    + one.key
                    + " within "
                    + settings.requestNanosMax() / 1_000_000
                    + " ms (request.timeout.ms)"),
            nowNanos);
        return;
      }
    }
    if (state == State.UP
        && settings.idleNanosMax() > 0
        && sent.isEmpty()
        && nowNanos - lastUsedNanos >= settings.idleNanosMax()) {
      close();
    }
  }

  /** Ends the connection; what was under way fails. It may be made again after a while. */
  void down(ProducerError why, long nowNanos) {
    close();
    lastError = why;
    failures++;
    retryNanos = nowNanos + settings.reconnectNanos(failures, Chance.SYSTEM);
    while (!sent.isEmpty()) {
      Sent one = sent.poll();
      one.answer.failed(why, bytesWritten > one.startByte, nowNanos);
    }
  }

  private void close() {
    state = State.DOWN;
    producesInFlight = 0;
    out.clear();
    in = ByteBuffer.allocate(0);
    SelectionKey of = key;
    key = null;
    if (of != null) {
      of.cancel();
    }
    SocketChannel open = channel;
    channel = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        // It is gone either way.
        return;
      }
    }
  }
}
