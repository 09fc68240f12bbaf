package dev.weft.coordinator.zk;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.server.ServerCnxn;
import org.apache.zookeeper.server.auth.AuthenticationProvider;
import org.apache.zookeeper.server.auth.ProviderRegistry;

/**
 * Closes the servers of this process to everybody else on this machine: a connection that has not
 * shown a key is not heard. Access control alone is too late: what it refuses has been read, queued
 * and written to the log.
 *
 * <p>ZooKeeper makes an instance of its own for the whole JVM; so keys are everybody's.
 */
public final class ZooKeeperDoor implements AuthenticationProvider {
  static final String SCHEME = "weft-door";

  private static final Set<String> KEYS = ConcurrentHashMap.newKeySet();

  /** For ZooKeeper. */
  public ZooKeeperDoor() {}

  /** A new key that opens every server of this process. */
  static String newKey() {
    byte[] random = new byte[32];
    new SecureRandom().nextBytes(random);
    String key = HexFormat.of().formatHex(random);
    KEYS.add(key);
    return key;
  }

  static void forget(String key) {
    KEYS.remove(key);
  }

  /** Makes ZooKeeper know of it, whatever it has started before. */
  static void install() {
    String property = ProviderRegistry.AUTHPROVIDER_PROPERTY_PREFIX + "weft";
    System.setProperty(property, ZooKeeperDoor.class.getName());
    ProviderRegistry.initialize();
    ProviderRegistry.addOrUpdateProvider(property);
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public KeeperException.Code handleAuthentication(ServerCnxn connection, byte[] shown) {
    for (String key : KEYS) {
      if (MessageDigest.isEqual(key.getBytes(StandardCharsets.US_ASCII), shown)) {
        connection.addAuthInfo(new Id(SCHEME, "coordinator"));
        return KeeperException.Code.OK;
      }
    }
    return KeeperException.Code.AUTHFAILED;
  }

  /** In no access control list: it does not outlive this process. */
  @Override
  public boolean isAuthenticated() {
    return false;
  }

  @Override
  public boolean matches(String id, String expression) {
    return false;
  }

  @Override
  public boolean isValid(String id) {
    return false;
  }
}
