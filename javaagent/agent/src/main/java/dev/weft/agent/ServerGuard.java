package dev.weft.agent;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.ProtectionDomain;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is left to do where a floor is set and the agent cannot start: servers are kept from being
 * loaded, and so from accepting. Whatever does not serve goes on. Needs nothing of the agent but
 * this class.
 */
final class ServerGuard implements ClassFileTransformer {
  /** Of each server that a module guards, a type without which it accepts nothing. */
  static final Set<String> SERVERS =
      Set.of(
          "org/apache/coyote/AbstractProtocol",
          "sun/net/httpserver/ServerImpl",
          // Of Netty, what its clients have no need of.
          "io/netty/channel/ServerChannel",
          "io/grpc/netty/shaded/io/netty/channel/ServerChannel");

  private final String floor;

  private ServerGuard(String floor) {
    this.floor = floor;
  }

  /**
   * Puts it in place.
   *
   * @return false if a server is there already, which nothing can be done about
   */
  static boolean install(Instrumentation instrumentation, String floor) {
    instrumentation.addTransformer(new ServerGuard(floor), false);
    for (Class<?> type : instrumentation.getAllLoadedClasses()) {
      if (SERVERS.contains(type.getName().replace('.', '/'))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public byte @Nullable [] transform(
      @Nullable ClassLoader loader,
      @Nullable String name,
      @Nullable Class<?> redefined,
      @Nullable ProtectionDomain domain,
      byte[] bytes) {
    if (name == null || redefined != null || !SERVERS.contains(name)) {
      return null;
    }
    System.err.println("[weft] " + name.replace('/', '.') + " is not loaded: " + floor);
    return unloadable(floor);
  }

  /**
   * In the place of a class that must not be loaded: one of another name, which the JVM refuses
   * with a {@code NoClassDefFoundError} that quotes it.
   */
  static byte[] unloadable(String floor) {
    byte[] name =
        ("not woven by Weft, and " + floor.replace('.', '_')).getBytes(StandardCharsets.UTF_8);
    byte[] parent = "java/lang/Object".getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(36 + name.length + parent.length)
        .putInt(0xCAFEBABE)
        .putInt(52) // of Java 8
        .putShort((short) 5) // constants and one
        .put((byte) 7) // 1: a class
        .putShort((short) 2)
        .put((byte) 1) // 2: its name
        .putShort((short) name.length)
        .put(name)
        .put((byte) 7) // 3: its parent
        .putShort((short) 4)
        .put((byte) 1) // 4: its name
        .putShort((short) parent.length)
        .put(parent)
        .putShort((short) 0x1021) // public, synthetic
        .putShort((short) 1)
        .putShort((short) 3)
        .putLong(0) // no interfaces, fields, methods, attributes
        .array();
  }
}
