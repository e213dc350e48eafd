package io.millrace.broker.group;

import io.millrace.cursor.OffsetCursor;
import io.millrace.log.LogId;
import java.util.Map;
import java.util.Set;

/**
 * Where a group stands.
 *
 * @param undecided logs in which an open transaction is about to move it
 */
public record Standing(Map<LogId, OffsetCursor> cursors, Set<LogId> undecided) {}
