package io.millrace.broker.transaction;

import io.millrace.shard.Append;
import io.millrace.shard.Shard;

/**
 * Batches of a transaction on their way to a shard, which holds their bytes already.
 *
 * @param shard the shard of their logs
 */
public record HeldAppend(Shard shard, Append append) {}
