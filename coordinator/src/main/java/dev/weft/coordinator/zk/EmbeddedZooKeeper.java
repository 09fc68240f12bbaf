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
 * users of the machine can connect to it: {@link ZooKeeperDoor} keeps them from saying anything,
 * and {@link Zk#claim} from what an earlier version may have left open.
 *
 * <p>ZooKeeper turns what it does not know in its configuration into system properties of the whole
 * JVM ({@code zookeeper.…}).
 */
public final class EmbeddedZooKeeper implements AutoCloseable {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final String LEFTOVERS = "zookeeper.configuration*.properties";

  /**
   * The most that strangers hold is a request each that has not come yet: of 1 MiB, ZooKeeper's
   * {@code jute.maxbuffer}.
   */
  private static final int MOST_CONNECTIONS = 100;

  /** Each connection is a session, and each session is written to the log. */
  private static final int NEW_CONNECTIONS_A_SECOND = 20;

  private static final String ENFORCED = "enforce.auth.enabled";

  private final ZooKeeperServerEmbedded server;
  private final String doorKey;

  private EmbeddedZooKeeper(ZooKeeperServerEmbedded server, String doorKey) {
    this.server = server;
    this.doorKey = doorKey;
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
    // An address is no limit: all of 127.0.0.0/8 is this machine.
    properties.setProperty("maxCnxns", String.valueOf(MOST_CONNECTIONS));
    properties.setProperty("connection_throttle_tokens", String.valueOf(MOST_CONNECTIONS));
    properties.setProperty("connection_throttle_fill_time", "1000");
    properties.setProperty(
        "connection_throttle_fill_count", String.valueOf(NEW_CONNECTIONS_A_SECOND));
    properties.setProperty(ENFORCED, "true");
    properties.setProperty("enforce.auth.schemes", ZooKeeperDoor.SCHEME);
    properties.setProperty("autopurge.snapRetainCount", "3");
    properties.setProperty("autopurge.purgeInterval", "1"); // hours
    properties.setProperty("admin.enableServer", "false");
    properties.setProperty("preAllocSize", "4096"); // KiB; 64 MiB a log is for busier ensembles
    ZooKeeperDoor.install();
    try {
      ZooKeeperServerEmbedded server =
          ZooKeeperServerEmbedded.builder()
              .baseDir(base)
              .configuration(properties)
              .exitHandler(ExitHandler.LOG_ONLY)
              .build();
      server.start(START_TIMEOUT.toMillis());
      return new EmbeddedZooKeeper(server, ZooKeeperDoor.newKey());
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
    } finally {
      System.clearProperty("zookeeper." + ENFORCED); // of other servers in this JVM
    }
  }

  /** How to reach it: at {@code 127.0.0.1:port}, with the key. */
  public ZkServers servers() {
    return new ZkServers("127.0.0.1:" + server.getClientPort(), doorKey);
  }

  @Override
  public void close() {
    server.close();
    ZooKeeperDoor.forget(doorKey);
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
