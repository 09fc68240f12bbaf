package dev.weft.instrumentation.apachehttpclient4.inside;

import java.io.IOException;
import org.apache.http.HttpResponse;
import org.apache.http.client.HttpRequestRetryHandler;
import org.apache.http.client.ServiceUnavailableRetryStrategy;
import org.apache.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/** The library's own retries: for calls that are none of the mesh's. */
final class OwnRetries {
  private static final String LED = "dev.weft.led";

  private OwnRetries() {}

  /** Says whether the call under way is the mesh's. */
  static void led(HttpContext context, boolean led) {
    if (led) {
      context.setAttribute(LED, Boolean.TRUE);
    } else {
      context.removeAttribute(LED);
    }
  }

  private static boolean isLed(@Nullable HttpContext context) {
    return context != null && context.getAttribute(LED) != null;
  }

  static final class OfErrors implements HttpRequestRetryHandler {
    private final HttpRequestRetryHandler own;

    OfErrors(HttpRequestRetryHandler own) {
      this.own = own;
    }

    @Override
    public boolean retryRequest(IOException error, int count, HttpContext context) {
      return !isLed(context) && own.retryRequest(error, count, context);
    }
  }

  static final class OfResponses implements ServiceUnavailableRetryStrategy {
    private final ServiceUnavailableRetryStrategy own;

    OfResponses(ServiceUnavailableRetryStrategy own) {
      this.own = own;
    }

    @Override
    public boolean retryRequest(HttpResponse response, int count, HttpContext context) {
      return !isLed(context) && own.retryRequest(response, count, context);
    }

    @Override
    public long getRetryInterval() {
      return own.getRetryInterval();
    }
  }
}
