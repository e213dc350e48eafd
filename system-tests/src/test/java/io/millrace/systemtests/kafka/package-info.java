/** The Kafka door, seen by kafka-clients and by bytes on a socket. */
@NullMarked
package io.millrace.systemtests.kafka;

import org.jspecify.annotations.NullMarked;
