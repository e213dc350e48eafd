/**
 * A producer with librdkafka's queues, for any broker that speaks Kafka's protocol.
 *
 * <pre>
 * produce() ─► partition queues ─► batches ─► one I/O loop ─► broker
 *    │  limits: messages, kbytes         linger, size, count       in flight ≤ 5, ordered retries
 *    └─ QUEUE_FULL or wait                                             │
 * poll() / dispatcher thread ◄─ delivery-report queue ◄────────────────┘
 * </pre>
 *
 * <p>{@link io.millrace.producer.Producer} is the face. Threads of the application write a message
 * into the open batch of its partition ({@code PartitionQueue}, {@code MessageBatch}); one thread
 * ({@code IoLoop}) owns the connections ({@code BrokerLink}), sends batches, and decides what
 * becomes of them; what is decided goes to {@code ReportQueue}, and from there exactly once to the
 * application.
 */
@NullMarked
package io.millrace.producer;

import org.jspecify.annotations.NullMarked;
