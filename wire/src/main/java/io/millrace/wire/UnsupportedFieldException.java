package io.millrace.wire;

/**
 * A message has a field set which the version to be written does not know, and which its schema
 * does not allow to drop: the reader would do something else than was asked.
 */
public final class UnsupportedFieldException extends WireException {
  private static final long serialVersionUID = 1L;

  private final String field;
  private final short version;

  /**
   * @param struct the message or the struct in it
   * @param field name of the field in that class
   */
  public UnsupportedFieldException(Class<?> struct, String field, short version) {
    this(
        struct.getName().substring(struct.getName().lastIndexOf('.') + 1).replace('$', '.')
            + "."
            + field,
        version);
  }

  private UnsupportedFieldException(String field, short version) {
    super(field + " is set, and version " + version + " cannot carry it");
    this.field = field;
    this.version = version;
  }

  /** The field, with the message it is in: {@code "FetchRequest.ReplicaState.replicaEpoch"}. */
  public String field() {
    return field;
  }

  /** The version that was to be written. */
  public short version() {
    return version;
  }
}
