package dev.weft.coordinator.zk;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * A coordinator's folder ({@code --data}), locked for as long as it is open: two coordinators on
 * one folder would write over each other's ZooKeeper.
 */
public final class DataDirectory implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;

  private DataDirectory(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Makes the folder (mode 0700) if it is not there, and locks it.
   *
   * @throws IllegalStateException if another coordinator has it
   * @throws IOException if it cannot be made or written
   */
  public static DataDirectory open(Path path) throws IOException {
    Path absolute = path.toAbsolutePath().normalize();
    try {
      return openFolder(absolute);
    } catch (FileSystemException e) {
      // Its message is a path, and not even always that of the folder.
      throw new IOException(
          "data folder "
              + absolute
              + ": cannot be written: "
              + reason(e)
              + " (expected: a folder that this user can make and write; --data DIR)",
          e);
    }
  }

  private static String reason(FileSystemException e) {
    if (e instanceof AccessDeniedException) {
      return "access to " + e.getFile() + " is denied";
    }
    if (e instanceof FileAlreadyExistsException) {
      return e.getFile() + " is no folder";
    }
    return e.getFile() + ": " + (e.getReason() == null ? e.toString() : e.getReason());
  }

  private static DataDirectory openFolder(Path absolute) throws IOException {
    if (!Files.isDirectory(absolute)) { // a link to a folder is one
      Files.createDirectories(
          absolute,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    FileChannel channel =
        FileChannel.open(
            absolute.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (tryLock(channel) == null) {
      channel.close();
      throw new IllegalStateException(
          "data folder "
              + absolute
              + ": another coordinator is running on it (expected: a folder of its own, --data DIR)");
    }
    return new DataDirectory(absolute, channel);
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // the other coordinator is in this very process
    }
  }

  public Path path() {
    return path;
  }

  public Path resolve(String name) {
    return path.resolve(name);
  }

  @Override
  public void close() throws IOException {
    channel.close(); // and with it the lock
  }
}
