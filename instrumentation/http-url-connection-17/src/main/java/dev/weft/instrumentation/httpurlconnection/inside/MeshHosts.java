package dev.weft.instrumentation.httpurlconnection.inside;

import dev.weft.bridge.MeshAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Answers where the library looks up the host of a URL beside connecting to it: to tell an
 * authenticator who asks for a password, and a security manager who is called. Names of the mesh
 * never reach DNS.
 */
public final class MeshHosts {
  /** Names in use at a time by one process; far more than there are, and a bound nevertheless. */
  private static final int LIMIT = 1024;

  private static final ConcurrentMap<String, MeshAddress> LAST_PICKED = new ConcurrentHashMap<>();

  private MeshHosts() {}

  static void picked(String host, MeshAddress address) {
    if (LAST_PICKED.get(host) != address) {
      if (LAST_PICKED.size() >= LIMIT) {
        LAST_PICKED.clear();
      }
      LAST_PICKED.put(host, address);
    }
  }

  static void notOurs(String host) {
    if (!LAST_PICKED.isEmpty()) {
      LAST_PICKED.remove(host);
    }
  }

  /** In the place of {@link InetAddress#getByName}. */
  public static InetAddress getByName(String host) throws UnknownHostException {
    MeshAddress address = host == null ? null : LAST_PICKED.get(host);
    return address == null
        ? InetAddress.getByName(host)
        : InetAddress.getByAddress(host, address.getAddress().getAddress());
  }
}
