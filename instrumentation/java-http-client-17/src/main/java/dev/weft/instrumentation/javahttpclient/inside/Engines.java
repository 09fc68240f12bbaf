package dev.weft.instrumentation.javahttpclient.inside;

import java.net.InetSocketAddress;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** Hands the mesh's engine to the connection that this thread is making. */
public final class Engines {
  private static final ThreadLocal<CallAddress> CONNECTING = new ThreadLocal<>();

  private Engines() {}

  public static void connecting(InetSocketAddress address) {
    if (address instanceof CallAddress && ((CallAddress) address).tls()) {
      CONNECTING.set((CallAddress) address);
    }
  }

  public static void connected() {
    CONNECTING.remove();
  }

  /** An engine that offers the protocols of {@code parameters}; null for the client's own. */
  public static @Nullable SSLEngine create(SSLParameters parameters) {
    CallAddress address = CONNECTING.get();
    if (address == null) {
      return null;
    }
    String[] alpn = parameters.getApplicationProtocols();
    return address.endpoint().clientEngine(alpn == null ? new String[0] : alpn);
  }
}
