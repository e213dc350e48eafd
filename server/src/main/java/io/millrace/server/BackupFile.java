package io.millrace.server;

import java.nio.file.Path;

/**
 * A file to be copied into a backup.
 *
 * @param name what it is called there: its path relative to the data directory, with slashes
 * @param path where its bytes are now
 * @param bytesMax how many of them, from the first on; fewer if there are fewer
 */
record BackupFile(String name, Path path, long bytesMax) {}
