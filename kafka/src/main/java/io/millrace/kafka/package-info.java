/**
 * The Kafka door: frames in and out, and one handler for each API.
 *
 * <p>A {@link io.millrace.kafka.KafkaConnection} takes frames off a socket, decodes them and gives
 * them to the handler that {@link io.millrace.kafka.ApiTable} names; answers go out in the order of
 * the requests. Nothing here decides anything about topics, logs or groups: that is the broker's.
 */
@NullMarked
package io.millrace.kafka;

import org.jspecify.annotations.NullMarked;
