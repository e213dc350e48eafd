package io.millrace.shard;

import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * What a shard needs from the process around it.
 *
 * @param random for what nobody may guess: secure, except in a test
 * @param background runs what takes long: syncs of many files, snapshots, deletions
 * @param onFailure told once if a shard had to stop
 */
public record Surroundings(
    Clock clock, RandomGenerator random, Executor background, Consumer<Throwable> onFailure) {}
