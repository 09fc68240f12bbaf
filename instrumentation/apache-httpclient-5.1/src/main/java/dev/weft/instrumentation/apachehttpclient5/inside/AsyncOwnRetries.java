package dev.weft.instrumentation.apachehttpclient5.inside;

import java.io.IOException;
import org.apache.hc.client5.http.async.AsyncExecCallback;
import org.apache.hc.client5.http.async.AsyncExecChain;
import org.apache.hc.client5.http.async.AsyncExecChainHandler;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.nio.AsyncDataConsumer;
import org.apache.hc.core5.http.nio.AsyncEntityProducer;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/**
 * The library's own retries, for calls that are none of the mesh's. Which those are is known only
 * below: what a call of the mesh comes to passes the library's handler by.
 */
final class AsyncOwnRetries implements AsyncExecChainHandler {
  private static final String OUTCOME = "dev.weft.outcome";

  private final AsyncExecChainHandler own;

  AsyncOwnRetries(AsyncExecChainHandler own) {
    this.own = own;
  }

  /** On the way down: where the call under way would come by the library's handler; then gone. */
  static @Nullable Outcome take(HttpContext context) {
    Object found = context.removeAttribute(OUTCOME);
    return found instanceof Outcome ? (Outcome) found : null;
  }

  @Override
  public void execute(
      HttpRequest request,
      @Nullable AsyncEntityProducer entity,
      AsyncExecChain.Scope scope,
      AsyncExecChain chain,
      AsyncExecCallback callback)
      throws HttpException, IOException {
    own.execute(request, entity, scope, new Below(chain, callback), callback);
  }

  /** The rest of the chain, as the library's handler sees it. */
  static final class Below implements AsyncExecChain {
    private final AsyncExecChain chain;
    private final AsyncExecCallback above;

    Below(AsyncExecChain chain, AsyncExecCallback above) {
      this.chain = chain;
      this.above = above;
    }

    @Override
    public void proceed(
        HttpRequest request,
        @Nullable AsyncEntityProducer entity,
        Scope scope,
        AsyncExecCallback library)
        throws HttpException, IOException {
      Outcome outcome = new Outcome(library, above);
      scope.clientContext.setAttribute(OUTCOME, outcome);
      chain.proceed(request, entity, scope, outcome);
    }
  }

  /** What a call comes to: the library's handler is told, or whoever is above it. */
  static final class Outcome implements AsyncExecCallback {
    private volatile AsyncExecCallback told;
    private final AsyncExecCallback above;

    Outcome(AsyncExecCallback library, AsyncExecCallback above) {
      this.told = library;
      this.above = above;
    }

    /** The call is the mesh's. */
    void led() {
      told = above;
    }

    @Override
    public @Nullable AsyncDataConsumer handleResponse(
        HttpResponse response, @Nullable EntityDetails entity) throws HttpException, IOException {
      return told.handleResponse(response, entity);
    }

    @Override
    public void handleInformationResponse(HttpResponse response) throws HttpException, IOException {
      told.handleInformationResponse(response);
    }

    @Override
    public void completed() {
      told.completed();
    }

    @Override
    public void failed(Exception cause) {
      told.failed(cause);
    }
  }
}
