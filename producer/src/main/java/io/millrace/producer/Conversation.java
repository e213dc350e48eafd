package io.millrace.producer;

import io.millrace.wire.ApiKey;
import io.millrace.wire.BufferPayload;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.Frame;
import io.millrace.wire.Message;
import io.millrace.wire.Payload;
import io.millrace.wire.WireException;
import io.millrace.wire.WireReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Requests out and answers in on one connection, in their order: what is to be written, what was
 * sent and is not answered, and what has come of the next answer. It begins when requests can be
 * sent and ends with the connection. Owned by the loop.
 */
final class Conversation {

  private static final class Sent {
    final int correlationId;
    final ApiKey key;
    final short version;
    final long startByte;
    final long endByte;
    final long sentNanos;
    final long waitNanosMax;
    final String limit;
    final boolean answerless;
    final BrokerLink.Answer answer;
    boolean written;

    Sent(
        int correlationId,
        ApiKey key,
        short version,
        long startByte,
        long endByte,
        long sentNanos,
        long waitNanosMax,
        String limit,
        boolean answerless,
        BrokerLink.Answer answer) {
      this.correlationId = correlationId;
      this.key = key;
      this.version = version;
      this.startByte = startByte;
      this.endByte = endByte;
      this.sentNanos = sentNanos;
      this.waitNanosMax = waitNanosMax;
      this.limit = limit;
      this.answerless = answerless;
      this.answer = answer;
    }

    long deadlineNanos() {
      return sentNanos + waitNanosMax;
    }
  }

  private static final int GATHER_MAX = 64;
  private static final int RECEIVE_BYTES = 64 * 1024;

  /** The answer to a request that gets none. */
  static final Message NOTHING = new io.millrace.wire.message.ApiVersionsResponse();

  private final Transport transport;
  private final LinkSettings settings;
  private final LinkCounts counts;
  private final ArrayDeque<ByteBuffer> out = new ArrayDeque<>();
  private final ByteBuffer[] gather = new ByteBuffer[GATHER_MAX];
  private final ArrayDeque<Sent> sent = new ArrayDeque<>();

  /** Those of {@link #sent} that are not wholly with the operating system. */
  private final ArrayDeque<Sent> unwritten = new ArrayDeque<>();

  private ByteBuffer in = ByteBuffer.allocateDirect(RECEIVE_BYTES);
  private int nextCorrelationId;
  private long bytesQueued;
  private long bytesWritten;
  private boolean over;

  Conversation(Transport transport, LinkSettings settings, LinkCounts counts) {
    this.transport = transport;
    this.settings = settings;
    this.counts = counts;
  }

  /** Requests that are not yet wholly with the operating system. */
  int unsent() {
    return unwritten.size();
  }

  /** Messages in them. */
  int unsentMessages() {
    int messages = 0;
    for (Sent one : unwritten) {
      messages += one.answer.messages();
    }
    return messages;
  }

  /** Requests that are not answered, sent or not. */
  int waitingForAnswers() {
    return sent.size();
  }

  /** When the first request has waited too long, by the monotonic clock; never if there is none. */
  long nextDeadlineNanos() {
    long first = Long.MAX_VALUE;
    for (Sent one : sent) {
      first = Math.min(first, one.deadlineNanos());
    }
    return first;
  }

  // --- out ---

  /**
   * Queues a request, to be written by {@link #write}.
   *
   * @param waitNanosMax how long its answer is waited for
   * @param limit the setting that says so
   * @param answerless whether the broker will not answer: {@link BrokerLink.Answer#answered} is
   *     then called with {@link #NOTHING} once it is with the operating system
   */
  void send(
      ApiKey api,
      short version,
      Message body,
      long nowNanos,
      long waitNanosMax,
      String limit,
      boolean answerless,
      BrokerLink.Answer answer) {
    int id = nextCorrelationId++;
    Frame frame = Frame.ofRequest(api, version, id, settings.clientId(), body);
    long start = bytesQueued;
    for (Payload part : frame.parts()) {
      out.add(((BufferPayload) part).buffer());
    }
    bytesQueued += frame.size();
    Sent request =
        new Sent(
            id,
            api,
            version,
            start,
            bytesQueued,
            nowNanos,
            waitNanosMax,
            limit,
            answerless,
            answer);
    sent.add(request);
    unwritten.add(request);
    counts.sent(api, frame.size(), nowNanos);
    if (counts.notices.sees(Debug.PROTOCOL)) {
      counts.notices.debug(
          Debug.PROTOCOL,
          "REQUEST",
          api + " v" + version + " " + id + " in " + frame.size() + " bytes");
    }
  }

  /**
   * Writes what the connection takes.
   *
   * @return whether there is more
   */
  boolean write(long nowNanos) throws IOException {
    while (!out.isEmpty() || transport.heldBack() > 0) {
      int n = 0;
      for (ByteBuffer one : out) {
        if (n == GATHER_MAX) {
          break;
        }
        gather[n++] = one;
      }
      long written = transport.write(gather, n);
      bytesWritten += written;
      counts.wrote(written, nowNanos);
      while (!out.isEmpty() && !out.peek().hasRemaining()) {
        out.poll();
      }
      if (transport.heldBack() > 0 || n > 0 && gather[n - 1].hasRemaining()) {
        break;
      }
    }
    boolean more = !out.isEmpty() || transport.heldBack() > 0;
    long left = bytesWritten - transport.heldBack();
    for (Sent one; (one = unwritten.peek()) != null && one.endByte <= left; ) {
      unwritten.poll();
      one.written = true;
      counts.written(nowNanos - one.sentNanos);
    }
    settleAnswerless(nowNanos);
    return more;
  }

  /** Ends what gets no answer and is written, as far as nothing before it waits for one. */
  private void settleAnswerless(long nowNanos) {
    for (Sent one; (one = sent.peek()) != null && one.answerless && one.written; ) {
      sent.poll();
      counts.metrics.unanswered(1);
      one.answer.answered(NOTHING, nowNanos);
    }
  }

  // --- in ---

  /** Is told that the broker has answered as one does that can be used. */
  interface Heard {
    void heard(Message answer, long nowNanos);
  }

  /** Takes what has come, until there is no more or what came ends the connection. */
  void read(Heard heard, long nowNanos) throws IOException {
    while (true) {
      while (in.remaining() < transport.roomToRead()) {
        grow();
      }
      int n = transport.read(in);
      if (n < 0) {
        throw new IOException("the broker closed the connection");
      }
      if (n == 0) {
        return;
      }
      counts.read(n, nowNanos);
      in.flip();
      ByteBuffer frame;
      while ((frame = Frame.next(in, settings.receiveBytesMax())) != null) {
        receive(frame, heard, nowNanos);
        if (over) {
          return;
        }
        settleAnswerless(nowNanos);
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

  private void receive(ByteBuffer frame, Heard heard, long nowNanos) {
    Sent request = sent.peek();
    if (request == null) {
      throw new WireException("an answer came that nobody asked for");
    }
    int bytes = frame.remaining();
    int id = frame.getInt(0);
    if (id != request.correlationId) {
      counts.strangers++;
      throw new WireException(
          "the answer to request " + id + " came before that to " + request.correlationId);
    }
    short version = request.version;
    if (request.key == ApiKey.API_VERSIONS
        && frame.remaining() >= 6
        && frame.getShort(4) == ErrorCode.UNSUPPORTED_VERSION.code()) {
      version = 0;
    }
    Message answer = Frame.readResponse(new WireReader(frame), request.key, version).body();
    sent.poll();
    counts.answered(Integer.BYTES + (long) bytes, nowNanos);
    if (counts.notices.sees(Debug.PROTOCOL)) {
      counts.notices.debug(
          Debug.PROTOCOL,
          "RESPONSE",
          request.key
              + " "
              + id
              + " in "
              + bytes
              + " bytes after "
              + (nowNanos - request.sentNanos) / 1_000_000
              + " ms");
    }
    heard.heard(answer, nowNanos);
    request.answer.answered(answer, nowNanos);
  }

  // --- the end ---

  /** Why it must end, for an answer has been waited for too long; null if none has. */
  @Nullable String overdue(long nowNanos) {
    for (Sent one : sent) {
      if (nowNanos - one.deadlineNanos() >= 0) {
        counts.timeouts++;
        return "no answer to "
            + one.key
            + " within "
            + one.waitNanosMax / 1_000_000
            + " ms ("
            + one.limit
            + ")";
      }
    }
    return null;
  }

  /** Nothing more goes out or comes in. */
  void end() {
    over = true;
    out.clear();
  }

  /** Tells each request that is not answered that it never will be. */
  void failAll(ProducerError why, long nowNanos) {
    for (Sent one; (one = sent.poll()) != null; ) {
      if (one.written) {
        counts.unanswered++;
      } else {
        counts.unwritten++;
      }
      counts.metrics.unanswered(1);
      one.answer.failed(why, bytesWritten > one.startByte, nowNanos);
    }
  }
}
