package io.millrace.record;

/** A payload could not be expanded or compressed; {@link #reason()} says whose fault it is. */
public final class CompressionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What went wrong, in the terms of what the caller can do about it. */
  public enum Reason {
    /** The compressed bytes are not what their codec calls valid; trying again is useless. */
    MALFORMED,
    /** More bytes came out, or were about to, than the caller allowed. */
    LIMIT,
    /** The batch names a codec that does not exist. */
    UNKNOWN_CODEC,
    /** The codec's library is not on the class path; the message names the artifact to add. */
    CODEC_MISSING
  }

  private final Reason reason;

  CompressionException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  CompressionException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }

  static CompressionException malformed(String codec, String what) {
    return new CompressionException(Reason.MALFORMED, codec + ": " + what);
  }

  /** For what a library says, if it says anything. */
  static CompressionException malformed(String codec, Exception cause) {
    String what = cause.getMessage() == null ? "the data is damaged" : cause.getMessage();
    return new CompressionException(Reason.MALFORMED, codec + ": " + what, cause);
  }

  static CompressionException limit(long expandedBytesMax) {
    return new CompressionException(
        Reason.LIMIT, "the batch expands to more than the allowed " + expandedBytesMax + " bytes");
  }
}
