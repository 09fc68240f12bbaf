package com.example.perf;

import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.ClientTlsStrategyBuilder;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.ssl.TLS;
import org.jspecify.annotations.Nullable;

/** Apache HttpClient 5, classic. */
final class ApacheCaller implements Caller {
  private static final int MAX_CONNECTIONS = 64;

  private final URI base;
  private final CloseableHttpClient client;
  private final @Nullable SSLContext context;

  ApacheCaller(URI base, @Nullable TlsFiles tls) throws GeneralSecurityException, IOException {
    this.base = base;
    this.context = tls == null ? null : tls.clientContext();
    PoolingHttpClientConnectionManagerBuilder pool =
        PoolingHttpClientConnectionManagerBuilder.create()
            .setMaxConnPerRoute(MAX_CONNECTIONS)
            .setMaxConnTotal(MAX_CONNECTIONS);
    if (context != null) {
      pool.setTlsSocketStrategy(
          ClientTlsStrategyBuilder.create()
              .setSslContext(context)
              .setTlsVersions(TLS.V_1_3)
              .setCiphers(TlsFiles.SUITE)
              .buildClassic());
    }
    // A connection with a certificate of the client's would be kept for its user alone, and each
    // request is one.
    this.client =
        HttpClients.custom().setConnectionManager(pool.build()).disableConnectionState().build();
  }

  @Override
  public void call(String path) throws IOException {
    client.execute(
        new HttpGet(base.resolve(path)),
        response -> {
          int bytes = EntityUtils.toByteArray(response.getEntity()).length;
          if (response.getCode() != 200 || bytes != Server.BODY_BYTES) {
            throw new IllegalStateException(
                "status " + response.getCode() + ", " + bytes + " bytes");
          }
          return bytes;
        });
  }

  @Override
  public boolean isAsync() {
    return false;
  }

  @Override
  public CompletableFuture<Void> callAsync(String path) {
    throw new UnsupportedOperationException("the classic client only knows how to wait");
  }

  @Override
  public void forgetSessions() {
    if (context != null) {
      TlsFiles.forgetSessions(context);
    }
  }
}
