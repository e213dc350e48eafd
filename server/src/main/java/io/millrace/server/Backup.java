package io.millrace.server;

import io.millrace.log.Disk;
import io.millrace.log.LocalDisk;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Copies a data directory into one file, whether a broker runs on it or not, without a lock and
 * without the broker's help.
 *
 * <p>What is copied of each shard is what recovery would need after a crash at one moment: the
 * newest snapshot; of each log the segments that the snapshot knows, up to the byte that it knows;
 * the journal behind the snapshot, up to the last whole entry ({@link
 * io.millrace.shard.JournalCut}).
 *
 * <p>None of these bytes changes or goes away until a later checkpoint has finished, and then the
 * newest snapshot has another name: so the files are first taken hold of ({@link BackupStaging}),
 * and if the newest snapshot is still the same after that, the set is whole, however long the
 * copying takes. If it is not, it is done again. Taking hold of a segment or a snapshot is giving
 * it a second name; of the journal it is a copy, for its files are written again from the front.
 *
 * <p>Every record that was acknowledged with acks=1 or acks=all before the backup began is in it.
 * Shards are taken in falling order, so that the first, which knows the topics, is the last.
 *
 * <p>The file is a zip archive, not compressed, with ZIP64 where it needs it, and a {@link
 * BackupManifest} as its last entry. It appears whole, by a rename.
 */
public final class Backup {

  private static final int BUFFER_BYTES = 1 << 20;

  /** How often files may be overtaken by checkpoints when they cannot be given a second name. */
  private static final int ATTEMPTS = 5;

  private final Path data;
  private final Path journals;
  private final Path to;
  private final Disk disk = new LocalDisk();
  private final byte[] buffer = new byte[BUFFER_BYTES];

  private Backup(Path data, Path journals, Path to) {
    this.data = data;
    this.journals = journals;
    this.to = to;
  }

  /**
   * What was written.
   *
   * @param bytes of all files together
   */
  public record Summary(int files, long bytes) {}

  /**
   * Writes a backup.
   *
   * @param data the data directory
   * @param journals the directory of the journals, if it is another one
   * @param to the file to write; must not exist
   * @throws ConfigurationException if it cannot be done as it is asked
   */
  public static Summary write(Path data, @Nullable Path journals, Path to) throws IOException {
    Path root = data.toAbsolutePath().normalize();
    Path journalRoot = journals == null ? root : journals.toAbsolutePath().normalize();
    return new Backup(root, journalRoot, to.toAbsolutePath().normalize()).write();
  }

  private Summary write() throws IOException {
    int shards = Integer.parseInt(meta("shards"));
    if (Files.exists(to)) {
      throw new ConfigurationException(to + " exists already: it is not overwritten");
    }
    Path parent = to.getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw new ConfigurationException("there is no directory " + parent + " to write " + to);
    }
    if (to.startsWith(data) || to.startsWith(journals)) {
      throw new ConfigurationException("a backup cannot be written into what it is a copy of");
    }
    for (int attempt = 1; ; attempt++) {
      Instant made = Instant.now();
      try (BackupStaging staging = BackupStaging.open(data, to)) {
        List<BackupFile> files = new ArrayList<>();
        files.add(new BackupFile("millrace.meta", data.resolve("millrace.meta"), Long.MAX_VALUE));
        List<ShardCopy> copies = new ArrayList<>();
        for (int shard = shards - 1; shard >= 0; shard--) {
          ShardCopy copy = ShardCopy.take(disk, data, journals, shard, staging);
          copies.add(copy);
          files.addAll(copy.files());
        }
        Path unfinished = to.resolveSibling(to.getFileName() + ".unfinished");
        try {
          Summary summary = writeArchive(unfinished, made, files);
          if (staging.isLinked() || areCurrent(copies)) {
            Files.move(unfinished, to, StandardCopyOption.ATOMIC_MOVE);
            disk.syncDirectory(parent);
            return summary;
          }
        } finally {
          Files.deleteIfExists(unfinished);
        }
      }
      if (attempt == ATTEMPTS) {
        throw new ConfigurationException(
            "checkpoints finished while the files were copied, "
                + ATTEMPTS
                + " times, and the file system of "
                + data
                + " has no hard links that would hold on to them: stop the broker, or try again"
                + " while it has less to do");
      }
    }
  }

  private String meta(String name) throws IOException {
    if (!Files.isDirectory(data)) {
      throw new ConfigurationException("there is no data directory " + data);
    }
    if (!Files.exists(data.resolve("millrace.meta"))) {
      throw new ConfigurationException(data + " is not a Millrace data directory");
    }
    Map<String, String> meta = DataDirectory.parseMeta(data.resolve("millrace.meta"));
    String value = meta.get(name);
    if (value == null) {
      throw new ConfigurationException(data.resolve("millrace.meta") + " does not say " + name);
    }
    return value;
  }

  private boolean areCurrent(List<ShardCopy> copies) throws IOException {
    for (ShardCopy copy : copies) {
      if (!copy.isCurrent()) {
        return false;
      }
    }
    return true;
  }

  private Summary writeArchive(Path file, Instant made, List<BackupFile> files) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            Set.of(
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      OutputStream out = java.nio.channels.Channels.newOutputStream(channel);
      // The archive's own end must be on disk before the file gets its name.
      ZipOutputStream zip =
          new ZipOutputStream(new java.io.BufferedOutputStream(out, BUFFER_BYTES));
      zip.setLevel(Deflater.NO_COMPRESSION);
      List<BackupManifest.File> written = new ArrayList<>();
      for (BackupFile source : files) {
        written.add(writeFile(zip, source));
      }
      BackupManifest manifest = new BackupManifest(made, written);
      zip.putNextEntry(new ZipEntry(BackupManifest.NAME));
      zip.write(manifest.text().getBytes(StandardCharsets.UTF_8));
      zip.closeEntry();
      zip.finish();
      zip.flush();
      channel.force(true);
      return new Summary(written.size(), manifest.bytes());
    }
  }

  private BackupManifest.File writeFile(ZipOutputStream zip, BackupFile source) throws IOException {
    MessageDigest digest = sha256();
    zip.putNextEntry(new ZipEntry(source.name()));
    long written = 0;
    try (InputStream in = Files.newInputStream(source.path())) {
      while (written < source.bytesMax()) {
        int wanted = (int) Math.min(buffer.length, source.bytesMax() - written);
        int read = in.read(buffer, 0, wanted);
        if (read < 0) {
          break;
        }
        zip.write(buffer, 0, read);
        digest.update(buffer, 0, read);
        written += read;
      }
    }
    zip.closeEntry();
    return new BackupManifest.File(
        source.name(), written, HexFormat.of().formatHex(digest.digest()));
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
