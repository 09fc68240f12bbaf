package dev.weft.instrumentation.apachehttpclient5.inside;

import java.io.IOException;
import org.apache.hc.client5.http.async.AsyncExecCallback;
import org.apache.hc.client5.http.async.AsyncExecChain;
import org.apache.hc.client5.http.async.AsyncExecChainHandler;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.nio.AsyncEntityProducer;
import org.jspecify.annotations.Nullable;

/** Asks the mesh about each call: each leg of a redirect is one. */
final class MeshAsyncExec implements AsyncExecChainHandler {
  @Override
  public void execute(
      HttpRequest request,
      @Nullable AsyncEntityProducer entity,
      AsyncExecChain.Scope scope,
      AsyncExecChain chain,
      AsyncExecCallback callback)
      throws HttpException, IOException {
    new AsyncExchange(
            request, entity, scope, chain, callback, AsyncOwnRetries.take(scope.clientContext))
        .begin();
  }
}
