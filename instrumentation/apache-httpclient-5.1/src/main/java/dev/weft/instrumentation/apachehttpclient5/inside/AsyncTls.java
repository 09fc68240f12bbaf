package dev.weft.instrumentation.apachehttpclient5.inside;

import dev.weft.bridge.MeshAddress;
import javax.net.ssl.SSLContext;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.apache.hc.core5.http2.ssl.ApplicationProtocol;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.reactor.IOSession;
import org.apache.hc.core5.reactor.ssl.SSLBufferMode;
import org.apache.hc.core5.reactor.ssl.TransportSecurityLayer;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Puts mesh TLS under a new connection, before the library takes it up. The library shakes hands
 * with an engine of the mesh's, and is told which protocol was agreed upon, but of no session:
 * neither the application nor the pool is to know one.
 */
final class AsyncTls implements FutureCallback<IOSession> {
  private final AsyncRuntime runtime;
  private final @Nullable Object policy;
  private final @Nullable Timeout timeout;
  private final FutureCallback<IOSession> next;
  private volatile @Nullable IOSession session;
  private final Verified verified = new Verified();

  /**
   * @param policy what the client speaks
   * @param timeout the application's, for connecting
   */
  AsyncTls(
      AsyncRuntime runtime,
      @Nullable Object policy,
      @Nullable Timeout timeout,
      FutureCallback<IOSession> next) {
    this.runtime = runtime;
    this.policy = policy;
    this.timeout = timeout;
    this.next = next;
  }

  /** The protocols to be offered. */
  private String[] protocols() {
    if (policy == HttpVersionPolicy.FORCE_HTTP_2) {
      return new String[] {ApplicationProtocol.HTTP_2.id};
    }
    return policy == HttpVersionPolicy.FORCE_HTTP_1
        ? new String[] {ApplicationProtocol.HTTP_1_1.id}
        : new String[] {ApplicationProtocol.HTTP_2.id, ApplicationProtocol.HTTP_1_1.id};
  }

  @Override
  public void completed(IOSession connected) {
    if (runtime.isGivenUp()) {
      next.completed(connected); // which closes it
      return;
    }
    session = connected;
    runtime.secures(this);
    try {
      start((TransportSecurityLayer) connected);
    } catch (RuntimeException e) {
      connected.close(CloseMode.IMMEDIATE);
      next.failed(e);
    }
  }

  private void start(TransportSecurityLayer layer) {
    SSLContext engines = runtime.address().sslContext(protocols());
    Timeout left = limited(runtime.connectTimeout(timeout));
    try {
      layer.startTls(engines, null, SSLBufferMode.STATIC, null, verified, left, new Shaken());
    } catch (NoSuchMethodError e) {
      // Up to 5.1, where the library goes on at once, and what it sends waits for the handshake.
      layer.startTls(engines, null, SSLBufferMode.STATIC, null, verified, left);
      next.completed(session());
    }
  }

  /** Nobody is waited for longer than the mesh waits. */
  private static Timeout limited(@Nullable Timeout own) {
    return own != null
            && own.toMilliseconds() > 0
            && own.toMilliseconds() < MeshAddress.HANDSHAKE_MILLIS
        ? own
        : Timeout.ofMilliseconds(MeshAddress.HANDSHAKE_MILLIS);
  }

  /** From 5.2 on: hands have been shaken, and it is known which protocol is spoken. */
  final class Shaken implements FutureCallback<TransportSecurityLayer> {
    @Override
    public void completed(TransportSecurityLayer layer) {
      next.completed(session());
    }

    @Override
    public void failed(Exception error) {
      next.failed(error);
    }

    @Override
    public void cancelled() {
      next.cancelled();
    }
  }

  @Override
  public void failed(Exception error) {
    next.failed(error);
  }

  @Override
  public void cancelled() {
    next.cancelled();
  }

  /** Whether hands have been shaken. */
  boolean isDone() {
    return verified.isDone();
  }

  boolean isHttp2() {
    return verified.isHttp2();
  }

  IOSession session() {
    IOSession secured = session;
    if (secured == null) {
      throw new IllegalStateException("not connected");
    }
    return secured;
  }
}
