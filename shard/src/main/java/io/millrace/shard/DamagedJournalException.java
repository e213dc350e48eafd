package io.millrace.shard;

import java.io.IOException;

/**
 * A journal that cannot be replayed, though what is missing had been durable. The shard does not
 * start: going on would silently drop what was acknowledged. Nothing was changed.
 */
public final class DamagedJournalException extends IOException {
  DamagedJournalException(String message) {
    super(message);
  }
}
