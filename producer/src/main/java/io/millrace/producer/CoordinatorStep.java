package io.millrace.producer;

import io.millrace.wire.ApiKey;
import io.millrace.wire.Message;
import org.jspecify.annotations.Nullable;

/**
 * One request to a coordinator, sent again until the answer is one that counts. Owned by the loop.
 */
abstract class CoordinatorStep implements BrokerLink.Answer {

  private static final long SOON_NANOS_MAX = 20_000_000L;

  final Coordinator coordinator;
  private final ApiKey api;
  private final int ownLowest;
  private final int ownHighest;
  private final long retryNanos;
  private boolean underWay;
  private boolean maybeSent;
  private boolean over;
  private long tryNanos = Long.MIN_VALUE;
  private @Nullable ProducerError last;

  /** Who was asked last. */
  private @Nullable BrokerLink asked;

  private short version;

  CoordinatorStep(
      Coordinator coordinator, ApiKey api, int ownLowest, int ownHighest, long retryNanos) {
    this.coordinator = coordinator;
    this.api = api;
    this.ownLowest = ownLowest;
    this.ownHighest = ownHighest;
    this.retryNanos = retryNanos;
  }

  /** The request of a version. */
  abstract Message request(short version);

  /** The broker has answered. {@link #counts} says whether that is all. */
  abstract void heard(Message response, long nowNanos);

  /** There is nobody to ask, and there will not be. */
  abstract void refused(ProducerError why);

  /** Whether a request was sent and is not answered. */
  final boolean isUnderWay() {
    return underWay;
  }

  /** Whether the coordinator may have got it, now or with an earlier attempt. */
  final boolean maybeSent() {
    return maybeSent;
  }

  /** It is not sent any more; what is under way is still heard. */
  final void end() {
    over = true;
  }

  final boolean isOver() {
    return over;
  }

  /** Why there is no answer that counts until now, as far as is known. */
  final @Nullable ProducerError lastError() {
    return last == null ? coordinator.lastError() : last;
  }

  /** The connection that the answer came over. */
  final @Nullable BrokerLink asked() {
    return asked;
  }

  final short version() {
    return version;
  }

  /** Sends it, if it is time; returns when there is something to do, by the monotonic clock. */
  final long work(long nowNanos) {
    if (underWay || over) {
      return Long.MAX_VALUE;
    }
    if (nowNanos < tryNanos) {
      return tryNanos;
    }
    BrokerLink link = coordinator.reach(nowNanos);
    ProducerError nobody = coordinator.takeRefusal();
    if (nobody != null) {
      over = true;
      refused(nobody);
      return nowNanos;
    }
    if (link == null) {
      // A connection that is made, or an answer, wakes the loop sooner.
      return nowNanos + retryNanos;
    }
    version = link.version(api, ownLowest, ownHighest);
    if (version < 0) {
      over = true;
      refused(
          ProducerError.of(
              LocalError.UNSUPPORTED_FEATURE, link + " does not serve " + api + " as is needed"));
      return nowNanos;
    }
    underWay = true;
    asked = link;
    link.send(api, version, request(version), nowNanos, false, this);
    link.write(nowNanos);
    return Long.MAX_VALUE;
  }

  @Override
  public final void answered(Message response, long nowNanos) {
    underWay = false;
    maybeSent = true;
    heard(response, nowNanos);
  }

  @Override
  public final void failed(ProducerError why, boolean sent, long nowNanos) {
    underWay = false;
    maybeSent |= sent;
    last = why;
    tryNanos = nowNanos + retryNanos;
  }

  /** Whether an answer counts; if it names a reason that passes, the request is sent once more. */
  final boolean counts(TransactionVerdict verdict, ProducerError why, long nowNanos) {
    switch (verdict) {
      case SOON, AGAIN, ELSEWHERE -> {
        again(verdict, why, nowNanos);
        return false;
      }
      case DONE, ABORTABLE, NEW_EPOCH, FENCED, FATAL -> {
        over = true;
        return true;
      }
    }
    throw new IllegalStateException(verdict.name());
  }

  private void again(TransactionVerdict verdict, ProducerError why, long nowNanos) {
    last = why;
    if (verdict == TransactionVerdict.ELSEWHERE) {
      coordinator.lost(nowNanos);
    }
    tryNanos =
        nowNanos
            + (verdict == TransactionVerdict.SOON
                ? Math.min(retryNanos, SOON_NANOS_MAX)
                : retryNanos);
  }
}
