package io.millrace.shard;

import io.millrace.log.LogId;
import java.nio.ByteBuffer;
import java.util.UUID;

/** One thing that an entry of a journal holds, as it stands in the entry's header. */
public sealed interface JournalItem {

  /** A batch; its bytes are in the payload. */
  record Batch(LogId log, BatchAppend.Header header) implements JournalItem {}

  /** Records below {@code startOffset} are no longer to be read. */
  record Trim(LogId log, long startOffset) implements JournalItem {}

  /** The logs of a topic, partitions 0 to {@code partitions - 1}, are no more. */
  record DropTopic(UUID topicId, int partitions) implements JournalItem {}

  /** Producers of a log that appended nothing since {@code beforeMs} are forgotten. */
  record ExpireProducers(LogId log, long beforeMs) implements JournalItem {}

  /** Aborted transactions of a log whose markers lie below {@code offset} are forgotten. */
  record ForgetAborted(LogId log, long offset) implements JournalItem {}

  /** A change for the state machine of this kind. */
  record Change(int kind, ByteBuffer body) implements JournalItem {}
}
