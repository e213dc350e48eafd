package io.millrace.wire;

/**
 * Bytes that are not what they claim to be, or a message that cannot be put into bytes.
 *
 * <p>It is the only exception that reading throws, whatever the input. The message names the field
 * where it is known, the limit that was crossed, and the position of the byte. On a server it ends
 * the connection: what follows on it cannot be told apart.
 */
public class WireException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public WireException(String message) {
    super(message);
  }

  public WireException(String message, Throwable cause) {
    super(message, cause);
  }
}
