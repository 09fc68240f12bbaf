package dev.weft.instrumentation.tomcat.inside;

import dev.weft.bridge.Bridge;
import dev.weft.bridge.Connection;
import dev.weft.bridge.Listener;
import dev.weft.bridge.Unguarded;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.WeakHashMap;
import org.apache.coyote.AbstractProtocol;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.tomcat.util.net.AbstractEndpoint;
import org.apache.tomcat.util.net.NioEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * What the mesh knows of one HTTP connector: its listener, from the moment that it accepts. Holds
 * nothing of Tomcat's, so that a connector that is thrown away takes its entry along.
 */
public final class MeshPort {
  private static final Map<AbstractEndpoint<?, ?>, MeshPort> PORTS =
      Collections.synchronizedMap(new WeakHashMap<AbstractEndpoint<?, ?>, MeshPort>());

  private static final String[] HTTP_1 = {"http/1.1"};
  private static final String[] HTTP_2 = {"h2", "http/1.1"};

  /**
   * Kept when the port closes: connections that are still open are decided about to their end.
   * Until the port opens, and for ever where there is no mesh, null, or under a floor one that
   * refuses.
   */
  private volatile @Nullable Listener listener = Bridge.closed(false);

  private volatile String[] protocols = HTTP_1;
  private boolean open;

  private MeshPort() {}

  /**
   * Makes the entry of an HTTP connector over NIO; null for AJP, NIO2 and APR, which are left
   * alone.
   */
  static @Nullable MeshPort create(AbstractProtocol<?> protocol, AbstractEndpoint<?, ?> endpoint) {
    if (!guards(protocol, endpoint)) {
      return null;
    }
    synchronized (PORTS) {
      MeshPort port = PORTS.get(endpoint);
      if (port == null) {
        port = new MeshPort();
        PORTS.put(endpoint, port);
      }
      return port;
    }
  }

  private static boolean guards(AbstractProtocol<?> protocol, AbstractEndpoint<?, ?> endpoint) {
    return protocol instanceof AbstractHttp11Protocol && endpoint instanceof NioEndpoint;
  }

  /** What to say of a connector that is left alone; null of any other. */
  static @Nullable Unguarded unguarded(
      AbstractProtocol<?> protocol, AbstractEndpoint<?, ?> endpoint) {
    if (guards(protocol, endpoint)) {
      return null;
    }
    String kind =
        protocol instanceof AbstractHttp11Protocol
            ? endpoint.getClass().getSimpleName().replace("Endpoint", "").toUpperCase(Locale.ROOT)
            : "AJP";
    int port = endpoint.getPort();
    return new Unguarded(
        "tomcat",
        kind + " connector",
        port > 0 ? String.valueOf(port) : null,
        endpoint.isSSLEnabled());
  }

  /** The entry of a connector; null if it has none. */
  static @Nullable MeshPort find(AbstractEndpoint<?, ?> endpoint) {
    return PORTS.get(endpoint);
  }

  /** Reads what the connector speaks, which is settled when it starts. */
  void configure(AbstractHttp11Protocol<?> protocol) {
    // A connector that speaks HTTP/2 in plaintext knows its preface, and needs to be told no more
    // than that about a connection whose client chose h2 by ALPN.
    protocols = protocol.getUpgradeProtocol("h2c") == null ? HTTP_1 : HTTP_2;
  }

  /** The connector is bound and about to accept. */
  synchronized void open(AbstractEndpoint<?, ?> endpoint) {
    int port = endpoint.getLocalPort();
    // A Unix domain socket has no port, and nobody outside this machine.
    if (open || port <= 0) {
      return;
    }
    InetSocketAddress bound = new InetSocketAddress(endpoint.getAddress(), port);
    Listener opened = Bridge.open("tomcat", bound, endpoint.isSSLEnabled());
    if (opened != null) {
      listener = opened;
      open = true;
    }
  }

  /** The connector accepts no more. */
  synchronized void close() {
    Listener closing = listener;
    if (open && closing != null) {
      open = false;
      closing.close();
    }
  }

  /** The listener; null if the mesh has no say here. */
  @Nullable Listener listener() {
    return listener;
  }

  /** What stands before a new connection; null if it is plaintext in any case. */
  @Nullable Connection connection(Listener listener, SocketChannel accepted) {
    return listener.connection(accepted, new HangUp(accepted), protocols);
  }
}
