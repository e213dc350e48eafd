package io.millrace.systemtests.badinput;

import io.millrace.wire.ApiKey;
import io.millrace.wire.Frame;
import io.millrace.wire.Message;
import io.millrace.wire.WireReader;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/** A client that sends whatever bytes it is given. */
final class RawConnection implements AutoCloseable {

  static final String CLIENT_ID = "raw";
  private static final int ANSWER_MS = 15_000;
  private static final int ANSWER_BYTES_MAX = 64 << 20;

  private final Socket socket;
  private final DataInputStream in;
  private int correlationId;

  RawConnection(int port) throws IOException {
    this.socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(ANSWER_MS);
    socket.setTcpNoDelay(true);
    this.in = new DataInputStream(socket.getInputStream());
  }

  /** A request with its size before it, as it should be sent. */
  static byte[] frame(ApiKey key, int version, int correlationId, Message body) {
    ByteBuffer bytes =
        Frame.ofRequest(key, (short) version, correlationId, CLIENT_ID, body).toBuffer();
    byte[] frame = new byte[bytes.remaining()];
    bytes.get(frame);
    return frame;
  }

  /** What was changed, with the right size before it. */
  static byte[] withSize(byte[] body) {
    return ByteBuffer.allocate(Frame.SIZE_BYTES + body.length)
        .putInt(body.length)
        .put(body)
        .array();
  }

  /** A frame without its size. */
  static byte[] withoutSize(byte[] frame) {
    return Arrays.copyOfRange(frame, Frame.SIZE_BYTES, frame.length);
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /** Sends a request and waits for its answer. */
  @SuppressWarnings("unchecked")
  <T extends Message> T ask(ApiKey key, int version, Message body) throws IOException {
    send(frame(key, version, ++correlationId, body));
    byte[] answer =
        answer().orElseThrow(() -> new EOFException("the connection ended instead of an answer"));
    Frame.Response response =
        Frame.readResponse(new WireReader(ByteBuffer.wrap(answer)), key, (short) version);
    if (response.correlationId() != correlationId) {
      throw new IOException(
          "the answer is to request " + response.correlationId() + ", not " + correlationId);
    }
    return (T) response.body();
  }

  /** The next answer without its size; nothing if the connection ends. */
  Optional<byte[]> answer() throws IOException {
    try {
      int size = in.readInt();
      if (size < 0 || size > ANSWER_BYTES_MAX) {
        throw new IOException("an answer of " + size + " bytes");
      }
      byte[] answer = new byte[size];
      in.readFully(answer);
      return Optional.of(answer);
    } catch (EOFException | SocketException e) {
      return Optional.empty();
    }
  }

  /** Whether the broker ends the connection, after answers or without. */
  boolean isEnded() throws IOException {
    try {
      while (in.read() >= 0) {
        continue;
      }
      return true;
    } catch (SocketException e) {
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    }
  }

  /** Says that nothing more comes. */
  void endOutput() throws IOException {
    try {
      socket.shutdownOutput();
    } catch (SocketException e) {
      // It is closed already.
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
