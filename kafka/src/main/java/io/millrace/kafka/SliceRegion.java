package io.millrace.kafka;

import io.millrace.log.LogSlice;
import io.netty.channel.FileRegion;
import io.netty.util.AbstractReferenceCounted;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/**
 * A slice of a log on its way to a socket, sent by the kernel. Closes the slice when it is done
 * with.
 */
final class SliceRegion extends AbstractReferenceCounted implements FileRegion {

  private final LogSlice slice;
  private long transferred;

  SliceRegion(LogSlice slice) {
    this.slice = slice;
  }

  @Override
  public long position() {
    return 0;
  }

  @Override
  @Deprecated
  public long transfered() {
    return transferred;
  }

  @Override
  public long transferred() {
    return transferred;
  }

  @Override
  public long count() {
    return slice.size();
  }

  @Override
  public long transferTo(WritableByteChannel target, long position) throws IOException {
    long sent = slice.transferTo(position, slice.size() - position, target);
    if (sent > 0) {
      transferred += sent;
    } else if (!slice.isWhole()) {
      // 0 would be taken for a full socket, and tried again for ever.
      throw new IOException("a segment ended within records that were being sent");
    }
    return sent;
  }

  @Override
  protected void deallocate() {
    slice.close();
  }

  @Override
  public FileRegion retain() {
    super.retain();
    return this;
  }

  @Override
  public FileRegion retain(int increment) {
    super.retain(increment);
    return this;
  }

  @Override
  public FileRegion touch() {
    return this;
  }

  @Override
  public FileRegion touch(Object hint) {
    return this;
  }
}
