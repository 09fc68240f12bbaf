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
 * below.
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
    Below below = new Below(chain);
    try {
      return below.begin(request, scope) ? below.result() : own.execute(request, scope, below);
    } catch (Over over) {
      return below.result();
    } finally {
      led(scope.clientContext, false);
    }
  }

  /**
   * The rest of the chain, as the library's handler sees it. The first time has been already, so
   * that for calls of the mesh the handler need not be asked at all; what leads past it when it
   * sends again is an exception, and would be a tenth of what a call costs.
   */
  static final class Below implements ExecChain {
    private final ExecChain chain;
    private boolean begun;
    private @Nullable ClassicHttpResponse response;
    private @Nullable IOException error;

    Below(ExecChain chain) {
      this.chain = chain;
    }

    /** Sends, and returns whether the mesh has led it. */
    boolean begin(ClassicHttpRequest request, Scope scope) throws HttpException {
      led(scope.clientContext, false);
      response = null;
      error = null;
      try {
        response = chain.proceed(request, scope);
      } catch (IOException e) {
        error = e;
      }
      begun = true;
      return scope.clientContext.getAttribute(LED) != null;
    }

    ClassicHttpResponse result() throws IOException {
      if (response == null) {
        throw error == null ? new IOException("nothing came of the call") : error;
      }
      return response;
    }

    @Override
    public ClassicHttpResponse proceed(ClassicHttpRequest request, Scope scope)
        throws IOException, HttpException {
      if (!begun && begin(request, scope)) {
        throw new Over();
      }
      begun = false;
      return result();
    }
  }

  /** What a call of the mesh has come to is none of the library's business. */
  static final class Over extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Over() {
      super(null, null, false, false);
    }
  }
}
