package io.millrace.record;

/**
 * The bytes are not the record batch they were taken for.
 *
 * <p>Thrown by readers of batches that should already have been checked: whoever takes batches from
 * outside asks {@link RecordBatchValidator} first, which answers instead of throwing.
 */
public final class CorruptBatchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CorruptBatchException(String message) {
    super(message);
  }
}
