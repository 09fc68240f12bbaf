package dev.weft.agent.host;

import dev.weft.bridge.MeshAddress;
import dev.weft.bridge.Network;
import dev.weft.runtime.telemetry.OutsideTable;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which connections and ports no adapter stands before, and which library made them: that is the
 * first class on the stack that is not of the JDK's sockets. A connection costs a walk of some
 * microseconds, and its network more than that.
 */
final class Outside implements Network {
  /** Below the library: sockets, channels, TLS, and what calls them by reflection or as a task. */
  private static final String[] SOCKETS = {
    "java.",
    "javax.net.",
    "sun.nio.",
    "sun.security.",
    "jdk.internal.reflect.",
    "jdk.internal.misc."
  };

  private static final String OURS = "dev.weft.";

  private final OutsideTable table;
  private final Predicate<String> led;
  private final Predicate<String> adapted;
  private final Runnable laterOn;
  private final Consumer<Throwable> faults;

  /**
   * @param led whether an adapter leads the connections that a class makes
   * @param adapted whether an adapter stands before the library of a class
   * @param laterOn run when a port is bound that an adapter may still open
   * @param faults counts and logs errors of the agent itself
   */
  Outside(
      OutsideTable table,
      Predicate<String> led,
      Predicate<String> adapted,
      Runnable laterOn,
      Consumer<Throwable> faults) {
    this.table = table;
    this.led = led;
    this.adapted = adapted;
    this.laterOn = laterOn;
    this.faults = faults;
  }

  @Override
  public void connecting(@Nullable SocketAddress to) {
    try {
      if (!(to instanceof InetSocketAddress internet) || to instanceof MeshAddress) {
        return;
      }
      String library = library();
      if (!library.startsWith(OURS) && !led.test(library)) {
        table.connection(library, internet.getHostString(), internet.getPort());
      }
    } catch (Throwable t) {
      faults.accept(t);
    }
  }

  @Override
  public void bound(@Nullable SocketAddress at) {
    try {
      if (!(at instanceof InetSocketAddress internet)) {
        return;
      }
      String library = library();
      if (!library.startsWith(OURS)
          && !adapted.test(library)
          && table.bound(library, internet.getPort())) {
        laterOn.run();
      }
    } catch (Throwable t) {
      faults.accept(t);
    }
  }

  private static String library() {
    Optional<String> found =
        StackWalker.getInstance()
            .walk(
                frames ->
                    frames
                        .map(StackWalker.StackFrame::getClassName)
                        .filter(name -> !isSocket(name) && !name.equals(Outside.class.getName()))
                        .findFirst());
    return found.orElse("java.net");
  }

  private static boolean isSocket(String name) {
    for (String prefix : SOCKETS) {
      if (name.startsWith(prefix)) {
        return true;
      }
    }
    return name.startsWith("dev.weft.bridge.");
  }
}
