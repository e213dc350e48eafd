package io.millrace.producer;

import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.Message;
import io.millrace.wire.message.FindCoordinatorRequest;
import io.millrace.wire.message.FindCoordinatorResponse;
import org.jspecify.annotations.Nullable;

/**
 * Which broker coordinates a transactional id or a consumer group, and the way to it. It is asked
 * for when it is needed, and again when the broker is lost or says that it is not it. Owned by the
 * loop.
 */
final class Coordinator {

  static final byte OF_GROUP = 0;
  static final byte OF_TRANSACTION = 1;

  private static final int NOBODY = -1;
  private static final short LISTS_FROM = 4;

  private final Cluster cluster;
  private final byte type;
  private final String key;
  private final long retryNanos;

  private int node = NOBODY;
  private boolean asked;
  private long askAgainNanos = Long.MIN_VALUE;
  private @Nullable ProducerError refused;
  private @Nullable ProducerError last;

  Coordinator(Cluster cluster, byte type, String key, long retryNanos) {
    this.cluster = cluster;
    this.type = type;
    this.key = key;
    this.retryNanos = retryNanos;
  }

  String key() {
    return key;
  }

  /** The connection to it; null while there is none, and one is being made. */
  @Nullable BrokerLink reach(long nowNanos) {
    if (node == NOBODY) {
      find(nowNanos);
      return null;
    }
    BrokerLink link = cluster.broker(node);
    if (link == null) {
      cluster.outdated();
      lost(nowNanos);
      return null;
    }
    if (link.isUp()) {
      return link;
    }
    link.wanted(nowNanos);
    if (link.isInTrouble(nowNanos)) {
      last = link.lastError();
      lost(nowNanos);
    }
    return null;
  }

  /** It is not the broker that it was taken for. */
  void lost(long nowNanos) {
    node = NOBODY;
    askAgainNanos = Math.max(askAgainNanos, nowNanos + retryNanos);
  }

  /** Takes why nobody will be found; null while somebody may. It can be asked for anew then. */
  @Nullable ProducerError takeRefusal() {
    ProducerError why = refused;
    refused = null;
    return why;
  }

  /** Why it was not reached until now, as far as is known. */
  @Nullable ProducerError lastError() {
    return last;
  }

  private void find(long nowNanos) {
    if (asked || refused != null || nowNanos < askAgainNanos) {
      return;
    }
    BrokerLink link = cluster.anyUp();
    if (link == null) {
      cluster.connectSomebody(nowNanos);
      last = cluster.lastError();
      return;
    }
    short version = link.version(ApiKey.FIND_COORDINATOR, type == OF_GROUP ? 0 : 1, 6);
    if (version < 0) {
      refused =
          ProducerError.of(LocalError.UNSUPPORTED_FEATURE, link + " knows of no transactions");
      return;
    }
    FindCoordinatorRequest request = new FindCoordinatorRequest();
    if (version >= LISTS_FROM) {
      request.coordinatorKeys.add(key);
    } else {
      request.key = key;
    }
    request.keyType = type;
    asked = true;
    askAgainNanos = nowNanos + retryNanos;
    link.send(ApiKey.FIND_COORDINATOR, version, request, nowNanos, false, new Found(version));
    link.write(nowNanos);
  }

  private final class Found implements BrokerLink.Answer {
    private final short version;

    Found(short version) {
      this.version = version;
    }

    @Override
    public void answered(Message response, long nowNanos) {
      asked = false;
      FindCoordinatorResponse found = (FindCoordinatorResponse) response;
      short code = found.errorCode;
      String text = found.errorMessage;
      int id = found.nodeId;
      if (version >= LISTS_FROM) {
        FindCoordinatorResponse.Coordinator one = found.coordinators.get(0);
        code = one.errorCode;
        text = one.errorMessage;
        id = one.nodeId;
      }
      ErrorCode error = ErrorCode.forCode(code);
      if (error == ErrorCode.NONE) {
        node = id;
        last = null;
      } else {
        last = ProducerError.of(code, text);
        if (!error.retriable()) {
          refused = last;
        }
      }
    }

    @Override
    public void failed(ProducerError why, boolean maybeSent, long nowNanos) {
      asked = false;
      last = why;
    }
  }
}
