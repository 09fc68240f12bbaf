package dev.weft.instrumentation.apachehttpclient4.inside;

import dev.weft.bridge.Blocking;
import dev.weft.bridge.MeshAddress;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.apache.http.ConnectionClosedException;
import org.apache.http.HttpHost;
import org.apache.http.conn.ConnectTimeoutException;
import org.apache.http.conn.ManagedHttpClientConnection;
import org.apache.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/** The connection of one attempt, if one has to be made. Used on the thread of the call. */
final class Connecting {
  /** Under which the context of a call has it. */
  static final String ATTRIBUTE = "dev.weft.connecting";

  /** A value of the sessions of mesh TLS. */
  private static final String OURS = "dev.weft.mesh";

  private final Blocking call;
  private final MeshAddress address;
  private boolean secured;
  private boolean underWay;

  Connecting(Blocking call, MeshAddress address) {
    this.call = call;
    this.address = address;
  }

  /** For whom a connection may be made; null if it is not for the mesh. */
  static @Nullable Connecting of(@Nullable HttpContext context) {
    Object found = context == null ? null : context.getAttribute(ATTRIBUTE);
    return found instanceof Connecting ? (Connecting) found : null;
  }

  static boolean ours(@Nullable SSLSession session) {
    return session != null && session.getValue(OURS) != null;
  }

  /** Whether one has been begun, and is not ready. */
  boolean underWay() {
    return underWay;
  }

  void begins() {
    underWay = true;
    secured = false;
  }

  /** What it failed with; null if it is ready. */
  @Nullable Throwable ended() {
    if (address.tls() && !secured) {
      return new SSLException("no mesh TLS over connections that the application makes itself");
    }
    underWay = false;
    return null;
  }

  /**
   * Where to connect, with an address: nothing is looked up. A pool could not tell such hosts apart
   * in 4.3, where they are known by their addresses alone.
   */
  HttpHost host(HttpHost labelled) {
    return new HttpHost(address.getAddress(), address.getPort(), labelled.getSchemeName());
  }

  /**
   * The shorter limit, the application's or the mesh's.
   *
   * @return milliseconds; 0 for none
   */
  int millis(int applications) {
    return call.connectMillis(applications);
  }

  /** The library has connected a socket. */
  void connected(ManagedHttpClientConnection connection, int timeout) throws IOException {
    if (!address.tls()) {
      return;
    }
    Socket raw = connection.getSocket();
    if (raw == null) {
      throw new ConnectionClosedException("Connection is closed");
    }
    Socket socket;
    try {
      socket = address.layer(raw, millis(Math.max(0, timeout)));
    } catch (SocketTimeoutException e) {
      SocketTimeoutException late = new SocketTimeoutException("Connect timed out");
      late.initCause(e);
      throw new ConnectTimeoutException(
          late, new HttpHost(address.getHostString(), address.getPort()));
    }
    if (socket instanceof SSLSocket) {
      ((SSLSocket) socket).getSession().putValue(OURS, Boolean.TRUE);
    }
    connection.bind(socket);
    secured = true;
  }
}
