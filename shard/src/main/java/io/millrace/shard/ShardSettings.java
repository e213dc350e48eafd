package io.millrace.shard;

/**
 * How a shard works.
 *
 * @param journal sizes of the journal
 * @param entryBytesMax payload of an entry at which no more is taken into it
 * @param inlineBytesMax payload of an entry up to which the shard's thread writes it itself while
 *     nothing is with the lanes and syncs are quick
 * @param handOverBytes payload of an entry at which it is handed to the journal though another is
 *     being written
 * @param unawaitedMs how long something that nobody waits for may wait for company
 * @param inFlightBytesMax bytes of requests under way at which connections are no longer read
 * @param diskReserveBytes free space below which produces are refused; {@code disk.reserve.bytes}
 * @param idleMarkMs how long after the last entry an idle shard writes down that it was synced
 * @param producersMax idempotent producers that all logs together remember; {@code producers.max}
 * @param transactionsMax open and aborted transactions that all logs together remember; {@code
 *     aborted.transactions.max}
 * @param threaded whether journal and logs have threads of their own; a test may run a shard on one
 *     thread
 */
public record ShardSettings(
    JournalSettings journal,
    int entryBytesMax,
    int inlineBytesMax,
    int handOverBytes,
    long unawaitedMs,
    long inFlightBytesMax,
    long diskReserveBytes,
    long idleMarkMs,
    int producersMax,
    int transactionsMax,
    boolean threaded) {

  public static final ShardSettings DEFAULT =
      new ShardSettings(
          JournalSettings.DEFAULT,
          4 << 20,
          1 << 20,
          1 << 20,
          10,
          64L << 20,
          256L << 20,
          1000,
          65_536,
          65_536,
          true);
}
