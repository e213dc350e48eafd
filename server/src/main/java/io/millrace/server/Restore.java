package io.millrace.server;

import io.millrace.log.Disk;
import io.millrace.log.DiskFile;
import io.millrace.log.LocalDisk;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * Makes a data directory from a {@link Backup}. Every file is checked against the manifest and
 * synced in a directory beside, {@code DIR.restoring}, which is then renamed: a restore that fails
 * or is killed leaves no data directory, and what a killed one left is removed by the next.
 */
public final class Restore {

  private static final String SUFFIX = ".restoring";

  /** Marks a directory as one of ours, so that nobody else's is removed. */
  private static final String MARK = "millrace.restoring";

  private static final long MANIFEST_BYTES_MAX = 1L << 30;
  private static final int BUFFER_BYTES = 1 << 20;

  private final Disk disk = new LocalDisk();
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final Path data;
  private final @Nullable Path journals;
  private final Set<Path> directories = new LinkedHashSet<>();

  private Restore(Path data, @Nullable Path journals) {
    this.data = data;
    this.journals = journals;
  }

  /**
   * Makes the directory.
   *
   * @param file the backup
   * @param data the data directory; must be missing or empty
   * @param journals another directory for the journals, missing or empty, if the broker is to have
   *     them there
   * @throws ConfigurationException if it cannot be done as it is asked
   * @throws IOException if the backup is damaged, or the disk fails
   */
  public static Backup.Summary read(Path file, Path data, @Nullable Path journals)
      throws IOException {
    return new Restore(
            data.toAbsolutePath().normalize(),
            journals == null ? null : journals.toAbsolutePath().normalize())
        .read(file);
  }

  private Backup.Summary read(Path file) throws IOException {
    requireFree(data);
    if (journals != null) {
      requireFree(journals);
    }
    try (ZipFile zip = new ZipFile(file.toFile(), StandardCharsets.UTF_8)) {
      BackupManifest manifest = manifest(zip);
      requireSameNames(zip, manifest);
      Path staging = begin(data);
      Path journalStaging = journals == null ? staging : begin(journals);
      try {
        for (BackupManifest.File entry : manifest.files()) {
          boolean isJournal = entry.path().endsWith(".journal");
          write(zip, entry, (isJournal ? journalStaging : staging).resolve(entry.path()));
        }
        DataDirectory.markJournal(staging, journals);
        for (Path directory : directories) {
          disk.syncDirectory(directory);
        }
        // The data directory last: without it there is nothing that a broker would start on.
        if (journals != null) {
          finish(journalStaging, journals);
        }
        finish(staging, data);
      } catch (IOException | RuntimeException e) {
        remove(staging);
        remove(journalStaging);
        throw e;
      }
      return new Backup.Summary(manifest.files().size(), manifest.bytes());
    } catch (ZipException e) {
      throw new IOException(file + " is not a backup, or is cut off: " + e.getMessage(), e);
    }
  }

  private static void requireFree(Path directory) throws IOException {
    if (Files.exists(directory)) {
      if (!Files.isDirectory(directory)) {
        throw new ConfigurationException(directory + " is a file, not a directory");
      }
      try (Stream<Path> entries = Files.list(directory)) {
        if (entries.findAny().isPresent()) {
          throw new ConfigurationException(
              directory + " is not empty: nothing was changed; restore into a new directory");
        }
      }
    }
  }

  private static BackupManifest manifest(ZipFile zip) throws IOException {
    ZipEntry entry = zip.getEntry(BackupManifest.NAME);
    if (entry == null || entry.getSize() > MANIFEST_BYTES_MAX) {
      throw new IOException(zip.getName() + " has no manifest: it is not a backup of Millrace");
    }
    try (InputStream in = zip.getInputStream(entry)) {
      return BackupManifest.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (ConfigurationException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(zip.getName() + " is damaged: " + e.getMessage(), e);
    }
  }

  private static void requireSameNames(ZipFile zip, BackupManifest manifest) throws IOException {
    Set<String> named = new HashSet<>();
    manifest.files().forEach(file -> named.add(file.path()));
    named.add(BackupManifest.NAME);
    Set<String> found = new HashSet<>();
    zip.stream().forEach(entry -> found.add(entry.getName()));
    if (!named.equals(found)) {
      throw new IOException(
          zip.getName() + " does not hold the files that its manifest names: it is damaged");
    }
  }

  private Path begin(Path directory) throws IOException {
    Path staging = directory.resolveSibling(directory.getFileName() + SUFFIX);
    if (Files.exists(staging)) {
      if (!Files.exists(staging.resolve(MARK))) {
        throw new ConfigurationException(
            staging + " is in the way: it is where the files are written first; remove it");
      }
      BackupStaging.delete(staging);
    }
    disk.createDirectories(staging);
    try (DiskFile mark = disk.open(staging.resolve(MARK), Disk.Mode.CREATE)) {
      mark.sync();
    }
    directories.add(staging);
    return staging;
  }

  private void write(ZipFile zip, BackupManifest.File wanted, Path to) throws IOException {
    Path directory = to.getParent();
    if (directory == null) {
      throw new IllegalArgumentException("no directory for " + to);
    }
    disk.createDirectories(directory);
    // Each has a new name in it, up to the first that was known already.
    for (Path above = directory; above != null && directories.add(above); ) {
      above = above.getParent();
    }
    ZipEntry entry = zip.getEntry(wanted.path());
    MessageDigest digest = Backup.sha256();
    long written = 0;
    try (InputStream in = zip.getInputStream(entry);
        DiskFile out = disk.open(to, Disk.Mode.CREATE)) {
      for (int read; (read = in.read(buffer)) > 0; ) {
        digest.update(buffer, 0, read);
        out.write(ByteBuffer.wrap(buffer, 0, read), written);
        written += read;
      }
      out.sync();
    } catch (ZipException e) {
      throw new IOException(damaged(zip, wanted) + ": " + e.getMessage(), e);
    }
    if (written != wanted.bytes()
        || !HexFormat.of().formatHex(digest.digest()).equals(wanted.sha256())) {
      throw new IOException(damaged(zip, wanted) + ": its checksum is wrong");
    }
  }

  private static String damaged(ZipFile zip, BackupManifest.File file) {
    return zip.getName() + " is damaged at " + file.path();
  }

  private void finish(Path staging, Path directory) throws IOException {
    Files.delete(staging.resolve(MARK));
    disk.syncDirectory(staging);
    try {
      Files.deleteIfExists(directory);
    } catch (FileSystemException e) {
      throw new ConfigurationException(
          directory + " cannot be replaced (" + e.getReason() + "): restore beside or below it", e);
    }
    Files.move(staging, directory, StandardCopyOption.ATOMIC_MOVE);
    Path parent = directory.getParent();
    if (parent != null) {
      disk.syncDirectory(parent);
    }
  }

  private static void remove(Path staging) throws IOException {
    if (Files.exists(staging)) {
      BackupStaging.delete(staging);
    }
  }
}
