package io.millrace.producer;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a message is kept that could not be delivered: in a topic, or in a file of this machine.
 *
 * @param topic the topic of dead letters
 * @param partition its partition; -1 if it is in the file
 * @param offset the offset there, -1 if it is in the file or not known
 * @param file the file, null if it is in the topic; {@link SpillFile#read} reads it
 */
public record DeadLetterPlace(String topic, int partition, long offset, @Nullable Path file) {}
