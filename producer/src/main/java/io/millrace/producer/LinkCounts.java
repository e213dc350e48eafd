package io.millrace.producer;

import io.millrace.wire.ApiKey;
import java.util.EnumMap;
import java.util.Map;

/** What has gone over the connections to one broker, for ever, and who is told. The loop's. */
final class LinkCounts {

  /** Requests that were sent, by their kind. */
  final Map<ApiKey, long[]> requestsByKind = new EnumMap<>(ApiKey.class);

  long requests;
  long bytesOut;
  long answers;
  long bytesIn;

  /** Requests that were not wholly written when the connection ended. */
  long unwritten;

  /** Requests that were written and not answered when the connection ended. */
  long unanswered;

  /** Answers to something else than what was asked first. */
  long strangers;

  /** Requests that ended their connection because no answer came in time. */
  long timeouts;

  /** Attempts to connect, to names without addresses too. */
  long connects;

  /** Connections that were made and have ended. */
  long disconnects;

  /** When something was sent, and received, by the monotonic clock; 0 if never. */
  long sentNanos;

  long receivedNanos;

  /** Microseconds from when a request was made until it was wholly with the operating system. */
  final Window untilWritten = new Window();

  final Metrics metrics;
  final Notices notices;
  private final Metrics.OfNode node;
  private final boolean windows;

  /**
   * @param windows whether somebody looks at the windows, and empties them
   */
  LinkCounts(Onlookers onlookers, int nodeId, boolean windows) {
    this.metrics = onlookers.metrics();
    this.notices = onlookers.notices();
    this.node = metrics.node(nodeId);
    this.windows = windows;
  }

  /** A request stands to be written. */
  void sent(ApiKey kind, long bytes, long nowNanos) {
    requests++;
    requestsByKind.computeIfAbsent(kind, k -> new long[1])[0]++;
    sentNanos = nowNanos;
    metrics.requested(node, bytes, nowNanos);
  }

  void wrote(long bytes, long nowNanos) {
    bytesOut += bytes;
    if (bytes > 0) {
      metrics.transferred(nowNanos);
    }
  }

  void read(long bytes, long nowNanos) {
    bytesIn += bytes;
    metrics.transferred(nowNanos);
  }

  void answered(long bytes, long nowNanos) {
    answers++;
    receivedNanos = nowNanos;
    metrics.responded(node, bytes, nowNanos);
  }

  /** A connection that was made has ended. */
  void disconnected(long nowNanos) {
    disconnects++;
    metrics.disconnected(nowNanos);
  }

  void written(long nanosSinceSent) {
    if (windows) {
      untilWritten.add(nanosSinceSent / 1000);
    }
  }
}
