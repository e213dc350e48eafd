package io.millrace.cli;

import io.millrace.log.CorruptSegmentException;
import io.millrace.log.Disk;
import io.millrace.log.IndexContents;
import java.io.IOException;
import java.nio.file.Path;

/** An offset or time index, entry by entry. */
final class IndexDump {

  private IndexDump() {}

  static void of(Disk disk, Path path, Dump dump) throws IOException {
    IndexContents index;
    try {
      index = IndexContents.read(disk, path);
    } catch (CorruptSegmentException e) {
      dump.line(0, "index").with("file", path.toString()).show();
      dump.damaged(path, 0, Failures.text(e) + " (it will be built again from its segment)");
      return;
    }
    dump.line(0, index.isOfTimes() ? "timeindex" : "index")
        .with("file", path.toString())
        .with("base", index.baseOffset())
        .with("covered_bytes", index.coveredBytes())
        .with("next_offset", index.nextOffset())
        .with("entries", index.entries().size())
        .show();
    for (IndexContents.Pair pair : index.entries()) {
      if (index.isOfTimes()) {
        dump.line(1, "entry").withTime("time", pair.first()).with("offset", pair.second()).show();
      } else {
        dump.line(1, "entry").with("offset", pair.first()).with("position", pair.second()).show();
      }
    }
  }
}
