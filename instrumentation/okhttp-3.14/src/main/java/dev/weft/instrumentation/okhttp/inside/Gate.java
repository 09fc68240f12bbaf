package dev.weft.instrumentation.okhttp.inside;

import dev.weft.bridge.HeadChange;
import java.io.IOException;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Before an attempt's request is written: sees that it is to the endpoint, whatever became of what
 * is woven above, and gives it the head that it is to have on the wire, which nobody else sees.
 */
final class Gate implements Interceptor {
  private final CallScope scope;

  Gate(CallScope scope) {
    this.scope = scope;
  }

  @Override
  public Response intercept(Chain chain) throws IOException {
    Request request = chain.request();
    Attempt attempt = scope.attempt();
    if (attempt == null) {
      return chain.proceed(request);
    }
    HeadChange change = attempt.sends(chain.connection());
    if (change == null) {
      return chain.proceed(request);
    }
    return chain.proceed(Heads.changed(request, change)).newBuilder().request(request).build();
  }
}
