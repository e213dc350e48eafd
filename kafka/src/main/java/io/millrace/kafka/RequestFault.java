package io.millrace.kafka;

import io.millrace.wire.ErrorCode;
import java.time.Duration;

/** Something that goes wrong with one request, on purpose. */
public sealed interface RequestFault {

  /**
   * The request is served later, and with it everything that its connection sent after it.
   *
   * @param by how much later
   */
  record Delay(Duration by) implements RequestFault {}

  /**
   * The request is not served and is answered with an error, on every topic and partition of it.
   */
  record Fail(ErrorCode error) implements RequestFault {}

  /** The connection ends before the request is served. */
  record DropRequest() implements RequestFault {}

  /** The request is served, and its connection ends instead of the answer. */
  record DropAnswer() implements RequestFault {}

  /** The request is served twice, one after the other; the first answer is sent. */
  record Duplicate() implements RequestFault {}
}
