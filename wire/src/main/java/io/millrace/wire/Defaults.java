package io.millrace.wire;

import java.nio.ByteBuffer;

/**
 * What fields of the generated messages hold until they are set; all are immutable by being empty.
 */
public final class Defaults {
  public static final java.util.UUID UUID = new java.util.UUID(0, 0);
  public static final ByteBuffer BYTES = ByteBuffer.allocate(0);
  public static final Payload RECORDS = Payload.EMPTY;
  public static final byte[] INT8_ARRAY = {};
  public static final short[] INT16_ARRAY = {};
  public static final int[] INT32_ARRAY = {};
  public static final long[] INT64_ARRAY = {};

  private Defaults() {}
}
