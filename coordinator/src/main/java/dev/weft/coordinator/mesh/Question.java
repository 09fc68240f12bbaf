package dev.weft.coordinator.mesh;

import dev.weft.coordinator.registry.InstanceRules;
import dev.weft.coordinator.registry.Registry;
import dev.weft.policy.Dns1123;
import io.netty.util.NetUtil;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a host and port of an application's URI would stand for in the mesh.
 *
 * @param key {@code namespace/service} or {@code address:port}: what has to appear for an answer
 * @param address whether it is an address
 */
public record Question(String key, boolean address) {
  private static final int MAX_HOST = 255;

  /**
   * Reads a host.
   *
   * @param caller namespace that a bare name means
   * @param port -1: the URI had none
   * @return null if nothing in the mesh can ever have this name
   */
  public static @Nullable Question of(String host, int port, String caller) {
    String name = host.toLowerCase(Locale.ROOT);
    if (name.endsWith(".")) {
      name = name.substring(0, name.length() - 1);
    }
    if (name.isEmpty() || name.length() > MAX_HOST) {
      return null;
    }
    if (NetUtil.isValidIpV4Address(name) || name.indexOf(':') >= 0) {
      boolean askable = port >= 1 && port <= 65535 && !InstanceRules.isEveryonesOwn(name);
      String key = askable ? Registry.addressKey(name, port) : null;
      return key == null ? null : new Question(key, true);
    }
    String[] labels = name.split("\\.", -1);
    String rest =
        labels.length <= 2 ? "" : name.substring(labels[0].length() + 1 + labels[1].length() + 1);
    boolean form = labels.length <= 2 || rest.equals("svc") || rest.equals("svc.cluster.local");
    String namespace = labels.length == 1 ? caller : labels[1];
    return form && Dns1123.isLabel(labels[0]) && Dns1123.isLabel(namespace)
        ? new Question(namespace + "/" + labels[0], false)
        : null;
  }
}
