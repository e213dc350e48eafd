package io.millrace.producer;

import io.millrace.wire.ApiKey;
import io.millrace.wire.ErrorCode;
import io.millrace.wire.Message;
import io.millrace.wire.message.AddOffsetsToTxnRequest;
import io.millrace.wire.message.AddOffsetsToTxnResponse;
import io.millrace.wire.message.AddPartitionsToTxnRequest;
import io.millrace.wire.message.AddPartitionsToTxnResponse;
import io.millrace.wire.message.EndTxnRequest;
import io.millrace.wire.message.EndTxnResponse;
import io.millrace.wire.message.InitProducerIdRequest;
import io.millrace.wire.message.InitProducerIdResponse;
import io.millrace.wire.message.TxnOffsetCommitRequest;
import io.millrace.wire.message.TxnOffsetCommitResponse;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The requests that a transaction consists of, besides its messages: one class each. What their
 * answers mean is for {@link Transactions} to say.
 *
 * <p>In the older flow the versions stay below those by which a client says that it takes part in
 * version 2 of the protocol: Produce 12, TxnOffsetCommit 5, EndTxn 5.
 */
final class TransactionSteps {

  private static final short EXPECTS_FROM = 3;

  private TransactionSteps() {}

  /** A step of a transaction, with the transaction that it is of. */
  abstract static class Step extends CoordinatorStep {
    final Transactions of;

    Step(Transactions of, Coordinator coordinator, ApiKey api, int lowest, int highest) {
      super(coordinator, api, lowest, highest, of.retryNanos());
      this.of = of;
    }

    @Override
    final void refused(ProducerError why) {
      boolean ofBroker = why.code() >= -1;
      of.failed(
          this,
          ofBroker
              ? TransactionVerdict.of(ErrorCode.forCode((short) why.code()))
              : TransactionVerdict.FATAL,
          why);
    }

    /** Goes on when the answer is one that counts. */
    final boolean isDone(short code, String what, long nowNanos) {
      TransactionVerdict verdict = TransactionVerdict.of(ErrorCode.forCode(code));
      ProducerError error = ProducerError.of(code, what + ": " + ErrorCode.forCode(code).message());
      if (!counts(verdict, error, nowNanos)) {
        return false;
      }
      if (verdict != TransactionVerdict.DONE) {
        of.failed(this, verdict, error);
        return false;
      }
      return true;
    }
  }

  /** InitProducerId: an id, or the next epoch of the one that there is. */
  static final class Id extends Step {
    private final boolean bumps;

    /**
     * @param bumps whether it is the next epoch that is wanted: only this producer's, if no other
     *     has come in between
     */
    Id(Transactions of, boolean bumps) {
      super(of, of.coordinator(), ApiKey.INIT_PRODUCER_ID, bumps ? EXPECTS_FROM : 0, 5);
      this.bumps = bumps;
    }

    @Override
    Message request(short version) {
      InitProducerIdRequest request = new InitProducerIdRequest();
      request.transactionalId = of.settings().id();
      request.transactionTimeoutMs = of.settings().timeoutMs();
      if (bumps) {
        request.producerId = of.identity().producerId();
        request.producerEpoch = of.identity().epoch();
      }
      return request;
    }

    @Override
    void heard(Message response, long nowNanos) {
      InitProducerIdResponse answer = (InitProducerIdResponse) response;
      if (isDone(answer.errorCode, "no producer id", nowNanos)) {
        of.identified(this, answer.producerId, answer.producerEpoch);
      }
    }
  }

  /** AddPartitionsToTxn, of the older flow: where the transaction is about to write. */
  static final class Partitions extends Step {
    private final Set<PartitionQueue> left;

    Partitions(Transactions of, Set<PartitionQueue> queues) {
      super(of, of.coordinator(), ApiKey.ADD_PARTITIONS_TO_TXN, 0, 3);
      this.left = new HashSet<>(queues);
    }

    @Override
    Message request(short version) {
      AddPartitionsToTxnRequest request = new AddPartitionsToTxnRequest();
      request.v3AndBelowTransactionalId = of.settings().id();
      request.v3AndBelowProducerId = of.identity().producerId();
      request.v3AndBelowProducerEpoch = of.identity().epoch();
      Map<String, AddPartitionsToTxnRequest.AddPartitionsToTxnTopic> topics = new HashMap<>();
      for (PartitionQueue queue : left) {
        AddPartitionsToTxnRequest.AddPartitionsToTxnTopic topic =
            topics.computeIfAbsent(
                queue.topic.name,
                name -> {
                  AddPartitionsToTxnRequest.AddPartitionsToTxnTopic made =
                      new AddPartitionsToTxnRequest.AddPartitionsToTxnTopic();
                  made.name = name;
                  request.v3AndBelowTopics.add(made);
                  return made;
                });
        int count = topic.partitions.length;
        topic.partitions = java.util.Arrays.copyOf(topic.partitions, count + 1);
        topic.partitions[count] = queue.partition;
      }
      return request;
    }

    @Override
    void heard(Message response, long nowNanos) {
      Map<String, Short> codes = new HashMap<>();
      for (AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult topic :
          ((AddPartitionsToTxnResponse) response).resultsByTopicV3AndBelow) {
        for (AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult one :
            topic.resultsByPartition) {
          codes.put(topic.name + "-" + one.partitionIndex, one.partitionErrorCode);
        }
      }
      TransactionVerdict worst = TransactionVerdict.DONE;
      ProducerError why = ProducerError.of(LocalError.BAD_MSG, "the answer leaves partitions out");
      for (PartitionQueue queue : List.copyOf(left)) {
        Short code = codes.get(queue.toString());
        if (code == null) {
          worst = worse(worst, TransactionVerdict.AGAIN);
          continue;
        }
        ErrorCode error = ErrorCode.forCode(code);
        TransactionVerdict verdict = TransactionVerdict.of(error);
        if (verdict == TransactionVerdict.DONE) {
          left.remove(queue);
          of.added(queue);
        } else if (verdict.compareTo(worst) > 0
            || verdict == worst && error != ErrorCode.OPERATION_NOT_ATTEMPTED) {
          worst = verdict;
          why = ProducerError.of(code, queue + " in the transaction: " + error.message());
        }
      }
      if (counts(worst, why, nowNanos) && worst != TransactionVerdict.DONE) {
        of.failed(this, worst, why);
      }
    }

    private static TransactionVerdict worse(TransactionVerdict one, TransactionVerdict other) {
      return one.compareTo(other) > 0 ? one : other;
    }
  }

  /** AddOffsetsToTxn, of the older flow: the group whose offsets the transaction will move. */
  static final class Group extends Step {
    private final String group;

    Group(Transactions of, String group) {
      super(of, of.coordinator(), ApiKey.ADD_OFFSETS_TO_TXN, 0, 4);
      this.group = group;
    }

    @Override
    Message request(short version) {
      AddOffsetsToTxnRequest request = new AddOffsetsToTxnRequest();
      request.transactionalId = of.settings().id();
      request.producerId = of.identity().producerId();
      request.producerEpoch = of.identity().epoch();
      request.groupId = group;
      return request;
    }

    @Override
    void heard(Message response, long nowNanos) {
      short code = ((AddOffsetsToTxnResponse) response).errorCode;
      if (isDone(code, "offsets of group " + group + " in the transaction", nowNanos)) {
        of.groupAdded();
      }
    }
  }

  /** TxnOffsetCommit: the offsets themselves, to the group's coordinator. */
  static final class Offsets extends Step {
    private static final short NAMES_MEMBERS_FROM = 3;
    private final List<GroupOffset> offsets;
    private final GroupMember member;

    Offsets(
        Transactions of,
        Coordinator ofGroup,
        List<GroupOffset> offsets,
        GroupMember member,
        boolean second) {
      super(of, ofGroup, ApiKey.TXN_OFFSET_COMMIT, second ? 5 : 0, second ? 5 : 4);
      this.offsets = offsets;
      this.member = member;
    }

    @Override
    Message request(short version) {
      TxnOffsetCommitRequest request = new TxnOffsetCommitRequest();
      request.transactionalId = of.settings().id();
      request.producerId = of.identity().producerId();
      request.producerEpoch = of.identity().epoch();
      request.groupId = member.groupId();
      if (version >= NAMES_MEMBERS_FROM) {
        request.generationIdOrMemberEpoch = member.generation();
        request.memberId = member.memberId();
        request.groupInstanceId = member.instanceId();
      }
      Map<String, TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic> topics =
          new LinkedHashMap<>();
      for (GroupOffset offset : offsets) {
        TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition one =
            new TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition();
        one.partitionIndex = offset.partition();
        one.committedOffset = offset.offset();
        one.committedLeaderEpoch = offset.leaderEpoch();
        one.committedMetadata = offset.metadata() == null ? "" : offset.metadata();
        topics
            .computeIfAbsent(
                offset.topic(),
                name -> {
                  TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic made =
                      new TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic();
                  made.name = name;
                  request.topics.add(made);
                  return made;
                })
            .partitions
            .add(one);
      }
      return request;
    }

    @Override
    void heard(Message response, long nowNanos) {
      short worst = ErrorCode.NONE.code();
      for (TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic topic :
          ((TxnOffsetCommitResponse) response).topics) {
        for (TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition one : topic.partitions) {
          if (isWorse(one.errorCode, worst)) {
            worst = one.errorCode;
          }
        }
      }
      if (isDone(worst, "offsets of group " + member.groupId(), nowNanos)) {
        of.offsetsMoved();
      }
    }

    private static boolean isWorse(short one, short other) {
      return TransactionVerdict.of(ErrorCode.forCode(one))
              .compareTo(TransactionVerdict.of(ErrorCode.forCode(other)))
          > 0;
    }
  }

  /** EndTxn: commit or abort. */
  static final class End extends Step {
    private final boolean commits;

    End(Transactions of, boolean commits, boolean second) {
      super(of, of.coordinator(), ApiKey.END_TXN, second ? 5 : 0, second ? 5 : 4);
      this.commits = commits;
    }

    boolean commits() {
      return commits;
    }

    @Override
    Message request(short version) {
      EndTxnRequest request = new EndTxnRequest();
      request.transactionalId = of.settings().id();
      request.producerId = of.identity().producerId();
      request.producerEpoch = of.identity().epoch();
      request.committed = commits;
      return request;
    }

    @Override
    void heard(Message response, long nowNanos) {
      EndTxnResponse answer = (EndTxnResponse) response;
      String what = commits ? "the transaction is not committed" : "the transaction is not aborted";
      if (answer.errorCode == ErrorCode.INVALID_TXN_STATE.code() && !commits) {
        // It may have reached nothing, as far as is known.
        end();
        of.nothingToAbort(this, ProducerError.of(answer.errorCode, what));
      } else if (isDone(answer.errorCode, what, nowNanos)) {
        of.ended(this, answer.producerId, answer.producerEpoch);
      }
    }
  }
}
