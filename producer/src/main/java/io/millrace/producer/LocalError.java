package io.millrace.producer;

/**
 * Errors that are found on this side of the connection, with librdkafka's numbers: all of them, so
 * that a number means the same whoever gives it. Those that only a consumer, or librdkafka itself,
 * can meet are here for their names.
 *
 * @see <a href="https://github.com/confluentinc/librdkafka/blob/master/src/rdkafka.h">rdkafka.h,
 *     rd_kafka_resp_err_t</a>
 */
enum LocalError {
  BAD_MSG(-199, "What was received is not what the protocol says."),
  BAD_COMPRESSION(-198, "A batch cannot be compressed or expanded."),
  DESTROY(-197, "The producer was closed before the message was delivered."),
  FAIL(-196, "It failed, and there is no better name for it."),
  TRANSPORT(-195, true, "The connection to the broker was not made, or ended."),
  CRIT_SYS_RESOURCE(-194, "The operating system refused what is indispensable."),
  RESOLVE(-193, true, "The name of a broker cannot be resolved."),
  MSG_TIMED_OUT(
      -192, "The message was not delivered within its time; it may be stored if it was sent."),
  PARTITION_EOF(-191, "A consumer has reached the end of a partition."),
  UNKNOWN_PARTITION(-190, "The topic has no such partition."),
  FS(-189, "A file cannot be read or written."),
  UNKNOWN_TOPIC(-188, "There is no such topic, and none came in time."),
  ALL_BROKERS_DOWN(-187, true, "No broker can be reached."),
  INVALID_ARG(-186, "What was asked for makes no sense."),
  TIMED_OUT(-185, true, "No answer came in time."),
  QUEUE_FULL(-184, true, "There is no room for one more message until some are delivered."),
  ISR_INSUFF(-183, true, "Too few replicas are in sync."),
  NODE_UPDATE(-182, true, "What is known of a broker has changed."),
  SSL(-181, "TLS could not be set up."),
  WAIT_COORD(-180, true, "There is no coordinator yet."),
  UNKNOWN_GROUP(-179, "There is no such consumer group."),
  IN_PROGRESS(-178, true, "It is under way already."),
  PREV_IN_PROGRESS(-177, true, "What came before is not done yet."),
  EXISTING_SUBSCRIPTION(-176, "A consumer has subscribed already."),
  ASSIGN_PARTITIONS(-175, "A consumer is given partitions."),
  REVOKE_PARTITIONS(-174, "Partitions are taken from a consumer."),
  CONFLICT(-173, "It contradicts what was asked for before."),
  STATE(-172, "The producer is not in a state for it, such as closed."),
  UNKNOWN_PROTOCOL(-171, "The security protocol is not known."),
  NOT_IMPLEMENTED(-170, "It is not done yet."),
  AUTHENTICATION(-169, "The broker does not believe who the client says it is."),
  NO_OFFSET(-168, "No offset is stored."),
  OUTDATED(-167, "It was overtaken by something newer."),
  TIMED_OUT_QUEUE(-166, true, "It was not sent in time."),
  UNSUPPORTED_FEATURE(-165, "The broker cannot do it."),
  WAIT_CACHE(-164, true, "What is needed is being asked for."),
  INTR(-163, true, "The call was interrupted."),
  KEY_SERIALIZATION(-162, "The key cannot be made bytes."),
  VALUE_SERIALIZATION(-161, "The value cannot be made bytes."),
  KEY_DESERIALIZATION(-160, "The bytes of a key cannot be read."),
  VALUE_DESERIALIZATION(-159, "The bytes of a value cannot be read."),
  PARTIAL(-158, "Only a part came."),
  READ_ONLY(-157, "It cannot be changed."),
  NOENT(-156, "There is no such thing."),
  UNDERFLOW(-155, "What was received ends too early."),
  INVALID_TYPE(-154, "It is not of the type that is wanted."),
  RETRY(-153, true, "It is to be tried again."),
  PURGE_QUEUE(-152, "The message was purged before it was sent."),
  PURGE_INFLIGHT(-151, "The message was purged after it was sent: it may be stored."),
  FATAL(-150, "The producer cannot go on: its fatal error says why."),
  INCONSISTENT(-149, "What is known does not fit together."),
  GAPLESS_GUARANTEE(
      -148, "A message was refused for good, and none may be stored behind the gap it leaves."),
  MAX_POLL_EXCEEDED(-147, "A consumer has not polled for too long."),
  UNKNOWN_BROKER(-146, "No broker of that number is known."),
  NOT_CONFIGURED(-145, "The setting that it needs is not set."),
  FENCED(-144, "Another producer has taken over the transactional id."),
  APPLICATION(-143, "Code of the application failed, such as its partitioner."),
  ASSIGNMENT_LOST(-142, "A consumer has lost its partitions."),
  NOOP(-141, "There was nothing to do."),
  AUTO_OFFSET_RESET(-140, "A consumer has no offset to begin at."),
  LOG_TRUNCATION(-139, "The end of a partition was cut off behind a consumer's offset."),
  INVALID_DIFFERENT_RECORD(
      -138, "Another record of the same batch was not valid, and the batch was refused whole."),
  DESTROY_BROKER(-137, true, "The broker is no longer one of the cluster.");

  private final int code;
  private final boolean retriable;
  private final String meaning;

  LocalError(int code, String meaning) {
    this(code, false, meaning);
  }

  LocalError(int code, boolean retriable, String meaning) {
    this.code = code;
    this.retriable = retriable;
    this.meaning = meaning;
  }

  int code() {
    return code;
  }

  boolean retriable() {
    return retriable;
  }

  /** What it means, in one sentence. */
  String meaning() {
    return meaning;
  }

  /** librdkafka's name: with an underscore in front. */
  String label() {
    return "_" + name();
  }
}
