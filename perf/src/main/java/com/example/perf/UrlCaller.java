package com.example.perf;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** {@code java.net.HttpURLConnection}. Which TLS it speaks is pinned by system properties. */
final class UrlCaller implements Caller {
  private final URI base;
  private final @Nullable SSLContext context;
  private final @Nullable SSLSocketFactory sockets;

  UrlCaller(URI base, @Nullable TlsFiles tls) throws GeneralSecurityException, IOException {
    this.base = base;
    this.context = tls == null ? null : tls.clientContext();
    this.sockets = context == null ? null : context.getSocketFactory();
  }

  @Override
  public void call(String path) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) base.resolve(path).toURL().openConnection();
    if (connection instanceof HttpsURLConnection secure && sockets != null) {
      secure.setSSLSocketFactory(sockets);
    }
    int status = connection.getResponseCode();
    int bytes;
    try (InputStream in = connection.getInputStream()) {
      bytes = in.readAllBytes().length;
    }
    if (status != 200 || bytes != Server.BODY_BYTES) {
      throw new IllegalStateException("status " + status + ", " + bytes + " bytes");
    }
  }

  @Override
  public boolean isAsync() {
    return false;
  }

  @Override
  public CompletableFuture<Void> callAsync(String path) {
    throw new UnsupportedOperationException("HttpURLConnection only knows how to wait");
  }

  @Override
  public void forgetSessions() {
    if (context != null) {
      TlsFiles.forgetSessions(context);
    }
  }
}
