/**
 * One file for each API: its head says the key, the versions served and what differs from Kafka.
 */
@NullMarked
package io.millrace.kafka.handler;

import org.jspecify.annotations.NullMarked;
