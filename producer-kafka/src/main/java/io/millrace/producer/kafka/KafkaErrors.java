package io.millrace.producer.kafka;

import io.millrace.producer.ProducerError;
import io.millrace.producer.ProducerException;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.BufferExhaustedException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TransactionAbortedException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * The exception that Kafka's producer has for an error. For a code of the protocol it is the one
 * that Kafka's own table has; for one that was found on this side, what Kafka's producer gives in
 * the same situation.
 */
final class KafkaErrors {

  private final Supplier<@Nullable ProducerError> fatal;

  /**
   * @param fatal why the producer cannot go on; null while it can
   */
  KafkaErrors(Supplier<@Nullable ProducerError> fatal) {
    this.fatal = fatal;
  }

  /** For a record that was not accepted. */
  RuntimeException exception(ProducerException refused) {
    ProducerError error = refused.error();
    if (refused.getCause() instanceof RuntimeException own && error.name().equals("_APPLICATION")) {
      return own;
    }
    return error.txnRequiresAbort()
        ? new KafkaException("the transaction can only be aborted", exception(error))
        : exception(error);
  }

  RuntimeException exception(ProducerError error) {
    ProducerError why = error.name().equals("_FATAL") ? fatal.get() : null;
    if (why == null || why.name().equals("_FATAL")) {
      return known(error);
    }
    RuntimeException cause = known(why);
    return cause instanceof ProducerFencedException
        ? cause
        : new KafkaException("the producer cannot go on", cause);
  }

  private static RuntimeException known(ProducerError error) {
    String text = error.message();
    if (error.code() >= -1) {
      return Errors.forCode((short) error.code()).exception(text);
    }
    return switch (error.name()) {
      case "_QUEUE_FULL" -> new BufferExhaustedException(text);
      case "_MSG_TIMED_OUT", "_TIMED_OUT", "_TIMED_OUT_QUEUE", "_ALL_BROKERS_DOWN" ->
          new TimeoutException(text);
      // Kafka's producer waits for the partition until max.block.ms is over.
      case "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION" ->
          new TimeoutException(text, new UnknownTopicOrPartitionException(text));
      case "_TRANSPORT", "_RESOLVE", "_DESTROY_BROKER" -> new NetworkException(text);
      case "_SSL" -> new SslAuthenticationException(text);
      case "_AUTHENTICATION" -> new SaslAuthenticationException(text);
      case "_FENCED" -> new ProducerFencedException(text);
      case "_PURGE_QUEUE", "_PURGE_INFLIGHT" -> new TransactionAbortedException(text);
      case "_UNSUPPORTED_FEATURE" -> new UnsupportedVersionException(text);
      case "_INTR" -> new InterruptException(text);
      case "_STATE", "_NOT_CONFIGURED", "_CONFLICT", "_PREV_IN_PROGRESS" ->
          new IllegalStateException(text);
      case "_INVALID_ARG" -> new IllegalArgumentException(text);
      default -> new KafkaException(error.toString());
    };
  }
}
