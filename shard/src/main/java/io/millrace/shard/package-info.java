/**
 * One writer: a journal and the logs and state that ride on it, sequenced by one thread.
 *
 * <pre>
 * network loop              shard                                             network loop
 * decode, check batch  -->  sequence --> journal --> commit --> apply --> reply  -->  encode, send
 * </pre>
 *
 * <p>{@link io.millrace.shard.Shard} is the loop. What arrives in one turn becomes one {@link
 * io.millrace.shard.Entry}; the {@link io.millrace.shard.Journal} makes it durable with one sync;
 * then it is applied: batches go to their logs, changes to their {@link
 * io.millrace.shard.StateMachine}, and those who waited get their answer. A {@link
 * io.millrace.shard.Checkpoint} writes the state to a {@link io.millrace.shard.Snapshot} now and
 * then, so that {@link io.millrace.shard.Recovery} has little to replay.
 */
@NullMarked
package io.millrace.shard;

import org.jspecify.annotations.NullMarked;
