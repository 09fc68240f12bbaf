package dev.weft.instrumentation.apachehttpclient4.inside;

import java.io.IOException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.http.ConnectionReuseStrategy;
import org.apache.http.HttpResponse;
import org.apache.http.client.protocol.HttpClientContext;
import org.apache.http.concurrent.FutureCallback;
import org.apache.http.conn.ConnectionKeepAliveStrategy;
import org.apache.http.conn.routing.HttpRoute;
import org.apache.http.nio.NHttpClientConnection;
import org.apache.http.nio.conn.NHttpClientConnectionManager;
import org.apache.http.nio.protocol.HttpAsyncRequestProducer;
import org.apache.http.nio.reactor.IOEventDispatch;
import org.apache.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/**
 * The connection manager as one exchange of the library's sees it. Where a connection is asked for,
 * a call begins: the head of its request is complete, and each leg of a redirect comes by.
 */
final class MeshManager implements NHttpClientConnectionManager {
  private final NHttpClientConnectionManager own;
  private final HttpClientContext context;
  private final HttpAsyncRequestProducer producer;
  private final ConnectionReuseStrategy reuse;
  private final ConnectionKeepAliveStrategy keepAlive;

  /** The call under way, if it is the mesh's. */
  private volatile @Nullable AsyncExchange exchange;

  MeshManager(
      NHttpClientConnectionManager own,
      HttpClientContext context,
      HttpAsyncRequestProducer producer,
      ConnectionReuseStrategy reuse,
      ConnectionKeepAliveStrategy keepAlive) {
    this.own = own;
    this.context = context;
    this.producer = producer;
    this.reuse = reuse;
    this.keepAlive = keepAlive;
  }

  NHttpClientConnectionManager own() {
    return own;
  }

  HttpClientContext context() {
    return context;
  }

  HttpAsyncRequestProducer producer() {
    return producer;
  }

  @Override
  public Future<NHttpClientConnection> requestConnection(
      HttpRoute route,
      @Nullable Object state,
      long connectTimeout,
      long leaseTimeout,
      TimeUnit unit,
      FutureCallback<NHttpClientConnection> callback) {
    Wanted wanted =
        new Wanted(
            route,
            state,
            connectTimeout < 0 ? connectTimeout : unit.toMillis(connectTimeout),
            unit.toMillis(leaseTimeout),
            callback);
    AsyncExchange before = exchange;
    if (before != null && before.goesOn(wanted)) {
      return wanted;
    }
    AsyncExchange next = new AsyncExchange(this, wanted);
    exchange = next;
    next.begin();
    return wanted;
  }

  /** The application has lost interest. */
  void cancel() {
    AsyncExchange current = exchange;
    if (current != null) {
      current.giveUp();
    }
  }

  /** Gives back the connection of a response that nobody has seen. */
  void release(NHttpClientConnection connection, HttpResponse response) throws IOException {
    long millis = -1;
    boolean kept = connection.isOpen() && reuse.keepAlive(response, context);
    if (kept) {
      millis = keepAlive.getKeepAliveDuration(response, context);
    } else {
      connection.close();
    }
    own.releaseConnection(
        connection, kept ? context.getUserToken() : null, millis, TimeUnit.MILLISECONDS);
  }

  @Override
  public void releaseConnection(
      NHttpClientConnection connection, @Nullable Object state, long duration, TimeUnit unit) {
    if (connection instanceof AsyncConnection) {
      ((AsyncConnection) connection).release(state, duration, unit);
    } else {
      own.releaseConnection(connection, state, duration, unit);
    }
  }

  // The route of a connection to an endpoint is complete before the exchange hears of it.

  @Override
  public void startRoute(NHttpClientConnection connection, HttpRoute route, HttpContext context)
      throws IOException {
    if (!(connection instanceof AsyncConnection)) {
      own.startRoute(connection, route, context);
    }
  }

  @Override
  public void upgrade(NHttpClientConnection connection, HttpRoute route, HttpContext context)
      throws IOException {
    if (!(connection instanceof AsyncConnection)) {
      own.upgrade(connection, route, context);
    }
  }

  @Override
  public void routeComplete(
      NHttpClientConnection connection, HttpRoute route, HttpContext context) {
    if (!(connection instanceof AsyncConnection)) {
      own.routeComplete(connection, route, context);
    }
  }

  @Override
  public boolean isRouteComplete(NHttpClientConnection connection) {
    return connection instanceof AsyncConnection || own.isRouteComplete(connection);
  }

  // As the library has it.

  @Override
  public void closeIdleConnections(long idle, TimeUnit unit) {
    own.closeIdleConnections(idle, unit);
  }

  @Override
  public void closeExpiredConnections() {
    own.closeExpiredConnections();
  }

  @Override
  public void execute(IOEventDispatch dispatch) throws IOException {
    own.execute(dispatch);
  }

  @Override
  public void shutdown() throws IOException {
    own.shutdown();
  }
}
