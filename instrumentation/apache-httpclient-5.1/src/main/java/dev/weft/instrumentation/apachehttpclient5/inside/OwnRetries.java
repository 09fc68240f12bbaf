package dev.weft.instrumentation.apachehttpclient5.inside;

import java.io.IOException;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.classic.ExecChainHandler;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/**
 * The library's own retries, for calls that are none of the mesh's. Which those are is known only
 * below: what a call of the mesh comes to passes the library's handler by as something that it does
 * not catch.
 */
final class OwnRetries implements ExecChainHandler {
  private static final String LED = "dev.weft.led";

  private final ExecChainHandler own;

  OwnRetries(ExecChainHandler own) {
    this.own = own;
  }

  /** Says whether the call under way is the mesh's. */
  static void led(HttpContext context, boolean led) {
    if (led) {
      context.setAttribute(LED, Boolean.TRUE);
    } else {
      context.removeAttribute(LED);
    }
  }

  @Override
  public ClassicHttpResponse execute(
      ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
      throws IOException, HttpException {
    try {
      return own.execute(request, scope, new Below(chain));
    } catch (Over over) {
      return over.result();
    } finally {
      led(scope.clientContext, false);
    }
  }

  /** The rest of the chain, as the library's handler sees it. */
  static final class Below implements ExecChain {
    private final ExecChain chain;

    Below(ExecChain chain) {
      this.chain = chain;
    }

    @Override
    public ClassicHttpResponse proceed(ClassicHttpRequest request, Scope scope)
        throws IOException, HttpException {
      led(scope.clientContext, false);
      ClassicHttpResponse response;
      try {
        response = chain.proceed(request, scope);
      } catch (IOException e) {
        if (isLed(scope)) {
          throw new Over(null, e);
        }
        throw e;
      }
      if (isLed(scope)) {
        throw new Over(response, null);
      }
      return response;
    }

    private static boolean isLed(Scope scope) {
      return scope.clientContext.getAttribute(LED) != null;
    }
  }

  /** What a call of the mesh came to: one of the two. */
  static final class Over extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient @Nullable ClassicHttpResponse response;
    private final transient @Nullable IOException error;

    Over(@Nullable ClassicHttpResponse response, @Nullable IOException error) {
      super(null, null, false, false);
      this.response = response;
      this.error = error;
    }

    ClassicHttpResponse result() throws IOException {
      if (response == null) {
        throw error == null ? new IOException("nothing came of the call") : error;
      }
      return response;
    }
  }
}
