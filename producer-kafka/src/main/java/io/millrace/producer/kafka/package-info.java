/**
 * The producer behind the interface of kafka-clients, so that what was written for that (Spring
 * Kafka, for one) sends through ours.
 *
 * <p>{@link io.millrace.producer.kafka.MillraceProducer} is the face. {@code KafkaSettings} reads
 * the configuration with Kafka's own rules and says what of it the producer gets; {@code
 * SentRecord} is one record under way, from acceptance to future and callback; {@code KafkaErrors}
 * has Kafka's exception for each error; {@code TopicViews} is the cluster as a partitioner sees it;
 * {@code Outstanding} knows what a flush waits for.
 */
@NullMarked
package io.millrace.producer.kafka;

import org.jspecify.annotations.NullMarked;
