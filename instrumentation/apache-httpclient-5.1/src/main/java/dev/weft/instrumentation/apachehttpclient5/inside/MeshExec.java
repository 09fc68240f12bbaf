package dev.weft.instrumentation.apachehttpclient5.inside;

import dev.weft.bridge.Blocking;
import dev.weft.bridge.Bridge;
import java.io.IOException;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.classic.ExecChainHandler;
import org.apache.hc.client5.http.classic.ExecRuntime;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;

/** Asks the mesh about each call: each leg of a redirect is one. */
final class MeshExec implements ExecChainHandler {
  @Override
  public ClassicHttpResponse execute(
      ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
      throws IOException, HttpException {
    Hold hold = new Hold();
    ExecRuntime runtime = scope.execRuntime.fork(hold);
    hold.waits();
    Blocking call;
    try {
      call = Bridge.mesh().outbound().blocking(RequestView.classic(request, scope.route));
    } finally {
      hold.goesOn();
    }
    if (call == null) {
      return chain.proceed(request, scope);
    }
    if (scope.route.isSecure() && call.refusal() == null) {
      call.abandoned();
      return chain.proceed(request, scope);
    }
    OwnRetries.led(scope.clientContext, true);
    return new Exchange(call, hold, runtime, request, scope, chain).response();
  }
}
