package elsewhere;

import dev.weft.bridge.Network;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** A library that nobody knows. */
public final class Connecting {
  private Connecting() {}

  public static void connect(Network told, @Nullable SocketAddress to) {
    told.connecting(to);
  }

  public static void bind(Network told, @Nullable SocketAddress at) {
    told.bound(at);
  }
}
