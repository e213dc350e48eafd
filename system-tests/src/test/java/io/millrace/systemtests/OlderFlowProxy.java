package io.millrace.systemtests;

import io.millrace.wire.ApiKey;
import io.millrace.wire.Frame;
import io.millrace.wire.Message;
import io.millrace.wire.WireReader;
import io.millrace.wire.message.ApiVersionsResponse;
import io.millrace.wire.message.MetadataResponse;
import io.millrace.wire.message.RequestHeader;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Stands before a broker of one node and hides that it serves version 2 of the transactions'
 * protocol: a client that comes this way takes the older flow. Metadata names the proxy.
 */
public final class OlderFlowProxy implements AutoCloseable {

  private record Asked(ApiKey key, short version) {}

  private final ServerSocket door;
  private final String host;
  private final int port;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();

  private OlderFlowProxy(String host, int port) throws IOException {
    this.host = host;
    this.port = port;
    this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  /** Opens one before a broker. */
  public static OlderFlowProxy before(String broker) {
    int colon = broker.lastIndexOf(':');
    try {
      return new OlderFlowProxy(
          broker.substring(0, colon), Integer.parseInt(broker.substring(colon + 1)));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Where clients find it. */
  public String address() {
    return "127.0.0.1:" + door.getLocalPort();
  }

  private static void start(Runnable work) {
    Thread.ofVirtual().start(work);
  }

  private void accept() {
    while (true) {
      try {
        Socket client = door.accept();
        sockets.add(client);
        Socket broker = new Socket(host, port);
        sockets.add(broker);
        client.setTcpNoDelay(true);
        broker.setTcpNoDelay(true);
        Map<Integer, Asked> asked = new ConcurrentHashMap<>();
        start(() -> pass(client, broker, asked, true));
        start(() -> pass(broker, client, asked, false));
      } catch (IOException e) {
        if (door.isClosed()) {
          return;
        }
      }
    }
  }

  private void pass(Socket from, Socket to, Map<Integer, Asked> asked, boolean requests) {
    try (from;
        to) {
      DataInputStream in = new DataInputStream(from.getInputStream());
      DataOutputStream out = new DataOutputStream(to.getOutputStream());
      while (true) {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        ByteBuffer frame = ByteBuffer.wrap(bytes);
        if (requests) {
          note(frame.duplicate(), asked);
        } else {
          frame = changed(frame, asked);
        }
        byte[] passed = new byte[4 + frame.remaining()];
        ByteBuffer.wrap(passed).putInt(frame.remaining()).put(frame);
        out.write(passed);
      }
    } catch (IOException e) {
      // One side has gone: so does the other.
    }
  }

  private static void note(ByteBuffer frame, Map<Integer, Asked> asked) {
    RequestHeader header = Frame.readRequestHeader(new WireReader(frame));
    ApiKey key = ApiKey.forId(header.requestApiKey);
    if (key == ApiKey.API_VERSIONS || key == ApiKey.METADATA) {
      asked.put(header.correlationId, new Asked(key, header.requestApiVersion));
    }
  }

  private ByteBuffer changed(ByteBuffer frame, Map<Integer, Asked> asked) {
    int id = frame.getInt(0);
    Asked of = asked.remove(id);
    if (of == null) {
      return frame;
    }
    Message answer =
        Frame.readResponse(new WireReader(frame.duplicate()), of.key, of.version).body();
    if (answer instanceof ApiVersionsResponse versions) {
      versions.finalizedFeatures.clear();
      versions.supportedFeatures.clear();
    } else if (answer instanceof MetadataResponse metadata) {
      for (MetadataResponse.MetadataResponseBroker broker : metadata.brokers) {
        broker.host = "127.0.0.1";
        broker.port = door.getLocalPort();
      }
    }
    ByteBuffer whole = Frame.ofResponse(of.key, of.version, id, answer).toBuffer();
    whole.getInt();
    return whole;
  }

  @Override
  public void close() throws IOException {
    door.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
