package io.millrace.wire;

import org.jspecify.annotations.Nullable;

/**
 * Every error of the Kafka protocol, under the name and number that Kafka gives it.
 *
 * <p>The message is what a log or a client may show when the answer brings no better one.
 *
 * @see <a href="https://kafka.apache.org/protocol#protocol_error_codes">Kafka protocol guide, Error
 *     Codes</a>
 */
public enum ErrorCode {
  UNKNOWN_SERVER_ERROR(-1, "The server met an error it has no code for."),
  NONE(0, "No error."),
  OFFSET_OUT_OF_RANGE(1, "The offset lies outside what the partition holds."),
  CORRUPT_MESSAGE(2, true, "A record batch is damaged, or has no key where one is required."),
  UNKNOWN_TOPIC_OR_PARTITION(3, true, "There is no such topic or partition here."),
  INVALID_FETCH_SIZE(4, "The fetch size is not valid."),
  LEADER_NOT_AVAILABLE(5, true, "The partition has no leader at the moment."),
  NOT_LEADER_OR_FOLLOWER(6, true, "This node no longer has the partition in the role asked for."),
  REQUEST_TIMED_OUT(7, true, "The request was not done within its time."),
  BROKER_NOT_AVAILABLE(8, "The broker cannot be reached."),
  REPLICA_NOT_AVAILABLE(9, true, "The replica of the partition cannot be reached."),
  MESSAGE_TOO_LARGE(10, "A record batch is larger than the topic accepts."),
  STALE_CONTROLLER_EPOCH(11, "Another controller has taken over."),
  OFFSET_METADATA_TOO_LARGE(12, "The metadata beside a committed offset is too long."),
  NETWORK_EXCEPTION(13, true, "The connection ended before the answer came."),
  COORDINATOR_LOAD_IN_PROGRESS(14, true, "The coordinator is still loading its state."),
  COORDINATOR_NOT_AVAILABLE(15, true, "There is no coordinator at the moment."),
  NOT_COORDINATOR(16, true, "Another node is the coordinator."),
  INVALID_TOPIC_EXCEPTION(17, "The topic name is not valid, or the topic takes no such request."),
  RECORD_LIST_TOO_LARGE(18, "The record batch is larger than a segment."),
  NOT_ENOUGH_REPLICAS(19, true, "Too few replicas are in sync; nothing was written."),
  NOT_ENOUGH_REPLICAS_AFTER_APPEND(
      20, true, "It was written, but by then too few replicas were in sync."),
  INVALID_REQUIRED_ACKS(21, "acks must be 0, 1 or -1."),
  ILLEGAL_GENERATION(22, "The group has moved on from that generation."),
  INCONSISTENT_GROUP_PROTOCOL(
      23, "The member names no protocol, or none that the whole group supports."),
  INVALID_GROUP_ID(24, "The group id is not valid."),
  UNKNOWN_MEMBER_ID(25, "The group has no such member."),
  INVALID_SESSION_TIMEOUT(26, "The session timeout lies outside what the broker allows."),
  REBALANCE_IN_PROGRESS(27, "The group is rebalancing; join again."),
  INVALID_COMMIT_OFFSET_SIZE(28, "The commit holds more than the broker stores."),
  TOPIC_AUTHORIZATION_FAILED(29, "Not permitted on this topic."),
  GROUP_AUTHORIZATION_FAILED(30, "Not permitted on this group."),
  CLUSTER_AUTHORIZATION_FAILED(31, "Not permitted on the cluster."),
  INVALID_TIMESTAMP(32, "A record's timestamp lies outside what the topic accepts."),
  UNSUPPORTED_SASL_MECHANISM(33, "The broker does not offer that SASL mechanism."),
  ILLEGAL_SASL_STATE(34, "The request does not fit this stage of authentication."),
  UNSUPPORTED_VERSION(35, "The version of the request is not supported."),
  TOPIC_ALREADY_EXISTS(36, "A topic of that name exists."),
  INVALID_PARTITIONS(37, "The number of partitions is not valid."),
  INVALID_REPLICATION_FACTOR(38, "There cannot be that many replicas here."),
  INVALID_REPLICA_ASSIGNMENT(39, "Replicas cannot be placed like that."),
  INVALID_CONFIG(40, "A setting is unknown, or its value is not valid."),
  NOT_CONTROLLER(41, true, "Another node is the controller."),
  INVALID_REQUEST(42, "The request is malformed or contradicts itself."),
  UNSUPPORTED_FOR_MESSAGE_FORMAT(43, "The stored record format cannot do what was asked."),
  POLICY_VIOLATION(44, "A policy of the broker forbids it."),
  OUT_OF_ORDER_SEQUENCE_NUMBER(45, "A producer sequence is missing before this batch."),
  DUPLICATE_SEQUENCE_NUMBER(46, "The batch was written before."),
  INVALID_PRODUCER_EPOCH(47, "The producer's epoch is older than the one known."),
  INVALID_TXN_STATE(48, "The transaction is in a state that does not allow it."),
  INVALID_PRODUCER_ID_MAPPING(49, "The transactional id belongs to another producer id."),
  INVALID_TRANSACTION_TIMEOUT(50, "The transaction timeout is longer than the broker allows."),
  CONCURRENT_TRANSACTIONS(51, true, "The transaction before this one is still being ended."),
  TRANSACTION_COORDINATOR_FENCED(52, "Another transaction coordinator has taken over."),
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED(53, "Not permitted on this transactional id."),
  SECURITY_DISABLED(54, "The broker runs without authorization."),
  OPERATION_NOT_ATTEMPTED(55, "Not tried, because another part of the request failed."),
  KAFKA_STORAGE_ERROR(56, true, "The disk failed while a log was read or written."),
  LOG_DIR_NOT_FOUND(57, "The broker has no such log directory."),
  SASL_AUTHENTICATION_FAILED(58, "Authentication failed."),
  UNKNOWN_PRODUCER_ID(59, "Nothing is known about that producer id, or no longer."),
  REASSIGNMENT_IN_PROGRESS(60, "The partition is being moved."),
  DELEGATION_TOKEN_AUTH_DISABLED(61, "Delegation tokens are switched off."),
  DELEGATION_TOKEN_NOT_FOUND(62, "There is no such delegation token."),
  DELEGATION_TOKEN_OWNER_MISMATCH(63, "The token may not be owned or renewed by this principal."),
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED(
      64, "Tokens are not given out over a connection of this kind."),
  DELEGATION_TOKEN_AUTHORIZATION_FAILED(65, "Not permitted on this delegation token."),
  DELEGATION_TOKEN_EXPIRED(66, "The delegation token has expired."),
  INVALID_PRINCIPAL_TYPE(67, "That type of principal is not supported."),
  NON_EMPTY_GROUP(68, "The group still has members."),
  GROUP_ID_NOT_FOUND(69, "There is no such group."),
  FETCH_SESSION_ID_NOT_FOUND(70, true, "The fetch session is gone; start a new one."),
  INVALID_FETCH_SESSION_EPOCH(71, true, "The fetch session expected another epoch."),
  LISTENER_NOT_FOUND(72, true, "The leader has no listener of the kind this connection uses."),
  TOPIC_DELETION_DISABLED(73, "Deleting topics is switched off."),
  FENCED_LEADER_EPOCH(74, true, "The leader epoch in the request is out of date."),
  UNKNOWN_LEADER_EPOCH(75, true, "The leader epoch in the request is not known here yet."),
  UNSUPPORTED_COMPRESSION_TYPE(76, "The client cannot read the compression of this partition."),
  STALE_BROKER_EPOCH(77, "The broker has registered again since."),
  OFFSET_NOT_AVAILABLE(78, true, "A new leader does not yet know the end of the partition."),
  MEMBER_ID_REQUIRED(79, "Join again with the member id given in this answer."),
  PREFERRED_LEADER_NOT_AVAILABLE(80, true, "The preferred leader cannot lead at the moment."),
  GROUP_MAX_SIZE_REACHED(81, "The group has as many members as it may have."),
  FENCED_INSTANCE_ID(82, "Another member has joined under the same instance id."),
  ELIGIBLE_LEADERS_NOT_AVAILABLE(83, true, "No replica that may lead can be reached."),
  ELECTION_NOT_NEEDED(84, true, "The partition is led as it should be."),
  NO_REASSIGNMENT_IN_PROGRESS(85, "The partition is not being moved."),
  GROUP_SUBSCRIBED_TO_TOPIC(86, "The group consumes that topic; its offsets stay."),
  INVALID_RECORD(87, "A record was refused by the broker's checks."),
  UNSTABLE_OFFSET_COMMIT(88, true, "An open transaction has offsets of this group pending."),
  THROTTLING_QUOTA_EXCEEDED(89, true, "A quota is used up for now."),
  PRODUCER_FENCED(90, "A newer producer uses the same transactional id."),
  RESOURCE_NOT_FOUND(91, "There is no such resource."),
  DUPLICATE_RESOURCE(92, "The request names a resource twice."),
  UNACCEPTABLE_CREDENTIAL(93, "The credential does not meet the broker's rules."),
  INCONSISTENT_VOTER_SET(94, "Sender or receiver is not among the voters."),
  INVALID_UPDATE_VERSION(95, "The version to update from or to is not valid."),
  FEATURE_UPDATE_FAILED(96, "The feature could not be changed."),
  PRINCIPAL_DESERIALIZATION_FAILURE(97, "A forwarded request names its principal unreadably."),
  SNAPSHOT_NOT_FOUND(98, "There is no such snapshot."),
  POSITION_OUT_OF_RANGE(99, "The position lies outside the snapshot."),
  UNKNOWN_TOPIC_ID(100, true, "There is no topic of that id here."),
  DUPLICATE_BROKER_REGISTRATION(101, "Another broker has registered under that id."),
  BROKER_ID_NOT_REGISTERED(102, "No broker has registered under that id."),
  INCONSISTENT_TOPIC_ID(103, true, "The topic has another id than the request says."),
  INCONSISTENT_CLUSTER_ID(104, "The request is meant for another cluster."),
  TRANSACTIONAL_ID_NOT_FOUND(105, "There is no such transactional id."),
  FETCH_SESSION_TOPIC_ID_ERROR(106, true, "The fetch session mixes topic names and topic ids."),
  INELIGIBLE_REPLICA(107, "A replica may not join the in-sync set."),
  NEW_LEADER_ELECTED(108, "The change is made, and the partition has another leader now."),
  OFFSET_MOVED_TO_TIERED_STORAGE(109, "The offset has moved to remote storage."),
  FENCED_MEMBER_EPOCH(110, "The group has fenced this member: give up all partitions and rejoin."),
  UNRELEASED_INSTANCE_ID(111, "Another member still holds that instance id."),
  UNSUPPORTED_ASSIGNOR(112, "The group does not support that assignor."),
  STALE_MEMBER_EPOCH(113, "The member has a newer epoch; learn it by a heartbeat and try again."),
  MISMATCHED_ENDPOINT_TYPE(114, "The request belongs to another kind of listener."),
  UNSUPPORTED_ENDPOINT_TYPE(115, "That kind of endpoint is not supported."),
  UNKNOWN_CONTROLLER_ID(116, "There is no controller of that id."),
  UNKNOWN_SUBSCRIPTION_ID(117, "The telemetry subscription is unknown or out of date."),
  TELEMETRY_TOO_LARGE(118, "The telemetry is larger than the broker accepts."),
  INVALID_REGISTRATION(119, "The controller has refused the registration."),
  TRANSACTION_ABORTABLE(120, "The transaction failed; abort it and go on with the same producer."),
  INVALID_RECORD_STATE(121, "The record is not held by this consumer any more."),
  SHARE_SESSION_NOT_FOUND(122, true, "The share session is gone; start a new one."),
  INVALID_SHARE_SESSION_EPOCH(123, true, "The share session expected another epoch."),
  FENCED_STATE_EPOCH(124, "The share group's state has a newer epoch."),
  INVALID_VOTER_KEY(125, "The voter is another one than the receiver."),
  DUPLICATE_VOTER(126, "It is a voter already."),
  VOTER_NOT_FOUND(127, "It is not a voter."),
  INVALID_REGULAR_EXPRESSION(128, "The regular expression is not valid."),
  REBOOTSTRAP_REQUIRED(
      129, "What the client knows of the cluster is out of date; bootstrap again."),
  STREAMS_INVALID_TOPOLOGY(130, "The topology is not valid."),
  STREAMS_INVALID_TOPOLOGY_EPOCH(131, "The epoch of the topology is not valid."),
  STREAMS_TOPOLOGY_FENCED(132, "The group has a newer topology."),
  SHARE_SESSION_LIMIT_REACHED(133, true, "There are as many share sessions as there may be."),
  GROUP_DELETION_FAILED(134, "The group could not be deleted; its own entry says why."),
  STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED(
      135, "The description of the topology could not be stored."),
  CONTROLLER_ID_NOT_REGISTERED(136, "No controller has registered under that id.");

  private static final ErrorCode[] BY_CODE = byCode();

  private final short code;
  private final boolean retriable;
  private final String message;

  ErrorCode(int code, String message) {
    this(code, false, message);
  }

  ErrorCode(int code, boolean retriable, String message) {
    this.code = (short) code;
    this.retriable = retriable;
    this.message = message;
  }

  private static ErrorCode[] byCode() {
    ErrorCode[] all = values();
    ErrorCode[] byCode = new ErrorCode[all[all.length - 1].code + 1];
    for (ErrorCode each : all) {
      if (each.code >= 0) {
        byCode[each.code] = each;
      }
    }
    return byCode;
  }

  /** The error of that number; {@link #UNKNOWN_SERVER_ERROR} when this list does not know it. */
  public static ErrorCode forCode(int code) {
    @Nullable ErrorCode known = code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    return known == null ? UNKNOWN_SERVER_ERROR : known;
  }

  /** The number on the wire. */
  public short code() {
    return code;
  }

  /** Whether Kafka's clients send the same request again by themselves. */
  public boolean retriable() {
    return retriable;
  }

  /** What it means, in one sentence. */
  public String message() {
    return message;
  }
}
