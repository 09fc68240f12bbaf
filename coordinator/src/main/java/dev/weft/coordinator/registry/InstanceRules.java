package dev.weft.coordinator.registry;

import dev.weft.wire.InstanceState;
import dev.weft.wire.Port;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an instance may say of itself. The bounds keep a slice of a hundred below ZooKeeper's
 * megabyte. Messages name the field.
 */
public final class InstanceRules {
  private static final int MAX_LABELS = 32;
  private static final int MAX_PORTS = 16;
  private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  private static final Pattern LABEL_KEY = Pattern.compile("[A-Za-z0-9._/-]{1,63}");
  private static final Pattern TEXT = Pattern.compile("[ -~]{0,128}");

  private InstanceRules() {}

  /** Refuses an id that is not a UUID in lower case. */
  public static void checkId(String id) {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "instance: " + shown(id) + " (expected: a UUID in lower case)");
    }
  }

  /** Checks free labels; {@code app} is not free (the certificate says it) and is left out. */
  public static Map<String, String> checkedLabels(Map<String, String> labels) {
    if (labels.size() > MAX_LABELS) {
      throw new IllegalArgumentException(
          "labels: " + labels.size() + " of them (expected: at most " + MAX_LABELS + ")");
    }
    Map<String, String> checked = new HashMap<>(labels);
    checked.remove("app");
    checked.remove("app.kubernetes.io/name");
    checked.forEach(
        (key, value) -> {
          if (!LABEL_KEY.matcher(key).matches() || !TEXT.matcher(value).matches()) {
            throw new IllegalArgumentException(
                "labels."
                    + shown(key)
                    + ": "
                    + shown(value)
                    + " (expected: printable ASCII, a key"
                    + " of at most 63 letters, digits, . _ / -, a value of at most 128)");
          }
        });
    return Map.copyOf(checked);
  }

  /** Checks a zone's name. */
  public static void checkZone(String zone) {
    if (zone.length() > 63 || !TEXT.matcher(zone).matches()) {
      throw new IllegalArgumentException(
          "zone: " + shown(zone) + " (expected: printable ASCII, at most 63)");
    }
  }

  /**
   * Checks what an instance serves.
   *
   * @param origin of its stream
   */
  public static void checkRegistration(List<Port> ports, InstanceState state, Origin origin) {
    if (state == InstanceState.SUSPECT || state == InstanceState.ORPHAN) {
      throw new IllegalArgumentException(
          "register.state: " + state + " (expected: STARTING, READY or DRAINING)");
    }
    // None is fine: an instance that has closed its ports, or has not opened any yet.
    if (ports.size() > MAX_PORTS) {
      throw new IllegalArgumentException(
          "register.ports: " + ports.size() + " of them (expected: at most " + MAX_PORTS + ")");
    }
    int primaries = 0;
    Set<String> seen = new HashSet<>();
    for (Port port : ports) {
      InetAddress parsed = address(port.address());
      if (parsed == null) {
        throw new IllegalArgumentException(
            "register.ports.address: "
                + shown(port.address())
                + " (expected: an IP address that others can reach; set weft.advertise)");
      }
      if (port.library().length() > 63 || !TEXT.matcher(port.library()).matches()) {
        throw new IllegalArgumentException(
            "register.ports.library: " + shown(port.library()) + " (expected: a short name)");
      }
      origin.check(parsed);
      String address = parsed.getHostAddress();
      if (!seen.add(key(address, port.number()))) {
        throw new IllegalArgumentException(
            "register.ports: " + key(address, port.number()) + " twice (expected: once)");
      }
      primaries += port.primary() ? 1 : 0;
    }
    if (primaries > 1) {
      throw new IllegalArgumentException(
          "register.ports: " + primaries + " are primary (expected: at most one)");
    }
  }

  /**
   * One form for each address, without asking DNS; null if it is no IP literal, or none that anyone
   * can connect to.
   */
  public static @Nullable String canonicalAddress(String address) {
    InetAddress parsed = address(address);
    return parsed == null ? null : parsed.getHostAddress();
  }

  /** As {@link #canonicalAddress}, not as text. */
  static @Nullable InetAddress address(String address) {
    byte[] bytes =
        address.length() > 64
            ? null
            : NetUtil.createByteArrayFromIpAddressString(unscoped(address));
    if (bytes == null) {
      return null;
    }
    try {
      InetAddress parsed = InetAddress.getByAddress(bytes);
      return parsed.isAnyLocalAddress() || parsed.isMulticastAddress() ? null : parsed;
    } catch (UnknownHostException e) {
      return null;
    }
  }

  /**
   * Whether an address means whoever uses it, its own loopback or its own link: nobody else is at
   * it, so no caller's call to it is led anywhere.
   */
  public static boolean isEveryonesOwn(String address) {
    InetAddress parsed = address(address);
    return parsed != null && (parsed.isLoopbackAddress() || parsed.isLinkLocalAddress());
  }

  static String key(String address, int port) {
    return address.indexOf(':') < 0 ? address + ":" + port : "[" + address + "]:" + port;
  }

  private static String unscoped(String address) {
    return address.startsWith("[") && address.endsWith("]")
        ? address.substring(1, address.length() - 1)
        : address;
  }

  private static String shown(String text) {
    return text.length() <= 80 ? "\"" + text + "\"" : "\"" + text.substring(0, 80) + "…\"";
  }
}
