package io.millrace.producer;

import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.Message;
import io.millrace.wire.message.SaslAuthenticateRequest;
import io.millrace.wire.message.SaslAuthenticateResponse;
import io.millrace.wire.message.SaslHandshakeRequest;
import io.millrace.wire.message.SaslHandshakeResponse;
import java.nio.ByteBuffer;

/**
 * The authentication of one connection, and its renewal: the mechanism is named, then both sides
 * say what the mechanism wants. Owned by the loop; what is said is worked out aside.
 *
 * <p>While it goes on nothing else is sent on the connection, for brokers end a connection that
 * does otherwise.
 *
 * @see <a href="https://kafka.apache.org/protocol#sasl_handshake">Kafka protocol guide, SASL
 *     authentication sequence</a>; KIP-368, re-authentication
 */
final class Authentication {

  private static final int HANDSHAKE_LOWEST = 1;
  private static final int HANDSHAKE_HIGHEST = 1;
  private static final int AUTHENTICATE_HIGHEST = 2;

  private final BrokerLink link;
  private final SaslLogin login;
  private final Aside aside;

  Authentication(BrokerLink link, SaslLogin login, Aside aside) {
    this.link = link;
    this.login = login;
    this.aside = aside;
  }

  /** Begins, for the first time or anew; ends in a call of the link. */
  void begin(long nowNanos) {
    short version = link.version(ApiKey.SASL_HANDSHAKE, HANDSHAKE_LOWEST, HANDSHAKE_HIGHEST);
    if (version < 0 || link.version(ApiKey.SASL_AUTHENTICATE, 0, AUTHENTICATE_HIGHEST) < 0) {
      refuse("it does not serve SASL as Kafka 1.0 and later do", nowNanos);
      return;
    }
    SaslHandshakeRequest request = new SaslHandshakeRequest();
    request.mechanism = login.mechanism();
    link.send(ApiKey.SASL_HANDSHAKE, version, request, nowNanos, false, new Named());
    link.write(nowNanos);
  }

  private boolean isOver() {
    return link.authentication() != this;
  }

  private void refuse(String why, long nowNanos) {
    if (!isOver()) {
      link.down(
          ProducerError.of(
              LocalError.AUTHENTICATION,
              link + ": not authenticated by " + login.mechanism() + ": " + why),
          nowNanos);
    }
  }

  private final class Named implements BrokerLink.Answer {
    @Override
    public void answered(Message response, long nowNanos) {
      SaslHandshakeResponse answer = (SaslHandshakeResponse) response;
      ErrorCode error = ErrorCode.forCode(answer.errorCode);
      switch (error) {
        case NONE -> converse(nowNanos);
        case UNSUPPORTED_SASL_MECHANISM ->
            refuse(
                "the broker serves "
                    + (answer.mechanisms.isEmpty()
                        ? "other mechanisms"
                        : String.join(", ", answer.mechanisms))
                    + " (sasl.mechanism)",
                nowNanos);
        case ILLEGAL_SASL_STATE ->
            refuse(
                "this port of the broker asks for no authentication: is it the right port, or"
                    + " security.protocol one without SASL?",
                nowNanos);
        default -> refuse(error + ", " + error.message(), nowNanos);
      }
    }

    @Override
    public void failed(ProducerError why, boolean maybeSent, long nowNanos) {
      // The link goes down as a whole.
    }
  }

  private void converse(long nowNanos) {
    if (isOver()) {
      return;
    }
    record Begun(SaslExchange exchange, byte[] first) {}

    aside.run(
        () -> {
          SaslExchange exchange = login.begin();
          return new Begun(exchange, exchange.first());
        },
        (begun, now) -> say(begun.exchange, begun.first, now),
        (why, now) -> refuse(String.valueOf(why.getMessage()), now));
  }

  private void say(SaslExchange exchange, byte[] what, long nowNanos) {
    if (isOver()) {
      return;
    }
    SaslAuthenticateRequest request = new SaslAuthenticateRequest();
    request.authBytes = ByteBuffer.wrap(what);
    short version = link.version(ApiKey.SASL_AUTHENTICATE, 0, AUTHENTICATE_HIGHEST);
    link.send(ApiKey.SASL_AUTHENTICATE, version, request, nowNanos, false, new Said(exchange));
    link.write(nowNanos);
  }

  private final class Said implements BrokerLink.Answer {
    private final SaslExchange exchange;

    Said(SaslExchange exchange) {
      this.exchange = exchange;
    }

    @Override
    public void answered(Message response, long nowNanos) {
      SaslAuthenticateResponse answer = (SaslAuthenticateResponse) response;
      ErrorCode error = ErrorCode.forCode(answer.errorCode);
      if (error != ErrorCode.NONE) {
        login.refused();
        String text = answer.errorMessage;
        refuse(
            (text == null || text.isBlank() ? error.message() : text)
                + (error == ErrorCode.SASL_AUTHENTICATION_FAILED
                    ? " (check who it says it is: sasl.username and sasl.password, or the token)"
                    : ""),
            nowNanos);
        return;
      }
      byte[] heard = new byte[answer.authBytes.remaining()];
      answer.authBytes.duplicate().get(heard);
      long lifeMs = answer.sessionLifetimeMs;
      aside.run(
          () -> exchange.next(heard),
          (next, now) -> {
            if (next.isPresent()) {
              say(exchange, next.get(), now);
            } else if (!isOver()) {
              link.authenticated(lifeMs, now);
            }
          },
          (why, now) -> refuse(String.valueOf(why.getMessage()), now));
    }

    @Override
    public void failed(ProducerError why, boolean maybeSent, long nowNanos) {
      // The link goes down as a whole.
    }
  }
}
