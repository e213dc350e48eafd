package io.millrace.shard;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A snapshot that cannot be used. Says which file and why. */
public final class SnapshotException extends IOException {
  SnapshotException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
