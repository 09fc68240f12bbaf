package dev.weft.coordinator.registry;

import dev.weft.policy.Cidr;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a stream comes from, which decides at which addresses its instance may register: where it
 * is seen to be, and in the ranges that its token granted. All loopback addresses are one.
 *
 * @param source of the stream's connection; null if that is no IP address: then only what is
 *     granted may be registered
 * @param granted ranges, by the certificate
 */
public record Origin(@Nullable InetAddress source, List<Cidr> granted) {
  public Origin {
    granted = List.copyOf(granted);
  }

  /**
   * Whether an address is the source of the stream: such a claim is stronger than one that is
   * merely granted.
   */
  boolean isSource(InetAddress asked) {
    InetAddress from = source;
    if (from == null) {
      return false;
    }
    if (from.isLoopbackAddress()) {
      return asked.isLoopbackAddress();
    }
    // By the bytes: a scope (fe80::1%eth0) is this machine's name for the link.
    return Arrays.equals(from.getAddress(), asked.getAddress());
  }

  /** Refuses an address that an instance may not register, saying what would help. */
  void check(InetAddress asked) {
    if (isSource(asked)) {
      return;
    }
    String address = asked.getHostAddress();
    if (asked.isLoopbackAddress()) {
      throw refused(
          address,
          "is loopback",
          "an address that others reach; bind the server to one, or set weft.advertise");
    }
    if (asked.isLinkLocalAddress()) {
      throw refused(
          address, "is link-local", "an address that others reach; set weft.advertise to one");
    }
    byte[] bytes = asked.getAddress();
    if (granted.stream().noneMatch(range -> range.contains(bytes))) {
      throw refused(
          address,
          "is not granted",
          "an address that it comes from, see weft.advertise; or a token of `weft token create"
              + " --addresses "
              + address
              + "`");
    }
  }

  private IllegalArgumentException refused(String address, String why, String expected) {
    InetAddress from = source;
    return new IllegalArgumentException(
        "register.ports.address: "
            + address
            + " "
            + why
            + ", and this stream comes from "
            + (from == null ? "no IP address" : text(from))
            + " (expected: "
            + expected
            + ")");
  }

  private static String text(InetAddress address) {
    String text = address.getHostAddress();
    int scope = text.indexOf('%');
    return scope < 0 ? text : text.substring(0, scope);
  }
}
