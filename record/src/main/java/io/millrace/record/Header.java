package io.millrace.record;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A named value beside a record. Names need not be unique and their order is kept.
 *
 * @param key the name, UTF-8 on the wire; may be empty
 * @param value the bytes between position and limit; null and empty are different things
 */
public record Header(String key, @Nullable ByteBuffer value) {}
