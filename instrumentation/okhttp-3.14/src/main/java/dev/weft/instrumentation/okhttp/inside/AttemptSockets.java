package dev.weft.instrumentation.okhttp.inside;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * The application's sockets, of which the attempt hears. The library makes no other ones. A
 * connection keeps its address, and this, for as long as it lives: the attempt is let go before.
 */
final class AttemptSockets extends SocketFactory {
  private volatile @Nullable Attempt attempt;
  private final SocketFactory own;

  AttemptSockets(Attempt attempt, SocketFactory own) {
    this.attempt = attempt;
    this.own = own;
  }

  @Override
  public Socket createSocket() throws IOException {
    Socket made = own.createSocket();
    Attempt connecting = attempt;
    if (connecting != null) {
      connecting.connects(made);
    }
    return made;
  }

  /** Whoever else connects has lost the race for it. */
  void forget() {
    attempt = null;
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    throw unexpected();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress local, int localPort)
      throws IOException {
    throw unexpected();
  }

  @Override
  public Socket createSocket(InetAddress address, int port) throws IOException {
    throw unexpected();
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress local, int localPort)
      throws IOException {
    throw unexpected();
  }

  private static SocketException unexpected() {
    return new SocketException("[weft: not a way in which this library connects]");
  }
}
