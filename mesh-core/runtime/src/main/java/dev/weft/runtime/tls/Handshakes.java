package dev.weft.runtime.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** Client handshakes over a blocking socket. Stateless. */
final class Handshakes {
  private Handshakes() {}

  /**
   * Puts TLS over {@code raw} and shakes hands; on any failure {@code raw} is closed.
   *
   * @param timeoutMillis for all of it, &gt; 0
   */
  static SSLSocket layer(
      SSLContext context, Socket raw, SSLParameters parameters, int timeoutMillis)
      throws IOException {
    SSLSocket socket;
    try {
      socket = over(context, raw, parameters);
    } catch (IOException | RuntimeException e) {
      closeQuietly(raw);
      throw e;
    }
    shake(socket, raw, timeoutMillis);
    return socket;
  }

  /** Puts TLS over {@code raw}, for {@link #shake}. Closing the result closes {@code raw}. */
  static SSLSocket over(SSLContext context, Socket raw, SSLParameters parameters)
      throws IOException {
    // The literal address, not the name: nothing may be looked up, and sessions are kept by it.
    InetAddress peer = raw.getInetAddress();
    SSLSocket socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(
                    raw, peer == null ? null : peer.getHostAddress(), raw.getPort(), true);
    socket.setUseClientMode(true);
    socket.setSSLParameters(parameters);
    return socket;
  }

  /**
   * Shakes hands; on any failure {@code raw} is closed.
   *
   * @param timeoutMillis for all of it, &gt; 0
   */
  static void shake(SSLSocket socket, Socket raw, int timeoutMillis) throws IOException {
    if (timeoutMillis <= 0) {
      throw new IllegalArgumentException(
          "handshakeTimeoutMillis: " + timeoutMillis + " (expected: > 0)");
    }
    Deadline deadline = Deadline.start(raw, timeoutMillis);
    IOException failure = null;
    boolean shaken = false;
    boolean inTime = false;
    try {
      int readTimeout = raw.getSoTimeout();
      raw.setSoTimeout(timeoutMillis);
      socket.startHandshake();
      raw.setSoTimeout(readTimeout);
      shaken = true;
    } catch (IOException e) {
      failure = e;
    } finally {
      inTime = deadline.end();
      if (!shaken || !inTime) {
        closeQuietly(raw);
      }
    }
    if (shaken && inTime) {
      return;
    }
    if (failure != null && inTime && !isTimeout(failure)) {
      throw failure;
    }
    throw late(raw, timeoutMillis, failure);
  }

  private static SocketTimeoutException late(
      Socket raw, int timeoutMillis, @Nullable IOException cause) {
    SocketTimeoutException late =
        new SocketTimeoutException(
            "[weft: the TLS handshake with "
                + address(raw)
                + " was not done within "
                + timeoutMillis
                + " ms]");
    if (cause != null) {
      late.initCause(cause);
    }
    return late;
  }

  private static boolean isTimeout(@Nullable Throwable error) {
    Throwable cause = error;
    for (int depth = 0; cause != null && depth < 8; depth++, cause = cause.getCause()) {
      if (cause instanceof SocketTimeoutException) {
        return true;
      }
    }
    return false;
  }

  /** {@code host:port} of a connected socket, without asking for a name. */
  static String address(Socket socket) {
    InetAddress peer = socket.getInetAddress();
    return peer == null ? "(not connected)" : peer.getHostAddress() + ":" + socket.getPort();
  }

  static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException ignored) {
      // It is being given up; the first error is the one that counts.
    }
  }
}
