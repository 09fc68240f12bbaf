package dev.weft.instrumentation.apachehttpclient4.inside;

import dev.weft.bridge.Blocking;
import dev.weft.bridge.Bridge;
import java.io.IOException;
import org.apache.http.HttpException;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.client.methods.HttpExecutionAware;
import org.apache.http.client.methods.HttpRequestWrapper;
import org.apache.http.client.protocol.HttpClientContext;
import org.apache.http.conn.routing.HttpRoute;
import org.apache.http.impl.execchain.ClientExecChain;
import org.jspecify.annotations.Nullable;

/** Asks the mesh about each call: each leg of a redirect is one. */
final class MeshExec implements ClientExecChain {
  private final ClientExecChain main;

  MeshExec(ClientExecChain main) {
    this.main = main;
  }

  @Override
  public CloseableHttpResponse execute(
      HttpRoute route,
      HttpRequestWrapper request,
      HttpClientContext context,
      @Nullable HttpExecutionAware caller)
      throws IOException, HttpException {
    Hold hold = new Hold(caller, context);
    hold.waits();
    Blocking call;
    try {
      call = Bridge.mesh().outbound().blocking(new RequestView(route, request, context));
    } finally {
      hold.goesOn();
    }
    boolean led = call != null && (!route.isSecure() || call.refusal() != null);
    OwnRetries.led(context, led);
    if (call == null || !led) {
      if (call != null) {
        call.abandoned();
      }
      return main.execute(route, request, context, caller);
    }
    return new Exchange(call, hold, main, route, request, context).response();
  }
}
