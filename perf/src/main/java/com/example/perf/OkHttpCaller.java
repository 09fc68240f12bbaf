package com.example.perf;

import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import okhttp3.CipherSuite;
import okhttp3.ConnectionPool;
import okhttp3.ConnectionSpec;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.TlsVersion;
import org.jspecify.annotations.Nullable;

/** OkHttp, on the calling thread. */
final class OkHttpCaller implements Caller {
  private static final int MAX_IDLE = 64;
  private static final long KEPT_MINUTES = 20;

  private final URI base;
  private final OkHttpClient client;
  private final @Nullable SSLContext context;

  OkHttpCaller(URI base, @Nullable TlsFiles tls) throws GeneralSecurityException, IOException {
    this.base = base;
    this.context = tls == null ? null : tls.clientContext();
    OkHttpClient.Builder builder =
        new OkHttpClient.Builder()
            // As the other clients: one request at a time on a connection.
            .protocols(List.of(Protocol.HTTP_1_1))
            .connectionPool(new ConnectionPool(MAX_IDLE, KEPT_MINUTES, TimeUnit.MINUTES));
    if (tls != null && context != null) {
      builder
          .sslSocketFactory(context.getSocketFactory(), tls.trustManager())
          .connectionSpecs(
              List.of(
                  new ConnectionSpec.Builder(ConnectionSpec.MODERN_TLS)
                      .tlsVersions(TlsVersion.TLS_1_3)
                      .cipherSuites(CipherSuite.forJavaName(TlsFiles.SUITE))
                      .build()));
    }
    this.client = builder.build();
  }

  @Override
  public void call(String path) throws IOException {
    Request request = new Request.Builder().url(base.resolve(path).toURL()).build();
    try (Response response = client.newCall(request).execute()) {
      int bytes = response.body().bytes().length;
      if (response.code() != 200 || bytes != Server.BODY_BYTES) {
        throw new IllegalStateException("status " + response.code() + ", " + bytes + " bytes");
      }
    }
  }

  @Override
  public boolean isAsync() {
    return false;
  }

  @Override
  public CompletableFuture<Void> callAsync(String path) {
    throw new UnsupportedOperationException("its own way not to wait is a pool of threads");
  }

  @Override
  public void forgetSessions() {
    if (context != null) {
      TlsFiles.forgetSessions(context);
    }
  }
}
