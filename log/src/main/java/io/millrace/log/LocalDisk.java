package io.millrace.log;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The machine's own file system. Files are readable by their owner only. */
public final class LocalDisk implements Disk {

  private static final FileAttribute<Set<PosixFilePermission>> OWNER_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_DIRECTORY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  @Override
  public DiskFile open(Path file, Mode mode) throws IOException {
    Set<OpenOption> options =
        switch (mode) {
          case READ -> Set.of(StandardOpenOption.READ);
          case WRITE -> Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
          case CREATE ->
              Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        };
    return new LocalFile(FileChannel.open(file, options, OWNER_FILE));
  }

  @Override
  public boolean exists(Path path) {
    return Files.exists(path);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      List<String> names = new ArrayList<>();
      for (Path entry : entries) {
        names.add(entry.getFileName().toString());
      }
      Collections.sort(names);
      return names;
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    }
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    Files.createDirectories(directory, OWNER_DIRECTORY);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void delete(Path path) throws IOException {
    Files.deleteIfExists(path);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public boolean syncFileSystem(Path path) throws IOException {
    MethodHandle call = Syncfs.CALL;
    return call != null && Syncfs.sync(call, path);
  }

  @Override
  public long totalBytes(Path path) throws IOException {
    return Files.getFileStore(path).getTotalSpace();
  }

  @Override
  public long usableBytes(Path path) throws IOException {
    return Files.getFileStore(path).getUsableSpace();
  }

  /**
   * syncfs(2), found when first needed: linking it costs start-up time that most runs never spend.
   */
  private static final class Syncfs {
    private static final int O_RDONLY = 0;
    private static final @Nullable MethodHandle CALL = link("syncfs", 1);
    private static final @Nullable MethodHandle OPEN = linkOpen();
    private static final @Nullable MethodHandle CLOSE = link("close", 1);

    private static @Nullable MethodHandle link(String name, int arguments) {
      try {
        ValueLayout[] ints = new ValueLayout[arguments];
        java.util.Arrays.fill(ints, ValueLayout.JAVA_INT);
        Linker linker = Linker.nativeLinker();
        return linker
            .defaultLookup()
            .find(name)
            .map(a -> linker.downcallHandle(a, FunctionDescriptor.of(ValueLayout.JAVA_INT, ints)))
            .orElse(null);
      } catch (RuntimeException | LinkageError e) {
        return null;
      }
    }

    private static @Nullable MethodHandle linkOpen() {
      try {
        Linker linker = Linker.nativeLinker();
        return linker
            .defaultLookup()
            .find("open")
            .map(a ->
                linker.downcallHandle(
                    a,
                    FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
                    Linker.Option.firstVariadicArg(2)))
            .orElse(null);
      } catch (RuntimeException | LinkageError e) {
        return null;
      }
    }

    static boolean sync(MethodHandle syncfs, Path path) throws IOException {
      MethodHandle open = OPEN;
      MethodHandle close = CLOSE;
      if (open == null || close == null) {
        return false;
      }
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment name = arena.allocateFrom(path.toAbsolutePath().toString());
        int descriptor = (int) open.invokeExact(name, O_RDONLY);
        if (descriptor < 0) {
          return false;
        }
        int result = (int) syncfs.invokeExact(descriptor);
        int closed = (int) close.invokeExact(descriptor);
        if (result != 0 || closed != 0) {
          throw new IOException("syncfs failed for the file system of " + path);
        }
        return true;
      } catch (IOException | RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IOException("syncfs could not be called", e);
      }
    }
  }

  private static final class LocalFile implements DiskFile {
    private final FileChannel channel;

    LocalFile(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      long at = position;
      while (source.hasRemaining()) {
        at += channel.write(source, at);
      }
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length, long position)
        throws IOException {
      if (length == 1) {
        long bytes = sources[offset].remaining();
        write(sources[offset], position);
        return bytes;
      }
      if (channel.position() != position) {
        channel.position(position);
      }
      int next = offset;
      int end = offset + length;
      long written = 0;
      while (next < end) {
        written += channel.write(sources, next, end - next);
        while (next < end && !sources[next].hasRemaining()) {
          next++;
        }
      }
      return written;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      int total = 0;
      while (target.hasRemaining()) {
        int n = channel.read(target, position + total);
        if (n < 0) {
          break;
        }
        total += n;
      }
      return total;
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      if (channel.size() > size) {
        channel.truncate(size);
      }
    }

    @Override
    public void sync() throws IOException {
      channel.force(false);
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
        throws IOException {
      return channel.transferTo(position, count, target);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
