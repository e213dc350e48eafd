package io.millrace.shard;

import java.io.IOException;
import java.nio.file.Path;

/** A file of a later version of Millrace. It is left untouched. */
public final class NewerFormatException extends IOException {
  NewerFormatException(Path path, int found, int known) {
    super(
        path
            + " has format version "
            + found
            + "; this version of Millrace reads up to "
            + known
            + ". Nothing was changed: start it with the version that wrote it, or a later one");
  }
}
