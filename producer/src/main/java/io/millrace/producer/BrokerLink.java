package io.millrace.producer;

import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.Message;
import io.millrace.wire.WireException;
import io.millrace.wire.message.ApiVersionsRequest;
import io.millrace.wire.message.ApiVersionsResponse;
import io.millrace.wire.message.ProduceResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The connection to one broker: requests out and answers in, in order. Owned by the loop.
 *
 * <p>It is made when something is to be sent. The name is looked up, beside the loop; its addresses
 * are tried in turn; then come TLS, the question which versions the broker speaks, and SASL, as
 * settings say. An attempt that fails behind the connecting goes on with the next address when the
 * link is wanted again. When the connection breaks, every request that was not answered fails, each
 * told whether a byte of it had left.
 */
final class BrokerLink {

  /** Where a link is in its life. */
  enum State {
    /** There is no connection. */
    DOWN,
    /** The name is being looked up. */
    RESOLVING,
    /** The system is connecting. */
    CONNECTING,
    /** Connected; TLS is being agreed on. */
    SECURING,
    /** The broker was asked what it serves. */
    GREETING,
    /** The broker wants to know who asks. */
    AUTHENTICATING,
    /** Requests can be sent. */
    UP,
    /** The broker wants to know again. */
    REAUTHENTICATING;

    boolean isSettingUp() {
      return this != DOWN && this != UP && this != REAUTHENTICATING;
    }

    boolean carriesRequests() {
      return compareTo(GREETING) >= 0;
    }
  }

  /** What becomes of a request. */
  interface Answer {
    void answered(Message response, long nowNanos);

    /**
     * @param maybeSent whether the broker may have got it
     */
    void failed(ProducerError why, boolean maybeSent, long nowNanos);

    /** How many messages the request carries. */
    default int messages() {
      return 0;
    }
  }

  private static final short GREETING_VERSION = 3;
  private static final long NEVER = Long.MAX_VALUE;
  private static final long PATIENCE_NANOS = 1_000_000_000L;

  /** Failures that who listens for errors is told of; the others the application wanted. */
  private static final Set<Integer> TOLD =
      Set.of(
          LocalError.TRANSPORT.code(),
          LocalError.RESOLVE.code(),
          LocalError.SSL.code(),
          LocalError.AUTHENTICATION.code(),
          LocalError.TIMED_OUT.code());

  /** The broker's number; below 0 for an address it was only told of. */
  final int nodeId;

  final String host;
  final int port;

  private final LinkSettings settings;
  private final Selector selector;
  private final Aside aside;

  private State state = State.DOWN;
  private @Nullable SocketChannel channel;
  private @Nullable SelectionKey key;
  private @Nullable Transport transport;
  private @Nullable Authentication authentication;

  /** Counts attempts, so that what was begun aside for an earlier one is known as such. */
  private int attempt;

  private final ArrayDeque<Names.Address> addresses = new ArrayDeque<>();
  private final ServedVersions versions = new ServedVersions();
  private final LinkCounts counts;

  /** Null while no request can be sent. */
  private @Nullable Conversation conversation;

  private int failures;
  private long retryNanos = Long.MIN_VALUE;
  private long setupBeganNanos;
  private long setupDeadlineNanos;
  private long reauthenticateNanos = NEVER;
  private long reauthenticationBeganNanos;

  /** What the last produce request was held back for. */
  private int throttledMs;

  private long upSinceNanos;

  /** Whether anything was answered since requests can be sent. */
  private boolean heard;

  private long lastUsedNanos;
  private @Nullable ProducerError lastError;

  /** Produce requests that are not answered. */
  int producesInFlight;

  BrokerLink(
      int nodeId,
      String host,
      int port,
      LinkSettings settings,
      LinkCounts counts,
      Selector selector,
      Aside aside) {
    this.nodeId = nodeId;
    this.host = host;
    this.port = port;
    this.settings = settings;
    this.counts = counts;
    this.selector = selector;
    this.aside = aside;
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

  /** Whether it is connected, and nothing speaks against it. */
  boolean isSound() {
    return (state == State.UP || state == State.REAUTHENTICATING) && lastError == null;
  }

  /** Why it cannot be used; null if it was never tried, or has answered since. */
  @Nullable ProducerError lastError() {
    return lastError;
  }

  /** Who is asked for the connection that there is; null if nobody is. */
  @Nullable Authentication authentication() {
    return authentication;
  }

  /** What has gone over its connections. */
  LinkCounts counts() {
    return counts;
  }

  /** Requests that are not yet wholly with the operating system. */
  int unsent() {
    Conversation with = conversation;
    return with == null ? 0 : with.unsent();
  }

  /** Messages in them. */
  int unsentMessages() {
    Conversation with = conversation;
    return with == null ? 0 : with.unsentMessages();
  }

  int waitingForAnswers() {
    Conversation with = conversation;
    return with == null ? 0 : with.waitingForAnswers();
  }

  /** Since when it is connected, if it is. */
  long upSinceNanos() {
    return upSinceNanos;
  }

  /** When it may be tried again after a failure; long ago if it has not failed. */
  long retryNanos() {
    return retryNanos;
  }

  /** When others may be tried beside the attempt that is going on. */
  long patienceEndNanos() {
    return setupBeganNanos + PATIENCE_NANOS;
  }

  /** Whether an attempt is going on that takes long. */
  boolean takesLong(long nowNanos) {
    return state.isSettingUp() && nowNanos - patienceEndNanos() >= 0;
  }

  /** Whether it was tried and cannot be used. */
  boolean isInTrouble(long nowNanos) {
    return state == State.DOWN && failures > 0 || takesLong(nowNanos);
  }

  /** The earliest moment at which something of this link is over, by the monotonic clock. */
  long nextDeadlineNanos() {
    long first =
        state.isSettingUp() ? setupDeadlineNanos : state == State.UP ? reauthenticateNanos : NEVER;
    Conversation with = conversation;
    if (with == null) {
      return first;
    }
    if (state == State.UP && settings.idleNanosMax() > 0 && with.waitingForAnswers() == 0) {
      first = Math.min(first, lastUsedNanos + settings.idleNanosMax());
    }
    return Math.min(first, with.nextDeadlineNanos());
  }

  // --- connecting ---

  /** Connects, unless it is connected or failed too recently. */
  void wanted(long nowNanos) {
    if (state != State.DOWN || nowNanos - retryNanos < 0 && failures > 0) {
      return;
    }
    attempt++;
    counts.connects++;
    setupBeganNanos = nowNanos;
    if (addresses.isEmpty()) {
      resolve(nowNanos);
    } else {
      connect(nowNanos);
    }
  }

  private void resolve(long nowNanos) {
    state = State.RESOLVING;
    setupDeadlineNanos = nowNanos + settings.connectNanosMax();
    if (Names.isAddress(host) && settings.lookup() != Names.Lookup.CANONICAL_BOOTSTRAP) {
      try {
        addresses.addAll(found());
        connect(nowNanos);
      } catch (UnknownHostException e) {
        down(unresolved(e), nowNanos);
      }
      return;
    }
    int of = attempt;
    aside.run(
        this::found,
        (found, now) -> {
          if (of == attempt && state == State.RESOLVING) {
            addresses.addAll(found);
            connect(now);
          }
        },
        (why, now) -> {
          if (of == attempt && state == State.RESOLVING) {
            down(unresolved(why), now);
          }
        });
  }

  private List<Names.Address> found() throws UnknownHostException {
    return settings.names().toTry(host, nodeId < 0, settings.lookup(), settings.family());
  }

  private ProducerError unresolved(Exception e) {
    return ProducerError.of(LocalError.RESOLVE, this + ": " + e.getMessage());
  }

  /** Tries the next address. */
  private void connect(long nowNanos) {
    Names.Address to = addresses.remove();
    counts.notices.debug(Debug.BROKER, "CONNECT", this + ": connecting to " + to.ip());
    state = State.CONNECTING;
    setupDeadlineNanos = nowNanos + settings.connectNanosMax();
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
      TlsSettings tls = settings.security().tls();
      transport =
          tls == null
              ? new PlainTransport(opened)
              : new TlsTransport(opened, tls.engine(to.name(), port));
      boolean connected = opened.connect(new InetSocketAddress(to.ip(), port));
      key =
          opened.register(
              selector, connected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, this);
      if (connected) {
        secure(nowNanos);
      }
    } catch (IOException | RuntimeException e) {
      failed(e, nowNanos);
    }
  }

  /** Goes on with the next address if this one cannot be connected to, else ends the attempt. */
  private void failed(Exception e, long nowNanos) {
    boolean askedNothing = state == State.UP && !heard && settings.security().login() == null;
    ProducerError why =
        LinkFailure.of(toString(), state, settings.security().tls() != null, askedNothing, e);
    if (state == State.CONNECTING && !addresses.isEmpty()) {
      nextAddress(why, nowNanos);
    } else {
      down(why, nowNanos);
    }
  }

  private void nextAddress(ProducerError why, long nowNanos) {
    close(nowNanos);
    lastError = why;
    attempt++;
    counts.connects++;
    connect(nowNanos);
  }

  /** Goes on with TLS, and with what comes behind it. */
  private void secure(long nowNanos) throws IOException {
    Transport by = transport;
    SelectionKey of = key;
    if (by == null || of == null) {
      return;
    }
    state = State.SECURING;
    switch (by.secure()) {
      case NOTHING -> {
        if (settings.security().tls() != null) {
          counts.notices.debug(Debug.SECURITY, "TLS", this + ": agreed on");
        }
        of.interestOps(SelectionKey.OP_READ);
        greet(by, nowNanos);
        write(nowNanos);
      }
      case READ -> of.interestOps(SelectionKey.OP_READ);
      case WRITE -> of.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
      case WORK -> {
        of.interestOps(0);
        int mine = attempt;
        aside.run(
            () -> {
              by.work();
              return by;
            },
            (done, now) -> goOn(mine, now),
            (why, now) -> goOn(mine, now));
      }
    }
  }

  private void goOn(int of, long nowNanos) {
    if (of != attempt || state != State.SECURING) {
      return;
    }
    try {
      secure(nowNanos);
    } catch (IOException | RuntimeException e) {
      failed(e, nowNanos);
    }
  }

  private void greet(Transport over, long nowNanos) {
    state = State.GREETING;
    heard = false;
    conversation = new Conversation(over, settings, counts);
    counts.metrics.connected(nowNanos);
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
      BrokerLink.this.versions.learn(versions);
      if (version(ApiKey.METADATA, Cluster.OWN_LOWEST, Cluster.OWN_HIGHEST) < 0
          || version(ApiKey.PRODUCE, Deliveries.OWN_LOWEST, Deliveries.OWN_HIGHEST) < 0) {
        down(
            ProducerError.of(
                LocalError.UNSUPPORTED_FEATURE,
                BrokerLink.this
                    + ": it takes no messages from clients of this version; is it a broker, or a"
                    + " controller?"),
            nowNanos);
        return;
      }
      SaslLogin login = settings.security().login();
      if (login == null) {
        up(nowNanos);
      } else {
        state = State.AUTHENTICATING;
        Authentication begun = new Authentication(BrokerLink.this, login, aside);
        authentication = begun;
        begun.begin(nowNanos);
      }
    }

    @Override
    public void failed(ProducerError why, boolean maybeSent, long nowNanos) {
      // The link goes down as a whole.
    }
  }

  private void up(long nowNanos) {
    if (state == State.REAUTHENTICATING) {
      counts.metrics.readmitted(nowNanos - reauthenticationBeganNanos, nowNanos);
    } else {
      counts.metrics.admitted(nowNanos);
      counts.notices.debug(Debug.BROKER, "UP", this + ": requests can be sent");
      lastUsedNanos = nowNanos;
      upSinceNanos = nowNanos;
    }
    state = State.UP;
    addresses.clear();
  }

  /** The broker has answered as one does that can be used: what failed before is over. */
  private void proven() {
    heard = true;
    failures = 0;
    lastError = null;
  }

  /**
   * The broker believes who is asking.
   *
   * @param lifeMs for how long it does; 0 for as long as the connection lasts
   */
  void authenticated(long lifeMs, long nowNanos) {
    counts.notices.debug(
        Debug.SECURITY,
        "AUTH",
        this + " believes who asks" + (lifeMs > 0 ? " for " + lifeMs + " ms" : ""));
    // Somewhat early, and not all connections at once.
    double part = 0.85 + 0.1 * Chance.SYSTEM.fraction();
    proven();
    reauthenticateNanos = lifeMs <= 0 ? NEVER : nowNanos + (long) (lifeMs * 1_000_000d * part);
    up(nowNanos);
  }

  /**
   * The version to use for an API: the highest that both know.
   *
   * @return -1 if there is none
   */
  short version(ApiKey api, int ownLowest, int ownHighest) {
    return versions.best(api, ownLowest, ownHighest);
  }

  /** Which version of the transactions' protocol its cluster serves, 0 if it does not say. */
  int transactionVersion() {
    return versions.transactionVersion();
  }

  // --- requests ---

  /**
   * Queues a request, to be written by {@link #write}. Its answer is waited for as long as settings
   * say.
   *
   * @param answerless whether the broker will not answer
   */
  void send(
      ApiKey api, short version, Message body, long nowNanos, boolean answerless, Answer answer) {
    send(
        api,
        version,
        body,
        nowNanos,
        settings.requestNanosMax(),
        "request.timeout.ms",
        answerless,
        answer);
  }

  /**
   * Queues a request, to be written by {@link #write}.
   *
   * @param waitNanosMax how long its answer is waited for at most; settings may say less
   * @param limit the setting that says so
   * @param answerless whether the broker will not answer: {@link Answer#answered} is then called
   *     with {@link Conversation#NOTHING} once the request is with the operating system
   */
  void send(
      ApiKey api,
      short version,
      Message body,
      long nowNanos,
      long waitNanosMax,
      String limit,
      boolean answerless,
      Answer answer) {
    Conversation with = conversation;
    if (with == null) {
      throw new IllegalStateException(this + " is not connected");
    }
    boolean usual = settings.requestNanosMax() <= waitNanosMax;
    with.send(
        api,
        version,
        body,
        nowNanos,
        usual ? settings.requestNanosMax() : waitNanosMax,
        usual ? "request.timeout.ms" : limit,
        answerless,
        answer);
    if (state == State.UP) {
      lastUsedNanos = nowNanos;
    }
  }

  /** Writes what the socket takes. */
  void write(long nowNanos) {
    Conversation with = conversation;
    SelectionKey of = key;
    if (with == null || of == null || !state.carriesRequests()) {
      return;
    }
    try {
      boolean more = with.write(nowNanos);
      if (key == of) {
        of.interestOps(more ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
      }
    } catch (IOException | RuntimeException e) {
      failed(e, nowNanos);
    }
  }

  // --- what the selector says ---

  void ready(long nowNanos) {
    SelectionKey of = key;
    SocketChannel from = channel;
    if (of == null || from == null || !of.isValid()) {
      return;
    }
    try {
      if (state == State.CONNECTING ? from.finishConnect() : state == State.SECURING) {
        secure(nowNanos);
      }
      Transport by = transport;
      Conversation with = conversation;
      if (key == of && with != null && by != null && of.isReadable()) {
        with.read(this::answered, nowNanos);
        if (key == of && by.heldBack() > 0) {
          write(nowNanos);
        }
      }
      if (key == of && conversation != null && of.isWritable()) {
        write(nowNanos);
      }
    } catch (IOException | RuntimeException e) {
      failed(e, nowNanos);
    }
  }

  private void throttled(int ms) {
    if (ms > 0 || throttledMs > 0) {
      throttledMs = ms;
      counts.notices.throttled(new Throttle(toString(), nodeId, ms));
    }
  }

  private void answered(Message answer, long nowNanos) {
    if (answer instanceof ProduceResponse stored) {
      throttled(stored.throttleTimeMs);
    }
    if (state == State.UP) {
      lastUsedNanos = nowNanos;
      proven();
    }
  }

  // --- the end ---

  /** Ends what has waited too long: a connection that is not made, a request without an answer. */
  void expire(long nowNanos) {
    if (state.isSettingUp() && nowNanos - setupDeadlineNanos >= 0) {
      ProducerError late =
          ProducerError.of(
              LocalError.TRANSPORT,
              this
                  + ": "
                  + lateness()
                  + " within "
                  + settings.connectNanosMax() / 1_000_000
                  + " ms (socket.connection.setup.timeout.ms)");
      if (state == State.CONNECTING && !addresses.isEmpty()) {
        nextAddress(late, nowNanos);
      } else {
        down(late, nowNanos);
      }
      return;
    }
    Conversation with = conversation;
    String overdue = with == null ? null : with.overdue(nowNanos);
    if (overdue != null) {
      down(ProducerError.of(LocalError.TIMED_OUT, this + ": " + overdue), nowNanos);
      return;
    }
    Authentication by = authentication;
    if (by != null
        && state == State.UP
        && reauthenticateNanos != NEVER
        && nowNanos - reauthenticateNanos >= 0) {
      state = State.REAUTHENTICATING;
      reauthenticationBeganNanos = nowNanos;
      by.begin(nowNanos);
      return;
    }
    if (state == State.UP
        && settings.idleNanosMax() > 0
        && waitingForAnswers() == 0
        && nowNanos - lastUsedNanos >= settings.idleNanosMax()) {
      close(nowNanos);
    }
  }

  private String lateness() {
    return switch (state) {
      case RESOLVING -> "its name was not resolved";
      case CONNECTING -> "not connected";
      case SECURING -> "no TLS was agreed on";
      case AUTHENTICATING -> "not authenticated";
      case DOWN, GREETING, UP, REAUTHENTICATING -> "it did not say what it serves";
    };
  }

  /** Ends the connection; what was under way fails. It may be made again after a while. */
  void down(ProducerError why, long nowNanos) {
    if (state == State.UP && nowNanos - upSinceNanos >= settings.reconnectMsMax() * 1_000_000L) {
      failures = 0;
    }
    Conversation ended = conversation;
    if (ended != null && isRefusal(why)) {
      counts.metrics.turnedAway(state == State.REAUTHENTICATING, nowNanos);
    }
    ProducerError before = lastError;
    boolean idle = state == State.UP && waitingForAnswers() == 0;
    boolean isNews =
        state != State.DOWN && !idle && (before == null || !before.message().equals(why.message()));
    close(nowNanos);
    lastError = why;
    boolean lasts = why.code() == LocalError.SSL.code() || isRefusal(why);
    if (lasts && (before == null || !before.message().equals(why.message()))) {
      counts.notices.log(LogEvent.WARNING, "FAIL", why.toString());
    }
    tell(why, isNews);
    failures++;
    retryNanos = nowNanos + settings.reconnectNanos(failures, Chance.SYSTEM);
    if (ended != null) {
      ended.failAll(why, nowNanos);
    }
  }

  /**
   * @param isNews whether it is worth the attention of who listens for errors: a connection that
   *     nothing went over may end
   */
  private void tell(ProducerError why, boolean isNews) {
    if (isNews && TOLD.contains(why.code())) {
      counts.notices.error(why);
    }
    if (isRefusal(why)) {
      counts.notices.debug(Debug.SECURITY, "AUTH", why.toString());
    }
    counts.notices.debug(Debug.BROKER, "DOWN", this + ": " + why);
  }

  /** Whether it has failed since it last answered. */
  boolean hasFailed() {
    return failures > 0;
  }

  private static boolean isRefusal(ProducerError why) {
    return why.code() == LocalError.AUTHENTICATION.code();
  }

  private void close(long nowNanos) {
    state = State.DOWN;
    reauthenticateNanos = NEVER;
    authentication = null;
    producesInFlight = 0;
    Conversation with = conversation;
    conversation = null;
    if (with != null) {
      with.end();
      counts.disconnected(nowNanos);
    }
    SelectionKey of = key;
    key = null;
    if (of != null) {
      of.cancel();
    }
    SocketChannel open = channel;
    channel = null;
    Transport by = transport;
    transport = null;
    if (by != null) {
      by.close();
    } else if (open != null) {
      new PlainTransport(open).close();
    }
  }
}
