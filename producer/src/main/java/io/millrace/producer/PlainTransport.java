package io.millrace.producer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** The socket as it is. */
final class PlainTransport implements Transport {

  private final SocketChannel channel;

  PlainTransport(SocketChannel channel) {
    this.channel = channel;
  }

  @Override
  public Need secure() {
    return Need.NOTHING;
  }

  @Override
  public void work() {}

  @Override
  public long write(ByteBuffer[] from, int count) throws IOException {
    return channel.write(from, 0, count);
  }

  @Override
  public long heldBack() {
    return 0;
  }

  @Override
  public int read(ByteBuffer to) throws IOException {
    return channel.read(to);
  }

  @Override
  public int roomToRead() {
    return 1;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // It is gone either way.
      return;
    }
  }
}
