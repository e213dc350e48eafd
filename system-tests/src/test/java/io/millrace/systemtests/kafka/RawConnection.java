package io.millrace.systemtests.kafka;

import io.millrace.server.Millrace;
import io.millrace.wire.ApiKey;
import io.millrace.wire.Frame;
import io.millrace.wire.Message;
import io.millrace.wire.WireReader;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;

/** A client made of nothing but a socket, for what kafka-clients cannot be made to say. */
final class RawConnection implements AutoCloseable {

  private static final int TIMEOUT_MS = 20_000;

  private final Socket socket;
  private final DataInputStream in;
  private final Queue<Sent> unanswered = new ArrayDeque<>();
  private int correlationId;

  private record Sent(ApiKey key, short version, int correlationId) {}

  private RawConnection(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(socket.getInputStream());
  }

  static RawConnection to(Millrace broker) {
    InetSocketAddress address = broker.kafkaAddresses().get(0);
    try {
      Socket socket = new Socket(address.getAddress(), address.getPort());
      socket.setSoTimeout(TIMEOUT_MS);
      socket.setTcpNoDelay(true);
      return new RawConnection(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends a request and waits for its answer. */
  <T extends Message> T ask(Message request, int version, Class<T> answer) {
    send(request, version);
    return answer.cast(receive());
  }

  /** Sends a request, whose answer is to be received later. */
  void send(Message request, int version) {
    ApiKey key = java.util.Objects.requireNonNull(ApiKey.forId(request.apiKey()));
    Sent sent = new Sent(key, (short) version, ++correlationId);
    unanswered.add(sent);
    sendBytes(Frame.ofRequest(key, sent.version, sent.correlationId, "raw", request).toBuffer());
  }

  /** The next answer, which must belong to the oldest request. */
  Message receive() {
    Sent sent = unanswered.remove();
    Frame.Response response =
        Frame.readResponse(new WireReader(receiveBytes()), sent.key, sent.version);
    if (response.correlationId() != sent.correlationId) {
      throw new AssertionError(
          "answer " + response.correlationId() + " came, not " + sent.correlationId);
    }
    return response.body();
  }

  void sendBytes(ByteBuffer bytes) {
    byte[] all = new byte[bytes.remaining()];
    bytes.get(all);
    try {
      socket.getOutputStream().write(all);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The next frame without its size. */
  ByteBuffer receiveBytes() {
    try {
      byte[] frame = new byte[in.readInt()];
      in.readFully(frame);
      return ByteBuffer.wrap(frame);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether the broker has closed the connection without another answer; waits for either. */
  boolean isClosedByBroker() {
    try {
      return in.read() < 0;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true; // reset
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
