package io.millrace.producer;

import io.millrace.record.RecordBatch;
import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.Message;
import io.millrace.wire.message.InitProducerIdRequest;
import io.millrace.wire.message.InitProducerIdResponse;
import org.jspecify.annotations.Nullable;

/**
 * Who an idempotent producer is to the brokers: a producer id and an epoch. Owned by the loop.
 *
 * <p>Batches are numbered from 0 in each partition. Where the numbers of a partition no longer fit
 * what a broker has (a batch with an unknown end was given up), a new epoch begins, in which they
 * begin at 0 again. A partition changes to the new epoch once nothing that bears the old one is
 * under way: see {@code Deliveries}.
 *
 * <p>Of a transactional producer id and epoch come from its coordinator: {@link Transactions} asks
 * for them, and for a new epoch where one is wanted.
 *
 * @see <a href="https://cwiki.apache.org/confluence/x/0Q3cB">KIP-360</a>
 */
final class Identity {

  private final boolean idempotent;
  private final boolean transactional;
  private final long retryNanos;
  private long producerId = RecordBatch.NO_PRODUCER_ID;
  private short epoch = RecordBatch.NO_PRODUCER_EPOCH;
  private boolean wanted;
  private boolean asked;
  private long askAgainNanos = Long.MIN_VALUE;
  private @Nullable ProducerError refused;
  private int assigned;

  Identity(boolean idempotent, boolean transactional, long retryNanos) {
    this.idempotent = idempotent;
    this.transactional = transactional;
    this.retryNanos = retryNanos;
    this.wanted = idempotent && !transactional;
  }

  boolean isIdempotent() {
    return idempotent;
  }

  boolean isTransactional() {
    return transactional;
  }

  /** Whether batches can be numbered: there is an id, and no new epoch is awaited. */
  boolean isReady() {
    return !idempotent || producerId >= 0 && !wanted && !asked;
  }

  long producerId() {
    return producerId;
  }

  short epoch() {
    return epoch;
  }

  /** How often brokers have given an id or an epoch. */
  int assigned() {
    return assigned;
  }

  /** Why there will never be an id; null while there may. */
  @Nullable ProducerError refused() {
    return refused;
  }

  /** A new epoch is needed. */
  void bump() {
    wanted = true;
  }

  /** Whether a new epoch is needed, and not there yet. */
  boolean wantsEpoch() {
    return wanted;
  }

  /** Takes what a coordinator has given. */
  void assign(long id, short ofEpoch) {
    producerId = id;
    epoch = ofEpoch;
    wanted = false;
    assigned++;
  }

  /** When there is something to do, by the monotonic clock. */
  long dueNanos() {
    return wanted && !asked && !transactional && refused == null ? askAgainNanos : Long.MAX_VALUE;
  }

  void work(Cluster cluster, long nowNanos) {
    if (dueNanos() > nowNanos) {
      return;
    }
    BrokerLink link = cluster.anyUp();
    if (link == null) {
      cluster.connectSomebody(nowNanos);
      return;
    }
    InitProducerIdRequest request = new InitProducerIdRequest();
    request.transactionalId = null;
    request.transactionTimeoutMs = Integer.MAX_VALUE;
    short version = link.version(ApiKey.INIT_PRODUCER_ID, 0, 4);
    if (version < 0) {
      refused =
          ProducerError.of(
                  LocalError.UNSUPPORTED_FEATURE,
                  link + " gives no producer ids: set enable.idempotence=false for such brokers")
              .asFatal();
      return;
    }
    if (version >= 3) {
      request.producerId = producerId;
      request.producerEpoch = epoch;
    }
    asked = true;
    wanted = false;
    askAgainNanos = nowNanos + retryNanos;
    link.send(ApiKey.INIT_PRODUCER_ID, version, request, nowNanos, false, new IdAnswer());
    link.write(nowNanos);
  }

  private final class IdAnswer implements BrokerLink.Answer {
    @Override
    public void answered(Message response, long nowNanos) {
      InitProducerIdResponse answer = (InitProducerIdResponse) response;
      asked = false;
      ErrorCode error = ErrorCode.forCode(answer.errorCode);
      if (error == ErrorCode.NONE) {
        producerId = answer.producerId;
        epoch = answer.producerEpoch;
        assigned++;
      } else if (error == ErrorCode.INVALID_PRODUCER_EPOCH
          || error == ErrorCode.UNKNOWN_PRODUCER_ID) {
        producerId = RecordBatch.NO_PRODUCER_ID;
        epoch = RecordBatch.NO_PRODUCER_EPOCH;
        wanted = true;
      } else if (error.retriable() || error == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) {
        wanted = true;
      } else {
        refused =
            ProducerError.of(answer.errorCode, "no producer id: " + error.message()).asFatal();
      }
    }

    @Override
    public void failed(ProducerError why, boolean maybeSent, long nowNanos) {
      asked = false;
      wanted = true;
    }
  }
}
