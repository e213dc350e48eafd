package io.millrace.shard;

import io.millrace.log.Disk;
import io.millrace.log.OpenFiles;
import java.nio.file.Path;

/**
 * Where a shard keeps what.
 *
 * @param logs directory of the logs
 * @param journal directory of the journal, perhaps on another disk
 * @param snapshots directory of the snapshots
 * @param openFiles the segment files that are open, of all shards
 */
public record ShardFiles(Disk disk, Path logs, Path journal, Path snapshots, OpenFiles openFiles) {

  /**
   * The usual places: {@code shards/N/logs}, {@code shards/N/journal}, {@code shards/N/snapshots}.
   *
   * @param data the data directory
   * @param journals a directory to use for journals instead of {@code data}; may be the same
   */
  public static ShardFiles in(Disk disk, Path data, Path journals, int shard, OpenFiles openFiles) {
    Path own = data.resolve("shards").resolve(Integer.toString(shard));
    Path journal = journals.resolve("shards").resolve(Integer.toString(shard)).resolve("journal");
    return new ShardFiles(disk, own.resolve("logs"), journal, own.resolve("snapshots"), openFiles);
  }
}
