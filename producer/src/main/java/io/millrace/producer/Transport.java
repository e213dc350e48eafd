package io.millrace.producer;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What carries the bytes of a connection: the socket as it is, or TLS over it. Never waits. Owned
 * by the loop.
 */
interface Transport {

  /** What it waits for. */
  enum Need {
    NOTHING,
    /** Bytes from the other side. */
    READ,
    /** Room in the operating system's buffer. */
    WRITE,
    /** {@link #work}. */
    WORK
  }

  /**
   * Goes on with what comes before the first byte can be sent.
   *
   * @return what it waits for; {@code NOTHING} once it is done
   */
  Need secure() throws IOException;

  /**
   * Does what is to be done beside the loop. Until it is done nothing else may be called but {@link
   * #close}.
   */
  void work();

  /**
   * Takes bytes to send.
   *
   * @param count how many of the buffers
   * @return how many bytes were taken; with TLS some of them may be held back
   */
  long write(ByteBuffer[] from, int count) throws IOException;

  /** Of the bytes taken, how many at most are not yet with the operating system. */
  long heldBack();

  /**
   * Gives bytes that have come.
   *
   * @param to with at least {@link #roomToRead} bytes of room
   * @return how many; 0 if none have come, -1 if none ever will
   */
  int read(ByteBuffer to) throws IOException;

  /** The least room that {@link #read} wants. */
  int roomToRead();

  /** Says goodbye where there is a way to, and closes the socket. */
  void close();
}
