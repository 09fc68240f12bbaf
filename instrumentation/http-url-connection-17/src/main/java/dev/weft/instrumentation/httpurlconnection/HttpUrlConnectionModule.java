package dev.weft.instrumentation.httpurlconnection;

import dev.weft.tooling.Tested;
import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import java.util.List;

/** The JDK's own {@code HttpURLConnection}. */
public final class HttpUrlConnectionModule extends WeftModule {
  /** Made by the service loader. */
  public HttpUrlConnectionModule() {
    super("http-url-connection");
  }

  @Override
  public List<String> calledByChanges() {
    return List.of("dev.weft.instrumentation.httpurlconnection.inside.MeshHosts");
  }

  @Override
  public List<String> speaksFor() {
    return List.of("sun.net.NetworkClient", "sun.net.www.");
  }

  @Override
  public Tested tested() {
    return Tested.jdk();
  }

  @Override
  public List<WovenType> types() {
    return List.of(
        new HttpUrlConnectionInstrumentation.Implementation(),
        new HttpClientInstrumentation(),
        new KeepAliveCacheInstrumentation(),
        new NetworkClientInstrumentation(),
        new LookupInstrumentation());
  }
}
