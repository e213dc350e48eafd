package io.millrace.wire;

import java.nio.ByteBuffer;
import java.util.UUID;

/** What fields of the generated messages hold until they are set; nobody can change any of it. */
public final class Defaults {
  public static final UUID ZERO_UUID = new UUID(0, 0);
  public static final ByteBuffer NO_BYTES = ByteBuffer.allocate(0);
  public static final Payload NO_RECORDS = Payload.EMPTY;
  public static final byte[] NO_INT8S = {};
  public static final short[] NO_INT16S = {};
  public static final int[] NO_INT32S = {};
  public static final long[] NO_INT64S = {};

  private Defaults() {}
}
