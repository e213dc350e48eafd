package io.millrace.kafka;

import io.millrace.wire.ApiKey;
import io.millrace.wire.Frame;
import io.millrace.wire.Message;
import io.millrace.wire.message.RequestHeader;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer. The connection sends answers in the order of the requests, whenever
 * they come; each exchange is answered once.
 */
public final class Exchange {

  private final KafkaConnection connection;
  private final ApiKey key;
  private final RequestHeader header;
  private final ByteBuf request;

  // The connection's loop.
  private @Nullable Frame answer;
  private boolean answered;
  private boolean closesInsteadOfAnswer;
  private boolean unheard;

  Exchange(KafkaConnection connection, ApiKey key, RequestHeader header, ByteBuf request) {
    this.connection = connection;
    this.key = key;
    this.header = header;
    this.request = request;
  }

  public ApiKey key() {
    return key;
  }

  /** Version of the request, and so of the answer. */
  public short version() {
    return header.requestApiVersion;
  }

  /** Who asks, as it calls itself; may be empty. */
  public String clientId() {
    return header.clientId == null ? "" : header.clientId;
  }

  public KafkaConnection connection() {
    return connection;
  }

  /** Runs things on the connection's loop. */
  public Executor loop() {
    return connection.loop();
  }

  /**
   * Keeps the bytes that the request was decoded from, and that its payloads share, until the
   * caller releases them. Without this they are gone when the handler returns.
   */
  public ByteBuf keepRequest() {
    return request.retain();
  }

  /** A copy of the bytes that the request was decoded from, for the caller to release. */
  ByteBuf copyRequest() {
    return request.copy();
  }

  /** Has the connection end where the answer would be sent. */
  void closeInsteadOfAnswer() {
    closesInsteadOfAnswer = true;
  }

  boolean closesInsteadOfAnswer() {
    return closesInsteadOfAnswer;
  }

  /** Makes this the second serving of a request, whose answer nobody hears. */
  Exchange unheard() {
    unheard = true;
    return this;
  }

  /** Answers. May be called by any thread. */
  public void reply(Message response) {
    replyInVersion(version(), response);
  }

  /** Answers in another version than that of the request. */
  void replyInVersion(short version, Message response) {
    connection.run(() -> {
      if (answered) {
        throw new IllegalStateException(key + " was answered twice");
      }
      answered = true;
      Frame frame;
      try {
        frame = Frame.ofResponse(key, version, header.correlationId, response);
      } catch (RuntimeException e) {
        // Without an answer the client would wait for ever, and so would those behind it.
        connection.failed(key, e);
        return;
      }
      if (unheard) {
        KafkaConnection.drop(frame);
        return;
      }
      answer = frame;
      connection.answered();
    });
  }

  /** Says that there will be no answer, as a produce request with acks=0 wants it. Any thread. */
  public void replyNothing() {
    connection.run(() -> {
      answered = true;
      if (!unheard) {
        connection.answered();
      }
    });
  }

  /** Ends the connection, saying why in the log. Any thread. */
  public void close(String why) {
    connection.run(() -> connection.close(why));
  }

  boolean isAnswered() {
    return answered;
  }

  @Nullable Frame answer() {
    return answer;
  }
}
