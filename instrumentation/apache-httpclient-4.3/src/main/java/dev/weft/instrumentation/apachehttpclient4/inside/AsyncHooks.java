package dev.weft.instrumentation.apachehttpclient4.inside;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.apache.http.ConnectionReuseStrategy;
import org.apache.http.HttpHost;
import org.apache.http.client.protocol.HttpClientContext;
import org.apache.http.conn.ConnectionKeepAliveStrategy;
import org.apache.http.conn.routing.HttpRoute;
import org.apache.http.nio.conn.NHttpClientConnectionManager;
import org.apache.http.nio.protocol.HttpAsyncRequestProducer;
import org.jspecify.annotations.Nullable;

/** What the advice of the asynchronous client calls. */
public final class AsyncHooks {
  /** How the labels of endpoints end. */
  private static final String LABEL = ".weft";

  private AsyncHooks() {}

  /** Where an exchange gets its connections. */
  public static NHttpClientConnectionManager manager(
      NHttpClientConnectionManager own,
      HttpClientContext context,
      HttpAsyncRequestProducer producer,
      ConnectionReuseStrategy reuse,
      ConnectionKeepAliveStrategy keepAlive) {
    return new MeshManager(own, context, producer, reuse, keepAlive);
  }

  /** The application has lost interest in an exchange. */
  public static void cancelled(NHttpClientConnectionManager manager) {
    if (manager instanceof MeshManager) {
      ((MeshManager) manager).cancel();
    }
  }

  /** Where to connect for a route to an endpoint; null for any other. */
  public static @Nullable SocketAddress remote(HttpRoute route) {
    HttpHost host = route.getTargetHost();
    InetAddress address = host.getAddress();
    // The library takes an application's own address for nothing but a part of the name.
    return address != null
            && route.getProxyHost() == null
            && host.getHostName().endsWith(LABEL)
            && address.getHostName().equals(host.getHostName())
        ? new InetSocketAddress(address, host.getPort())
        : null;
  }
}
