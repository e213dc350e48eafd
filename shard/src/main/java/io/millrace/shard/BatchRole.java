package io.millrace.shard;

/** What a batch is to the transactions of its log. The journal keeps it as the kind of the item. */
public enum BatchRole {
  /** Records outside of any transaction. */
  PLAIN(Item.BATCH),
  /** Records of a transaction; the first opens it in this log. */
  IN_TRANSACTION(Item.TRANSACTIONAL_BATCH),
  /** Ends a transaction, whose records count. */
  COMMIT(Item.COMMIT_MARKER),
  /** Ends a transaction, whose records do not count. */
  ABORT(Item.ABORT_MARKER);

  final int kind;

  BatchRole(int kind) {
    this.kind = kind;
  }

  boolean isMarker() {
    return this == COMMIT || this == ABORT;
  }

  static BatchRole ofKind(int kind) {
    return switch (kind) {
      case Item.BATCH -> PLAIN;
      case Item.TRANSACTIONAL_BATCH -> IN_TRANSACTION;
      case Item.COMMIT_MARKER -> COMMIT;
      case Item.ABORT_MARKER -> ABORT;
      default -> throw new IllegalArgumentException("no batch has kind " + kind);
    };
  }
}
