package io.millrace.producer;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/**
 * TLS over a socket, by an engine of the JDK.
 *
 * <p>What is to be sent is made into a round of at most {@link #ROUND_RECORDS} records of TLS, and
 * nothing more is taken until the operating system has all of them. Certificates and keys are dealt
 * with aside ({@link #work}) while the connection is made; later, when a key is renewed, at once.
 */
final class TlsTransport implements Transport {

  private static final int ROUND_RECORDS = 4;
  private static final String CLOSED = "the broker closed the connection";
  private static final ByteBuffer[] NOTHING = {ByteBuffer.allocate(0)};

  private final SocketChannel channel;
  private final SSLEngine engine;
  private final ByteBuffer received;
  private final ByteBuffer toSend;
  private final ByteBuffer early;
  private final int roomToRead;

  /** Bytes of the application in the round that is being sent. */
  private long heldBack;

  private boolean begun;
  private volatile boolean working;

  TlsTransport(SocketChannel channel, SSLEngine engine) {
    this.channel = channel;
    this.engine = engine;
    int packet = engine.getSession().getPacketBufferSize();
    this.roomToRead = engine.getSession().getApplicationBufferSize();
    this.received = ByteBuffer.allocateDirect(2 * packet).flip();
    this.toSend = ByteBuffer.allocateDirect(ROUND_RECORDS * packet).flip();
    this.early = ByteBuffer.allocate(roomToRead);
  }

  // --- the handshake ---

  @Override
  public Need secure() throws IOException {
    if (!begun) {
      begun = true;
      engine.beginHandshake();
    }
    while (true) {
      if (!flush()) {
        return Need.WRITE;
      }
      switch (engine.getHandshakeStatus()) {
        case FINISHED, NOT_HANDSHAKING -> {
          return Need.NOTHING;
        }
        case NEED_TASK -> {
          working = true;
          return Need.WORK;
        }
        case NEED_WRAP -> wrap(NOTHING, 1);
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
          SSLEngineResult result = engine.unwrap(received, early);
          if (early.position() > 0) {
            throw new SSLException("the broker spoke before it was asked");
          }
          if (result.getStatus() == Status.CLOSED) {
            throw new SSLException("the broker ended the handshake");
          }
          if (result.getStatus() == Status.BUFFER_UNDERFLOW && !receive()) {
            return Need.READ;
          }
        }
      }
    }
  }

  @Override
  public void work() {
    try {
      runTasks();
    } finally {
      working = false;
    }
  }

  private void runTasks() {
    List<Runnable> tasks = new ArrayList<>();
    for (Runnable task; (task = engine.getDelegatedTask()) != null; ) {
      tasks.add(task);
    }
    tasks.forEach(Runnable::run);
  }

  // --- out ---

  /** Makes one record of TLS; returns how many bytes of the application are in it. */
  private long wrap(ByteBuffer[] from, int count) throws IOException {
    toSend.compact();
    try {
      SSLEngineResult result = engine.wrap(from, 0, count, toSend);
      if (result.getStatus() == Status.CLOSED) {
        throw new EOFException(CLOSED);
      }
      if (result.getStatus() != Status.OK) {
        throw new SSLException("TLS has no room for a record: " + result.getStatus());
      }
      return result.bytesConsumed();
    } finally {
      toSend.flip();
    }
  }

  @Override
  public long write(ByteBuffer[] from, int count) throws IOException {
    long taken = 0;
    while (flush() && hasRemaining(from, count)) {
      for (int i = 0; i < ROUND_RECORDS && hasRemaining(from, count); i++) {
        heldBack += wrap(from, count);
      }
      taken += heldBack;
      if (!toSend.hasRemaining()) {
        // The engine wants something else first, and will get it with what comes.
        return taken;
      }
    }
    return taken;
  }

  private static boolean hasRemaining(ByteBuffer[] from, int count) {
    // The last ones are taken last.
    for (int i = count - 1; i >= 0; i--) {
      if (from[i].hasRemaining()) {
        return true;
      }
    }
    return false;
  }

  /** Whether the operating system has everything of the round. */
  private boolean flush() throws IOException {
    while (toSend.hasRemaining()) {
      if (channel.write(toSend) == 0) {
        return false;
      }
    }
    heldBack = 0;
    return true;
  }

  @Override
  public long heldBack() {
    return toSend.hasRemaining() ? Math.max(1, heldBack) : 0;
  }

  // --- in ---

  /** Whether something has come. */
  private boolean receive() throws IOException {
    received.compact();
    try {
      int n = channel.read(received);
      if (n < 0) {
        throw new EOFException(CLOSED);
      }
      return n > 0;
    } finally {
      received.flip();
    }
  }

  @Override
  public int read(ByteBuffer to) throws IOException {
    while (true) {
      SSLEngineResult result = engine.unwrap(received, to);
      renew(result.getHandshakeStatus());
      switch (result.getStatus()) {
        case CLOSED -> {
          return -1;
        }
        case BUFFER_OVERFLOW ->
            throw new SSLException("a record of TLS is larger than " + to.remaining() + " bytes");
        case BUFFER_UNDERFLOW -> {
          if (!receive()) {
            return 0;
          }
        }
        case OK -> {
          if (result.bytesProduced() > 0) {
            return result.bytesProduced();
          }
        }
      }
    }
  }

  /** Does what the engine wants in the midst of a connection, such as a new key. */
  private void renew(HandshakeStatus status) throws IOException {
    HandshakeStatus now = status;
    while (now == HandshakeStatus.NEED_TASK || now == HandshakeStatus.NEED_WRAP) {
      if (now == HandshakeStatus.NEED_TASK) {
        runTasks();
      } else if (engine.isOutboundDone() || toSend.capacity() - toSend.remaining() < roomToRead) {
        return;
      } else {
        wrap(NOTHING, 1);
        flush();
      }
      now = engine.getHandshakeStatus();
    }
  }

  @Override
  public int roomToRead() {
    return roomToRead;
  }

  // --- the end ---

  @Override
  public void close() {
    try (channel) {
      if (begun && !working && !toSend.hasRemaining()) {
        engine.closeOutbound();
        toSend.clear();
        engine.wrap(NOTHING, toSend);
        toSend.flip();
        channel.write(toSend);
      }
    } catch (IOException e) {
      // It is gone either way.
      return;
    }
  }
}
