package io.millrace.shard;

import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * What a shard needs from the process around it.
 *
 * @param background runs what takes long: syncs of many files, snapshots, deletions
 * @param onFailure told once if a shard had to stop
 */
public record Surroundings(Clock clock, Executor background, Consumer<Throwable> onFailure) {}
