package io.millrace.broker.group;

import io.millrace.cursor.OffsetCursor;
import io.millrace.log.LogId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A group as it was at one moment, for those who look at it from outside. */
public record GroupView(
    String id,
    GroupState state,
    String protocolType,
    String protocolName,
    List<MemberView> members,
    Map<LogId, OffsetCursor> cursors) {

  public record MemberView(
      String id,
      @Nullable String instanceId,
      String clientId,
      String clientHost,
      byte[] metadata,
      byte[] assignment) {}
}
