package io.millrace.shard;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What arrived in one turn, for all logs of the shard: it becomes durable and is applied as one.
 *
 * <p>Filled by the shard's thread while it is open; then handed from stage to stage, each reading
 * it after the one before has let go.
 */
final class Entry {

  /** Place in the journal: 1 for the first, one more for each. */
  long index;

  /** When it was opened, by the sequencer's clock in ms: the time that applying it may see. */
  final long timeMs;

  final int leaderEpoch;

  private final List<Item> items = new ArrayList<>();
  private final List<Append> appends = new ArrayList<>();
  private int payloadBytes;
  private long changeBytes;
  private boolean awaited;
  private boolean mark;
  private boolean writesAwaited;

  Entry(long timeMs, int leaderEpoch) {
    this.timeMs = timeMs;
    this.leaderEpoch = leaderEpoch;
  }

  void add(BatchAppend batch) {
    items.add(batch);
    payloadBytes += batch.size;
  }

  void add(Item item) {
    addUnawaited(item);
    awaited = true;
  }

  /** Adds something that nobody waits for. */
  void addUnawaited(Item item) {
    items.add(item);
    if (item instanceof Item.Change change) {
      changeBytes += change.body().length;
    }
  }

  /** Has an append answered when this entry has come as far as the append asks for. */
  void add(Append append) {
    appends.add(append);
    awaited |= append.acks() == Append.Acks.APPLIED;
    writesAwaited |= append.acks() == Append.Acks.WRITTEN;
  }

  List<Item> items() {
    return items;
  }

  /** Bytes of all batches. */
  int payloadBytes() {
    return payloadBytes;
  }

  /** Bytes of all batches and changes. */
  long bytes() {
    return payloadBytes + changeBytes;
  }

  /** Whether there is nothing to journal and nobody to answer. */
  boolean isEmpty() {
    return items.isEmpty() && appends.isEmpty();
  }

  /** Whether it holds nothing, though somebody may wait for it and so for those before it. */
  boolean hasNoItems() {
    return items.isEmpty();
  }

  /** Whether somebody waits for it, so that it should not wait for company. */
  boolean isAwaited() {
    return awaited || writesAwaited;
  }

  /** Answers those who wait until the journal's bytes are with the operating system. */
  void written() {
    answer(Append.Acks.WRITTEN);
  }

  /** Makes this an entry that says nothing but that those before it were synced. */
  void markOnly() {
    mark = true;
  }

  boolean isMark() {
    return mark;
  }

  /** Answers those who wait until the entry is applied, and gives back the batches' bytes. */
  void applied(Consumer<Append> released) {
    answer(Append.Acks.APPLIED);
    for (Item item : items) {
      if (item instanceof Item.Trim trim) {
        trim.applied().run();
      }
    }
    for (Append append : appends) {
      released.accept(append);
    }
  }

  private void answer(Append.Acks acks) {
    for (Append append : appends) {
      if (append.acks() == acks) {
        append.answer();
      }
    }
  }

  /**
   * The shard stopped before this entry was applied: nobody knows whether it is durable. Answers
   * the appends, and gives back their bytes.
   */
  void lost(Consumer<Append> released) {
    for (Append append : appends) {
      for (BatchAppend batch : append.batches()) {
        batch.refuse(AppendRefusal.SHARD_STOPPED);
      }
      append.answer();
      released.accept(append);
    }
  }
}
