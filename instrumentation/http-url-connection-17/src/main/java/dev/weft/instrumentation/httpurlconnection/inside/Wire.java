package dev.weft.instrumentation.httpurlconnection.inside;

import dev.weft.bridge.MeshAddress;
import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What is known of one of the library's clients, that is of one pooled connection at a time. */
final class Wire implements Closeable {
  /** A connection idle for no longer than this is taken to be alive. */
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

  private volatile @Nullable MeshAddress address;
  private volatile @Nullable Socket socket;
  private volatile @Nullable Socket raw;
  private volatile @Nullable Call call;
  private volatile long idleSince;

  /** The endpoint that it is connected to; null while there is none. */
  @Nullable MeshAddress address() {
    return address;
  }

  /** The attempt that uses it; null while it is idle. */
  @Nullable Call call() {
    return call;
  }

  void used(Call by) {
    call = by;
  }

  /**
   * @param under the connection below mesh TLS; for plaintext the same as {@code to}
   */
  void connected(Socket to, Socket under, @Nullable MeshAddress endpoint) {
    socket = to;
    raw = under;
    address = endpoint;
  }

  void idle() {
    call = null;
    idleSince = System.nanoTime();
  }

  /**
   * Whether a request that must not be sent twice may be sent on this idle connection: the server
   * has not closed it, nor said anything unasked. Costs a millisecond when it has been idle a
   * while, nothing otherwise.
   */
  boolean fit() {
    Socket pooled = socket;
    if (pooled == null) {
      return false;
    }
    if (System.nanoTime() - idleSince < FRESH_NANOS) {
      return true;
    }
    try {
      int before = pooled.getSoTimeout();
      pooled.setSoTimeout(1);
      try {
        pooled.getInputStream().read();
        return false;
      } catch (SocketTimeoutException e) {
        return true;
      } finally {
        pooled.setSoTimeout(before);
      }
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Never blocks: below TLS, whose own {@code close()} waits for whoever is writing, and that one
   * may wait for a peer that does not read.
   */
  @Override
  public void close() {
    Socket connection = raw;
    if (connection != null) {
      try {
        connection.close();
      } catch (IOException e) {
        // It is given up in any case.
      }
    }
  }
}
