package dev.weft.coordinator.zk;

import org.jspecify.annotations.Nullable;

/**
 * Where ZooKeeper is.
 *
 * @param connectString {@code host:port,…}, with a chroot or without
 * @param doorKey what lets a connection say anything at all; null: the servers ask for nothing
 */
public record ZkServers(String connectString, @Nullable String doorKey) {
  /** Servers that others run. */
  public static ZkServers of(String connectString) {
    return new ZkServers(connectString, null);
  }

  /** Without the key. */
  @Override
  public String toString() {
    return connectString;
  }
}
