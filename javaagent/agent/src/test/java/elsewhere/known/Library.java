package elsewhere.known;

import dev.weft.bridge.Network;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** One that an adapter stands before. */
public final class Library {
  private Library() {}

  public static void connect(Network told, @Nullable SocketAddress to) {
    told.connecting(to);
  }

  public static void bind(Network told, @Nullable SocketAddress at) {
    told.bound(at);
  }
}
