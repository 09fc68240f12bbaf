package com.example.perf;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** {@code java.net.http.HttpClient}, HTTP/1.1. */
final class JdkCaller implements Caller {
  private final URI base;
  private final HttpClient client;
  private final @Nullable SSLContext context;
  private final HttpRequest root;

  JdkCaller(URI base, @Nullable TlsFiles tls) throws GeneralSecurityException, IOException {
    this.base = base;
    HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
    this.context = tls == null ? null : tls.clientContext();
    if (context != null) {
      builder.sslContext(context).sslParameters(TlsFiles.clientParameters());
    }
    this.client = builder.build();
    this.root = HttpRequest.newBuilder(base).build();
  }

  @Override
  public void call(String path) throws IOException, InterruptedException {
    check(client.send(request(path), HttpResponse.BodyHandlers.ofByteArray()));
  }

  @Override
  public boolean isAsync() {
    return true;
  }

  @Override
  public CompletableFuture<Void> callAsync(String path) {
    return client
        .sendAsync(request(path), HttpResponse.BodyHandlers.ofByteArray())
        .thenAccept(JdkCaller::check);
  }

  private HttpRequest request(String path) {
    return path.equals("/") ? root : HttpRequest.newBuilder(base.resolve(path)).build();
  }

  private static void check(HttpResponse<byte[]> response) {
    if (response.statusCode() != 200 || response.body().length != Server.BODY_BYTES) {
      throw new IllegalStateException(
          "status " + response.statusCode() + ", " + response.body().length + " bytes");
    }
  }

  @Override
  public void forgetSessions() {
    if (context != null) {
      TlsFiles.forgetSessions(context);
    }
  }
}
