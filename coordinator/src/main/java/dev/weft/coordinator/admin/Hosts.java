package dev.weft.coordinator.admin;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The hosts that this server answers to. A web page that has its own name resolve to 127.0.0.1 (DNS
 * rebinding) gets as far as the connection, but its browser sends the page's name as the host.
 */
final class Hosts {
  private final Set<String> allowed = new HashSet<>(List.of("localhost", "127.0.0.1", "[::1]"));

  /**
   * @param more names, and addresses (IPv6 with or without brackets)
   */
  Hosts(Collection<String> more) {
    for (String host : more) {
      String lower = host.toLowerCase(Locale.ROOT);
      allowed.add(lower.contains(":") && !lower.startsWith("[") ? "[" + lower + "]" : lower);
    }
  }

  /** Whether a {@code Host} or {@code :authority} of this value is meant for us, on any port. */
  boolean allows(@Nullable String authority) {
    if (authority == null) {
      return false;
    }
    String host = authority.toLowerCase(Locale.ROOT);
    int colon = host.lastIndexOf(':');
    if (colon > host.lastIndexOf(']') && host.substring(colon + 1).matches("[0-9]{1,5}")) {
      host = host.substring(0, colon);
    }
    return allowed.contains(host);
  }

  @Override
  public String toString() {
    return String.join(", ", allowed.stream().sorted().toList());
  }
}
