package io.millrace.cli;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The first question to whatever listens at an address, asked before the Kafka client talks to it:
 * the client takes the first four bytes of any answer for a size and makes room for as much, which
 * is more than there is if what answers is a web server.
 *
 * @see <a href="https://kafka.apache.org/protocol.html">ApiVersions, version 0</a>
 */
final class Probe {

  /** ApiVersions (18), version 0, correlation id 1, no client id. */
  private static final byte[] QUESTION = {0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, -1, -1};

  private static final int ANSWER_BYTES_MIN = 10;
  private static final int ANSWER_BYTES_MAX = 1 << 20;
  private static final int CORRELATION_ID = 1;
  private static final int TLS_ALERT = 0x15;

  private Probe() {}

  /**
   * Asks.
   *
   * @return what came instead of an answer, as part of a sentence; null if a Kafka broker answered
   * @throws SocketTimeoutException if nothing came in time
   */
  static @Nullable String problem(Socket socket, int timeoutMs) throws IOException {
    socket.setSoTimeout(timeoutMs);
    byte[] head;
    try {
      socket.getOutputStream().write(QUESTION);
      head = socket.getInputStream().readNBytes(8);
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      return "it closed the connection";
    }
    if (head.length == 0) {
      return "it closed the connection";
    }
    if (head[0] == TLS_ALERT) {
      return "it wants TLS, which --config with security.protocol=SSL gives it";
    }
    ByteBuffer answer = ByteBuffer.wrap(head);
    if (head.length == 8
        && answer.getInt(0) >= ANSWER_BYTES_MIN
        && answer.getInt(0) <= ANSWER_BYTES_MAX
        && answer.getInt(4) == CORRELATION_ID) {
      return null;
    }
    return "it began with " + shown(head);
  }

  private static String shown(byte[] head) {
    String text = new String(head, StandardCharsets.ISO_8859_1).strip();
    return text.chars().allMatch(c -> c >= ' ' && c < 127)
        ? "\"" + text + "\""
        : "the bytes " + HexFormat.ofDelimiter(" ").formatHex(head);
  }
}
