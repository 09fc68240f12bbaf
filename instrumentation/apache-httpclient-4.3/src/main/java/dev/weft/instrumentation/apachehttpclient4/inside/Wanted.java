package dev.weft.instrumentation.apachehttpclient4.inside;

import org.apache.http.concurrent.BasicFuture;
import org.apache.http.concurrent.FutureCallback;
import org.apache.http.conn.routing.HttpRoute;
import org.apache.http.nio.NHttpClientConnection;
import org.jspecify.annotations.Nullable;

/** A connection that an exchange asks for. Who it is to be told to hears of it by the callback. */
final class Wanted extends BasicFuture<NHttpClientConnection> {
  final HttpRoute route;
  final @Nullable Object state;

  /** 0 for no limit, less for the reactor's own. */
  final long connectMillis;

  final long leaseMillis;
  final FutureCallback<NHttpClientConnection> callback;

  Wanted(
      HttpRoute route,
      @Nullable Object state,
      long connectMillis,
      long leaseMillis,
      FutureCallback<NHttpClientConnection> callback) {
    super(null);
    this.route = route;
    this.state = state;
    this.connectMillis = connectMillis;
    this.leaseMillis = leaseMillis;
    this.callback = callback;
  }
}
