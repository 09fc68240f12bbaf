package dev.weft.instrumentation.okhttp.inside;

import dev.weft.bridge.Blocking;
import dev.weft.bridge.Bridge;
import dev.weft.bridge.Outbound;
import dev.weft.bridge.Waiting;
import java.io.IOException;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Asks the mesh about each request of a call: the application's own, and what the library follows
 * it up with. Stands below what follows up and above all that needs a connection.
 */
final class LegInterceptor implements Interceptor {
  private final CallScope scope;
  private final Interceptor above;

  /**
   * @param above what finds connections for what is below us, and follows up
   */
  LegInterceptor(CallScope scope, Interceptor above) {
    this.scope = scope;
    this.above = above;
  }

  @Override
  public Response intercept(Chain chain) throws IOException {
    Request request = chain.request();
    Outbound outbound = Bridge.mesh().outbound();
    Waiting waiting = scope.waiting();
    try {
      scope.begins(waiting);
      Blocking mesh;
      try {
        mesh = outbound.blocking(new RequestView(request, scope.client()));
      } finally {
        waiting.ends();
      }
      scope.led(mesh != null);
      if (mesh != null) {
        return new Leg(scope, waiting, chain, above, mesh).deliver();
      }
    } finally {
      scope.waitsNoMore();
    }
    return chain.proceed(request);
  }
}
