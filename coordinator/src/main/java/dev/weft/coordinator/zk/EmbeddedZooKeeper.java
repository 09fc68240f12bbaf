package dev.weft.coordinator.zk;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.TimeoutException;
import org.apache.zookeeper.server.embedded.ExitHandler;
import org.apache.zookeeper.server.embedded.ZooKeeperServerEmbedded;

/**
 * One ZooKeeper server in this process, its data on disk, its client port on loopback only. Other
 * users of the machine can connect to it: {@link Zk#claim} keeps them from everything else.
 *
 * <p>ZooKeeper turns what it does not know in its configuration into system properties of the whole
 * JVM ({@code zookeeper.admin.enableServer}, {@code zookeeper.preAllocSize}); these two are all.
 */
public final class EmbeddedZooKeeper implements AutoCloseable {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final String LEFTOVERS = "zookeeper.configuration*.properties";

  private final ZooKeeperServerEmbedded server;

  private EmbeddedZooKeeper(ZooKeeperServerEmbedded server) {
    this.server = server;
  }

  /**
   * Starts a server on a free port of 127.0.0.1.
   *
   * @param base folder of its data, that nobody else uses
   * @throws IOException if it does not start
   */
  public static EmbeddedZooKeeper start(Path base) throws IOException {
    Files.createDirectories(base);
    removeLeftovers(base);
    Properties properties = new Properties();
    properties.setProperty("dataDir", base.resolve("data").toString());
    properties.setProperty("clientPortAddress", "127.0.0.1");
    properties.setProperty("clientPort", "0");
    properties.setProperty("tickTime", "2000");
    properties.setProperty("maxClientCnxns", "100");
    properties.setProperty("autopurge.snapRetainCount", "3");
    properties.setProperty("autopurge.purgeInterval", "6");
    properties.setProperty("admin.enableServer", "false");
    properties.setProperty("preAllocSize", "4096"); // KiB; 64 MiB a log is for busier ensembles
    try {
      ZooKeeperServerEmbedded server =
          ZooKeeperServerEmbedded.builder()
              .baseDir(base)
              .configuration(properties)
              .exitHandler(ExitHandler.LOG_ONLY)
              .build();
      server.start(START_TIMEOUT.toMillis());
      return new EmbeddedZooKeeper(server);
    } catch (TimeoutException e) {
      throw new IOException(
          "embedded ZooKeeper in "
              + base
              + ": not up within "
              + START_TIMEOUT.toSeconds()
              + " s; the log tells why (a full disk, or damaged data)",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("embedded ZooKeeper in " + base + ": interrupted at start", e);
    } catch (Exception e) {
      throw new IOException("embedded ZooKeeper in " + base + ": " + e.getMessage(), e);
    }
  }

  /** Where its clients connect, {@code 127.0.0.1:port}. */
  public String connectString() {
    return "127.0.0.1:" + server.getClientPort();
  }

  @Override
  public void close() {
    server.close();
  }

  /** Each start writes its configuration to a new file and forgets it. */
  private static void removeLeftovers(Path base) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(base, LEFTOVERS)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }
}
