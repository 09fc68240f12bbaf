package dev.weft.instrumentation.jdkhttpserver;

import java.security.cert.X509Certificate;
import javax.net.ssl.X509TrustManager;

/** What a client that knows nothing of the mesh might be told to do. */
final class TrustAnyone implements X509TrustManager {
  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) {}

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) {}

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
