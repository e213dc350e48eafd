package io.millrace.wire;

/**
 * A message of the protocol: a request, a response, a header, or the content of some record.
 *
 * <p>Implemented by the generated classes, which also have {@code static read(WireReader, short)}.
 */
public interface Message {

  /** The API it belongs to, or -1 when it is neither a request nor a response. */
  short apiKey();

  /** The lowest valid version, inclusive. */
  short lowestSupportedVersion();

  /** The highest valid version, inclusive. */
  short highestSupportedVersion();

  /**
   * Writes the message, without any header.
   *
   * @throws UnsupportedFieldException if a field is set which that version cannot carry
   * @throws WireException if the version is not valid, a field is null that may not be, or a value
   *     does not fit its field
   */
  void write(WireWriter out, short version);

  /** Refuses a version outside {@code lowest} to {@code highest}, both inclusive. */
  static void requireVersion(String message, short version, short lowest, short highest) {
    if (version < lowest || version > highest) {
      throw new WireException(
          message + " has no version " + version + ", only " + lowest + " to " + highest);
    }
  }
}
