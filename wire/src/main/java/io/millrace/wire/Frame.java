package io.millrace.wire;

import io.millrace.wire.message.RequestHeader;
import io.millrace.wire.message.ResponseHeader;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One request or response as it travels: four bytes of size, a header, a body.
 *
 * <p>The size counts what follows it. Which header stands in front depends on the API and its
 * version: {@link ApiKey#requestHeaderVersion}, {@link ApiKey#responseHeaderVersion}. A frame that
 * was encoded is an immutable list of parts to be sent in order, the size among them; it shares
 * memory with the payloads of the message.
 *
 * <p>Bytes behind the body of what is decoded are ignored, as Kafka ignores them.
 *
 * @see <a href="https://kafka.apache.org/protocol#protocol_messages">Kafka protocol guide, The
 *     Messages</a>
 */
public final class Frame {
  /** Bytes of the size in front of a frame. */
  public static final int SIZE_BYTES = 4;

  private final List<Payload> parts;
  private final long size;

  private Frame(List<Payload> parts, long size) {
    this.parts = List.copyOf(parts);
    this.size = size;
  }

  /** A request that was decoded. */
  public record Request(RequestHeader header, ApiKey key, Message body) {}

  /** A response that was decoded. */
  public record Response(int correlationId, Message body) {}

  /**
   * Encodes a request.
   *
   * @param clientId who asks, for the server's logs and quotas
   * @throws WireException if the body cannot be written in that version
   * @throws IllegalArgumentException if the body belongs to another API
   */
  public static Frame ofRequest(
      ApiKey key, short version, int correlationId, @Nullable String clientId, Message body) {
    requireKey(key, body);
    RequestHeader header = new RequestHeader();
    header.requestApiKey = key.id();
    header.requestApiVersion = version;
    header.correlationId = correlationId;
    header.clientId = clientId;
    return of(header, key.requestHeaderVersion(version), body, version);
  }

  /**
   * Encodes a response.
   *
   * @param correlationId the request's
   * @throws WireException if the body cannot be written in that version
   * @throws IllegalArgumentException if the body belongs to another API
   */
  public static Frame ofResponse(ApiKey key, short version, int correlationId, Message body) {
    requireKey(key, body);
    ResponseHeader header = new ResponseHeader();
    header.correlationId = correlationId;
    return of(header, key.responseHeaderVersion(version), body, version);
  }

  private static void requireKey(ApiKey key, Message body) {
    if (body.apiKey() != key.id()) {
      throw new IllegalArgumentException(
          key + " asked for, but the body is a " + body.getClass().getSimpleName());
    }
  }

  private static Frame of(Message header, short headerVersion, Message body, short version) {
    WireWriter out = new WireWriter();
    int sizeAt = out.reserveInt32();
    header.write(out, headerVersion);
    body.write(out, version);
    long size = out.size();
    if (size - SIZE_BYTES > Integer.MAX_VALUE) {
      throw new WireException("frame of " + size + " bytes, limit " + Integer.MAX_VALUE);
    }
    out.putReserved(sizeAt, (int) size - SIZE_BYTES);
    return new Frame(out.parts(), size);
  }

  /** The bytes to send, in order: buffers, and the payloads between them. */
  public List<Payload> parts() {
    return parts;
  }

  /** How many bytes there are to send, the four of the size included. */
  public long size() {
    return size;
  }

  /**
   * The whole frame in one buffer; a copy when it has more than one part.
   *
   * @throws IllegalStateException if a payload is not in memory
   */
  public ByteBuffer toBuffer() {
    if (parts.size() == 1 && parts.get(0) instanceof BufferPayload only) {
      return only.buffer();
    }
    return WireWriter.join(parts);
  }

  /**
   * Takes the next frame from bytes that were received.
   *
   * @param received its position moves behind the frame, if all of it has come, and stays otherwise
   * @param bytesMax the largest size to accept, not counting the four bytes of the size
   * @return header and body, in memory shared with {@code received}; null if more has to come
   * @throws WireException if the size is negative or over {@code bytesMax}
   */
  public static @Nullable ByteBuffer next(ByteBuffer received, int bytesMax) {
    if (received.remaining() < SIZE_BYTES) {
      return null;
    }
    int start = received.position();
    // The caller's buffer may be little endian; a slice never is.
    int size = received.slice(start, SIZE_BYTES).getInt();
    if (size < 0 || size > bytesMax) {
      throw new WireException("frame of " + size + " bytes" + text(size) + ", limit " + bytesMax);
    }
    if (received.remaining() - SIZE_BYTES < size) {
      return null;
    }
    received.position(start + SIZE_BYTES + size);
    return received.slice(start + SIZE_BYTES, size);
  }

  /**
   * Reads the header of a request, of any version, valid or not. A server looks at it before it
   * reads the body: an ApiVersions request of an unknown version is answered in version 0, any
   * other ends the connection.
   *
   * @throws WireException if the API key is unknown, or the bytes are no header
   */
  public static RequestHeader readRequestHeader(WireReader in) {
    short id = in.peekInt16(0);
    ApiKey key = ApiKey.forId(id);
    if (key == null) {
      throw new WireException("unknown API key " + id);
    }
    return RequestHeader.read(in, key.requestHeaderVersion(in.peekInt16(2)));
  }

  /**
   * Reads a request.
   *
   * @param in header and body, as {@link #next} returns them
   * @throws WireException if the API key is unknown, the version not valid, or the bytes bad
   */
  public static Request readRequest(WireReader in) {
    RequestHeader header = readRequestHeader(in);
    ApiKey key = ApiKey.forId(header.requestApiKey);
    if (key == null) {
      throw new WireException("unknown API key " + header.requestApiKey);
    }
    return new Request(header, key, key.readRequest(in, header.requestApiVersion));
  }

  /**
   * Reads a response.
   *
   * @param in header and body, as {@link #next} returns them
   * @param key the API of the request that it answers
   * @param version the version of that request. To an ApiVersions request that is too new for it, a
   *     server answers in version 0, with error 35 in the first two bytes of the body
   * @throws WireException if the bytes are no such response
   */
  public static Response readResponse(WireReader in, ApiKey key, short version) {
    ResponseHeader header = ResponseHeader.read(in, key.responseHeaderVersion(version));
    return new Response(header.correlationId, key.readResponse(in, version));
  }

  @Override
  public String toString() {
    return "Frame[" + size + " bytes in " + parts.size() + " parts]";
  }

  /** The four bytes of a size, if they are text: somebody who speaks something else is there. */
  private static String text(int size) {
    StringBuilder text = new StringBuilder();
    for (int shift = 24; shift >= 0; shift -= 8) {
      char c = (char) (size >>> shift & 0xff);
      if (c < ' ' || c > '~') {
        return "";
      }
      text.append(c);
    }
    return " (\"" + text + "\")";
  }
}
