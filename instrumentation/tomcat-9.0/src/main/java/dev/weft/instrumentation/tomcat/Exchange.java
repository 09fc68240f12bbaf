package dev.weft.instrumentation.tomcat;

import dev.weft.bootstrap.Bridge;
import dev.weft.bootstrap.Listener;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLSession;
import org.apache.coyote.ActionCode;
import org.apache.coyote.Request;
import org.apache.coyote.Response;
import org.apache.coyote.http11.upgrade.InternalHttpUpgradeHandler;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * What we keep beside one of Tomcat's request objects, in a note of it; used again with it, for one
 * request after the other.
 */
public final class Exchange {
  /** Of the 32 places for notes, the last: Tomcat takes the second. */
  private static final int NOTE = 31;

  /** The listener that was told of the request's start and not yet of its end. */
  private final AtomicReference<@Nullable Listener> inFlight = new AtomicReference<>();

  private final AtomicBoolean async = new AtomicBoolean();

  /** Of all streams of the connection; null for HTTP/1.1. */
  private volatile @Nullable InternalHttpUpgradeHandler streams;

  // Asked for with the connection, which may break and know no peer at any later moment.
  private volatile @Nullable SSLSession session;
  private volatile @Nullable String address;

  private volatile boolean refused;
  private volatile @Nullable Request served;
  private volatile @Nullable SSLSession caller;
  private volatile long begunNanos;

  private Exchange() {}

  /** The exchange of a request object, made if need be. */
  static Exchange of(Request request) {
    Exchange exchange = find(request);
    if (exchange == null) {
      exchange = new Exchange();
      request.setNote(NOTE, exchange);
    }
    return exchange;
  }

  /** The exchange of a request object; null if it has none. */
  static @Nullable Exchange find(Request request) {
    return (Exchange) request.getNote(NOTE);
  }

  /** Says on which connection the next request comes; null for none. */
  void connection(@Nullable SocketWrapperBase<?> wrapper) {
    streams = null;
    session = MeshNioChannel.session(wrapper);
    if (wrapper != null) {
      // What ends after its connection is told of with it.
      address = wrapper.getRemoteAddr();
    }
  }

  /** Says that the next request is a stream of HTTP/2, and who handles those of its connection. */
  void stream(InternalHttpUpgradeHandler handler) {
    streams = handler;
  }

  /** The mesh TLS session of the request's connection; null for plaintext. */
  @Nullable SSLSession session() {
    return session;
  }

  /** Where the request's connection comes from, as text; null if that is not known. */
  @Nullable String address() {
    return address;
  }

  /** The request is let in. */
  void start(Listener listener, Request request) {
    refused = false;
    served = request;
    caller = session;
    begunNanos = System.nanoTime();
    if (begun(listener)) {
      inFlight.set(listener);
    }
  }

  /** Says that something is in flight; false if that could not be said. */
  static boolean begun(Listener listener) {
    try {
      listener.requestStarted();
      return true;
    } catch (Throwable t) {
      Bridge.fault(t);
      return false;
    }
  }

  /** Says that it is no longer. */
  static void over(Listener listener) {
    try {
      listener.requestEnded();
    } catch (Throwable t) {
      Bridge.fault(t);
    }
  }

  /** The request was answered in the application's place. */
  void refuse() {
    refused = true;
  }

  /** The request is over, unless the application still works on it. */
  void endUnlessAsync(Request request) {
    async.set(false);
    request.action(ActionCode.ASYNC_IS_ASYNC, async);
    if (!async.get()) {
      end();
    }
  }

  /** The request is over. Only the first call after a start counts. */
  void end() {
    Listener listener = inFlight.getAndSet(null);
    if (listener != null) {
      try {
        tell(listener);
      } catch (Throwable t) {
        Bridge.fault(t);
      }
      over(listener);
    }
  }

  private void tell(Listener listener) {
    Request request = served;
    SSLSession callersSession = caller;
    served = null;
    caller = null;
    if (request != null) {
      Response response = request.getResponse();
      // A response whose head was never sent is none: the connection broke before.
      int status = response != null && response.isCommitted() ? response.getStatus() : 0;
      listener.served(
          callersSession, new IncomingRequest(request), status, System.nanoTime() - begunNanos);
    }
  }

  /** Whether the connection must not be kept after this response. */
  boolean lastOfConnection() {
    if (refused) {
      return true;
    }
    Listener listener = inFlight.get();
    return listener != null && draining(listener);
  }

  /** Whether the listener drains; a mesh that fails to say does not. */
  static boolean draining(Listener listener) {
    try {
      return listener.draining();
    } catch (Throwable t) {
      Bridge.fault(t);
      return false;
    }
  }

  /** Tells an HTTP/2 client to open no more streams, by GOAWAY, once. */
  void goAway() {
    InternalHttpUpgradeHandler handler = streams;
    if (handler != null) {
      handler.pause();
    }
  }
}
